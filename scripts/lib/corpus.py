"""Replays tests/kong_corpus against a running Sluice and holds the outcome against tests/kong_corpus_exceptions.txt.

A case that fails must be listed there with its reason; a listed case that passes must be taken off the list.
"""

import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

from world import DEMO_FILES, ROOT, World

CORPUS = ROOT / "tests" / "kong_corpus"
EXCEPTIONS = ROOT / "tests" / "kong_corpus_exceptions.txt"
ORIGIN_PORT = 9101


def read_exceptions():
    """Lines `corpus/case  # reason`; the case may be a pattern."""
    listed = {}
    for number, line in enumerate(EXCEPTIONS.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, mark, reason = line.partition("  # ")
        if not mark or not reason.strip():
            raise RuntimeError(f"{EXCEPTIONS}:{number}: expected `corpus/case  # reason`")
        listed[name.strip()] = reason
    return listed


def replay_once(build_dir, workers, profile, node):
    """(passed, {failed case: detail}) of one run over the corpora of a profile."""
    world = World(f"slc-{workers}{profile[0]}", Path(f"/run/sluice-corpus-{workers}-{profile}"), build_dir, workers=workers)
    try:
        world.up_network()
        world.up_sluice(node=node)
        load = " ".join(map(shlex.quote, [str(build_dir / "control" / "sluicectl"), "--socket", str(world.control_socket), "load"]))
        environment = world.environment()
        argv = ["/usr/bin/python3", str(CORPUS / "replay.py"), "--corpus", str(CORPUS / "corpus"), "--profile", profile,
                "--gateway", f"{environment['SLUICE_ADDRESS']}:{environment['SLUICE_HTTP_PORT']}",
                "--origin-bind", f"{environment['ORIGIN_ADDRESS']}:{ORIGIN_PORT}",
                "--netns-client", environment["CLIENT_NETNS"], "--netns-origin", environment["ORIGIN_NETNS"],
                "--policy-command", load]
        result = subprocess.run(argv, capture_output=True, text=True, timeout=900)
    finally:
        world.down()
    last = re.search(r"^(\d+) passed, (\d+) failed$", result.stdout, re.M)
    if last is None:
        raise RuntimeError(f"replay ended with {result.returncode}:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    failures, name = {}, None
    for line in result.stdout.splitlines():
        if line.startswith("FAIL "):
            name = line.removeprefix("FAIL ")
            if ": policy refused: " in name:
                name, _, reason = name.partition(": policy refused: ")
                failures[f"{name}/*"] = [f"policy refused: {reason}"]
                name = f"{name}/*"
            else:
                failures[name] = []
        elif name is not None and line.startswith("    ") and not line.startswith("    soft "):
            failures[name].append(line)
    return int(last[1]), failures


def replay_all(build_dir):
    exceptions = read_exceptions()
    trusted_node = ROOT / "tests" / "e2e" / "data" / "node.trusted.yaml"
    passed = failed = 0
    met = set()
    runs = ((1, "default", DEMO_FILES / "node.yaml"), (2, "default", DEMO_FILES / "node.yaml"), (1, "trusted", trusted_node))
    # Each in a world of its own, all at once: a run mostly waits.
    with ThreadPoolExecutor(len(runs)) as pool:
        outcomes = list(pool.map(lambda run: replay_once(build_dir, *run), runs))
    for (workers, profile, _), (good, failures) in zip(runs, outcomes):
        passed += good
        for case, detail in failures.items():
            listed = [pattern for pattern in exceptions if fnmatchcase(case, pattern)]
            met.update(listed)
            if not listed:
                failed += 1
                print("\n".join([f"FAIL {case} ({workers} worker(s), {profile})", *detail]), flush=True)
    for name in exceptions:
        if name not in met:
            failed += 1
            print(f"{EXCEPTIONS.name}: {name} passes now: take it off the list", flush=True)
    return passed, failed
