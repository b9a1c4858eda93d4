"""scripts/soak: fresh seeds for the simulation, more time for the fuzz targets, reloads and hostile peers again and again.

The minutes are those of the tests; what has to be built first comes on top of them."""

import argparse
import os
import secrets
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import build
import run_tests
from world import ROOT

SIM = run_tests.BUILD / "tests" / "sim" / "sim_test"
AT_ONCE = 2
E2E = ["tests/e2e/test_hostile.py", "tests/e2e/test_control.py::test_reload_under_load_loses_no_request",
       "tests/e2e/test_control.py::test_sighup_reloads", "tests/e2e/test_lifecycle.py::test_second_start_after_a_kill_works"]


def sum_up(counts):
    return sum(c[0] for c in counts), sum(c[1] for c in counts)


def rounds(seconds, work):
    """What `work` counts, again and again until the time is over; once at least."""
    ends = time.monotonic() + seconds
    counts = [work()]
    while time.monotonic() < ends:
        counts.append(work())
    return sum_up(counts)


def one_seed():
    """The whole grid under a seed that nobody has chosen. A failure prints the command that repeats it."""
    seed = secrets.randbits(32)
    print(f"    SLUICE_SIM_SEED={seed}", flush=True)
    return run_tests.run_binary([str(SIM), "--gtest_filter=-Snapshot.*"], {**os.environ, "SLUICE_SIM_SEED": str(seed)})


def sim(seconds):
    build.configure_and_compile(run_tests.BUILD, ["tests/sim/sim_test"])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum_up(list(pool.map(lambda _: rounds(seconds, one_seed), range(AT_ONCE))))


def fuzz(seconds):
    targets = run_tests.fuzz_targets()
    return run_tests.fuzz_all(targets, max(1, int(seconds * AT_ONCE / len(targets))))


def one_e2e_round():
    report = run_tests.BUILD / "soak.junit.xml"
    report.unlink(missing_ok=True)
    subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *E2E], cwd=ROOT)
    return run_tests.count_junit(report) if report.exists() else (0, 1)


def e2e(seconds):
    build.configure_and_compile(run_tests.BUILD, ["control/sluice", "control/sluicectl"])
    return rounds(seconds, one_e2e_round)


STEPS = {
    "sim": ("the simulation under fresh seeds", sim),
    "fuzz": ("every fuzz target from its kept corpus", fuzz),
    "e2e": ("reloads and hostile peers, end to end", e2e),
}


def main():
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--minutes", type=float, required=True, help="of testing, divided between the steps")
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(STEPS)}; all of them without one")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.steps if name not in STEPS]
    if unknown or arguments.minutes <= 0:
        parser.error(f"no step {', '.join(unknown)}" if unknown else "--minutes is more than 0")
    chosen = arguments.steps or list(STEPS)
    seconds = arguments.minutes * 60 / len(chosen)
    tally = run_tests.Tally()
    for name in chosen:
        title, work = STEPS[name]
        tally.step(f"{title}, {seconds:.0f} s", lambda: work(seconds))
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
