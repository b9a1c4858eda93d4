"""scripts/test: builds and runs every test, and counts."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import build
import corpus
import processes
from world import ROOT

BUILD = ROOT / "build"
SANITIZE = ROOT / "build-sanitize"
THREADS = ROOT / "build-threads"
CLANG = {"CC": "clang-19", "CXX": "clang++-19"}
# clang warns of other things than g++, which the first configuration holds to no warnings at all. Line tables are all
# that a report names; the whole of the debug information doubles the time of the build.
INSTRUMENTED = ["-Db_lundef=false", "-Ddebug=false", "-Doptimization=1", "-Dcpp_args=-gline-tables-only",
                "-Dwerror=false"]
# The same of g++, where nobody has configured the first build yet: the code is that of debugoptimized.
LINE_TABLES = ["-Ddebug=false", "-Dcpp_args=-g1"]
# By suite: what each build runs. Only the simulation is run by both: its clock is virtual, its figures are of both.
OPTIMISED_SUITES = {"sim", "threads", "heap", "perf"}
SANITIZED_SUITES = {"unit", "packet", "sim"}
FUZZ_SECONDS = 5
FUZZ_SEED = 1  # that a failure comes again; `scripts/soak` draws its own
TEST_SECONDS = 900  # of one binary, under sanitizers on a loaded machine


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def add(self, passed, failed):
        self.passed += passed
        self.failed += failed

    def step(self, title, work):
        """Runs one step; a step that breaks counts as one failure and the others still run."""
        print(f"==> {title}", flush=True)
        started = time.monotonic()
        try:
            passed, failed = work()
        except (RuntimeError, subprocess.SubprocessError, OSError) as e:
            print(f"{title}: {e}", flush=True)
            passed, failed = 0, 1
        self.add(passed, failed)
        print(f"    {passed} passed, {failed} failed in {time.monotonic() - started:.0f} s", flush=True)


def count_junit(path):
    cases = ElementTree.parse(path).getroot().iter("testcase")
    outcomes = [case.find("failure") is None and case.find("error") is None for case in cases]
    return sum(outcomes), len(outcomes) - sum(outcomes)


def run_binary(argv, environment):
    """(passed, failed) of one GoogleTest binary; one that ends without its summary has failed once more."""
    result = subprocess.run(argv, capture_output=True, env=environment, timeout=TEST_SECONDS)
    out = result.stdout.decode(errors="replace")
    ran = re.search(r"^\[==========\] (\d+) tests? from .* ran", out, re.M)
    passed = re.search(r"^\[  PASSED  \] (\d+) tests?\.", out, re.M)
    good = int(passed[1]) if passed else 0
    bad = int(ran[1]) - good if ran else 1
    if result.returncode != 0 or bad:
        bad = max(bad, 1)
        print(f"{argv[0]}:\n{out[-6000:]}{result.stderr.decode(errors='replace')[-6000:]}", flush=True)
    return good, bad


def introspect(build_dir, what):
    return json.loads(subprocess.run(["meson", "introspect", what, str(build_dir)], capture_output=True, text=True, check=True).stdout)


def test_commands(build_dir, suites):
    """The test binaries of these suites, the longest first."""
    tests = sorted(introspect(build_dir, "--tests"), key=lambda test: -test["priority"])
    commands = [test["cmd"] for test in tests if suites & {suite.removeprefix("sluice:") for suite in test["suite"]}]
    if not commands:
        raise RuntimeError(f"{build_dir} has no tests of {', '.join(sorted(suites))}")
    return commands


def test_targets(build_dir, suites):
    return [os.path.relpath(argv[0], build_dir) for argv in test_commands(build_dir, suites)]


def run_suites(build_dir, suites, environment=None):
    """Runs the test binaries of these suites, two at a time."""
    env = {**os.environ, **(environment or {})}
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda argv: run_binary(argv, env), test_commands(build_dir, suites)))
    return sum(c[0] for c in counts), sum(c[1] for c in counts)


def compile_first_build():
    """All programs, and the tests that only this build runs: those of the sanitized one take longer to compile than all
    the rest, and Meson would always build them too."""
    build.configure(BUILD, LINE_TABLES)
    tests = set(test_targets(BUILD, SANITIZED_SUITES)) - set(test_targets(BUILD, OPTIMISED_SUITES))
    programs = [os.path.relpath(name, BUILD) for target in introspect(BUILD, "--targets")
                if target["type"] in ("executable", "shared library") for name in target["filename"]]
    build.compile_targets(BUILD, [name for name in programs if name not in tests])


def stack():
    compile_first_build()
    return run_suites(BUILD, OPTIMISED_SUITES)


def unit():
    build.configure_and_compile(BUILD, options=LINE_TABLES)
    return run_suites(BUILD, OPTIMISED_SUITES | SANITIZED_SUITES)


def configure_sanitized():
    build.configure(SANITIZE, ["-Db_sanitize=address,undefined", *INSTRUMENTED], CLANG)


class HeadStart:
    """The sanitized build, begun while the steps run that mostly wait for their peers.

    It computes only when nobody else wants to, and says nothing: the step that needs it ends it, goes on where it was,
    and tells what does not compile."""

    def __init__(self):
        self.ninja = None

    def begin(self):
        if self.ninja is None:
            try:
                configure_sanitized()
                targets = test_targets(SANITIZE, SANITIZED_SUITES)
            except (RuntimeError, subprocess.CalledProcessError):
                return  # the step will say the same
            argv = ["chrt", "--idle", "0", "ninja", "-C", str(SANITIZE), "-j2", *targets]
            self.ninja = processes.spawn(argv, os.devnull)

    def end(self):
        if self.ninja is not None and self.ninja.poll() is None:
            self.ninja.terminate()
            self.ninja.wait()


def sanitize():
    configure_sanitized()
    build.compile_targets(SANITIZE, test_targets(SANITIZE, SANITIZED_SUITES))
    # DPDK and OpenSSL keep until the process ends what LeakSanitizer would call a leak; our own pools are counted by tests.
    return run_suites(SANITIZE, SANITIZED_SUITES, {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1", "ASAN_OPTIONS": "detect_leaks=0"})


def threads():
    # Only what runs on several threads without EAL: ThreadSanitizer does not see into DPDK.
    binaries = ["tests/threads/threads_test", "tests/threads/hand_over_test", "tests/unit/unit_base_test",
                "tests/unit/unit_budgets_test", "tests/unit/unit_cache_test"]
    build.configure_and_compile(THREADS, binaries, ["-Db_sanitize=thread", *INSTRUMENTED], CLANG)
    symbolizer = shutil.which("llvm-symbolizer") or ""
    env = {**os.environ, "TSAN_OPTIONS": f"halt_on_error=1:external_symbolizer_path={symbolizer}"}
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda binary: run_binary([str(THREADS / binary)], env), binaries))
    return sum(c[0] for c in counts), sum(c[1] for c in counts)


def fuzz_targets():
    """The paths of all targets, built."""
    names = sorted(source.stem for source in (ROOT / "tests" / "fuzz").glob("*_fuzz.cc"))
    configure_sanitized()
    build.compile_targets(SANITIZE, [f"tests/fuzz/{name}" for name in names])
    return [SANITIZE / "tests" / "fuzz" / name for name in names]


def fuzz_one(target, seconds, seed):
    """Whether `target` found nothing. Inputs that reach more code stay in the build directory, for the next run."""
    corpus_dir = ROOT / "tests" / "fuzz" / "corpus" / target.name.removesuffix("_fuzz")
    work = SANITIZE / "fuzz" / target.name
    work.mkdir(parents=True, exist_ok=True)
    argv = [str(target), f"-max_total_time={seconds}", f"-seed={seed}", "-rss_limit_mb=3000", "-timeout=20",
            f"-artifact_prefix={work}/", str(work), *([str(corpus_dir)] if corpus_dir.is_dir() else [])]
    result = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=seconds + 120)
    if result.returncode != 0:
        print(f"{target.name}:\n{result.stderr[-4000:]}", flush=True)
    return result.returncode == 0


def fuzz_all(targets, seconds, seed=0):
    """(passed, failed) of all targets, two at a time, so many seconds each; seed 0: each draws its own."""
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda target: fuzz_one(target, seconds, seed), targets))
    return sum(outcomes), len(outcomes) - sum(outcomes)


def fuzz():
    return fuzz_all(fuzz_targets(), FUZZ_SECONDS, FUZZ_SEED)


def e2e():
    compile_first_build()
    report = BUILD / "e2e.junit.xml"
    report.unlink(missing_ok=True)
    result = subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}",
                             str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "issues")])
    if not report.exists():
        raise RuntimeError(f"pytest ended with {result.returncode}")
    passed, failed = count_junit(report)
    return passed, max(failed, 1) if result.returncode != 0 else failed


def replay():
    compile_first_build()
    return corpus.replay_all(BUILD)


STEPS = {
    "stack": ("simulation, threads, heap and micro-benchmarks, optimised", stack),
    "e2e": ("end to end", e2e),
    "corpus": ("what a real Kong answered, with 1 and with 2 workers", replay),
    "sanitize": ("every room, packets and simulation under ASan and UBSan", sanitize),
    "threads": ("what threads share, under ThreadSanitizer", threads),
    "fuzz": (f"fuzz targets, {FUZZ_SECONDS} s each", fuzz),
}
# What is in `sanitize`, for whoever has changed a room and does not want to wait.
ON_DEMAND = {"unit": ("every room, packets and simulation, optimised", unit)}
WAITING = {"e2e", "corpus"}


def main():
    chosen = sys.argv[1:] or list(STEPS)
    known = {**STEPS, **ON_DEMAND}
    unknown = [name for name in chosen if name not in known]
    if unknown:
        sys.exit(f"test: no step {', '.join(unknown)}; there are {', '.join(known)}")
    tally = Tally()
    head_start = HeadStart()
    try:
        for position, name in enumerate(chosen):
            if name in WAITING and "sanitize" in chosen[position:]:
                head_start.begin()
            elif name not in WAITING:
                head_start.end()
            tally.step(*known[name])
    finally:
        head_start.end()
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
