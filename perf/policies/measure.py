"""perf/run --policies: what policies of many routes cost: to load, to swap, in memory.

Everything in namespaces of its own, as the end-to-end tests. One of a hundred routes is a regex, one of a hundred has a plugin. For
each size the policy is loaded (its regexes are new), loaded again with other services (they are known then), and loaded while
requests hold earlier generations, which tells what one more generation takes.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

import build  # noqa: E402
import network as net  # noqa: E402
import processes  # noqa: E402
from world import HTTP_PORT, ORIGIN_ECHO_PORT, World  # noqa: E402

RUN_DIR = Path("/run/sluice-policies")
GENERATIONS = 3  # held at once, beside the one in force
MIB = 1024 * 1024
# Takes connections and never answers.
SILENT_ORIGIN = f"import signal, socket; s = socket.create_server(('{net.ORIGIN_ADDRESS}', 9)); signal.pause()"


def write_policy(path, routes, release):
    """`release` makes it another policy with the same regexes."""
    services = max(1, routes // 100)
    lines = ['_format_version: "3.0"', "services:"]
    lines += [f"- {{name: s{i}, url: 'http://{net.ORIGIN_ADDRESS}:{ORIGIN_ECHO_PORT}/{release}'}}" for i in range(services)]
    lines += ["- name: held", f"  url: http://{net.ORIGIN_ADDRESS}:9", "  read_timeout: 600000", "  routes: [{name: held, paths: [/held]}]"]
    lines.append("routes:")
    for i in range(routes - 1):
        match = f"paths: ['~/items{i}/(?<id>[0-9]+)$']" if i % 100 == 1 else (f"paths: [/r{i}/v1]", f"hosts: [h{i}.example], paths: [/v1]")[i % 2]
        plugin = ", plugins: [{name: correlation-id}]" if i % 100 == 0 else ""
        lines.append(f"- {{name: r{i}, service: s{i % services}, {match}{plugin}}}")
    path.write_text("\n".join(lines) + "\n")
    return path


class Measured(World):
    def __init__(self, build_dir):
        super().__init__("perf-pol", RUN_DIR, build_dir)

    def policy_status(self):
        return json.loads(self.ctl("status").stdout)["sluice"]["policy"]

    def load(self, path):
        """Seconds by the clock of who loads it, and what the gateway says that it took."""
        began = time.monotonic()
        self.ctl("load", path)
        return {"wall_s": time.monotonic() - began, **self.policy_status()}

    def memory_mib(self):
        """Anonymous memory now, and the most that was resident so far."""
        status = Path(f"/proc/{self.processes['sluice']['pid']}/status").read_text()
        return tuple(int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1024 for name in ("RssAnon", "VmHWM"))

    def hold_generation(self):
        """A request that keeps the policy in force alive: its origin never answers."""
        argv = self.network.client.command(["curl", "-s", "-o", "/dev/null", "--max-time", "600", self.url("/held")])
        active = lambda: sum(w["exchanges"] for w in json.loads(self.ctl("status").stdout)["sluice"]["workers"])  # noqa: E731
        before = active()
        request = subprocess.Popen(argv)
        if not processes.wait_until(lambda: active() > before, 20):
            raise RuntimeError("no request is held")
        return request


def measure(routes, build_dir):
    world = Measured(build_dir)
    held = []
    try:
        world.up_network()
        world._spawn("silent", world.network.origin.command([sys.executable, "-c", SILENT_ORIGIN]))
        world.up_sluice(policy=write_policy(world.run_dir / "first.yaml", 1, "first"))
        before, _ = world.memory_mib()
        files = [write_policy(world.run_dir / f"{release}.yaml", routes, release) for release in ("blue", "green")]
        first = world.load(files[0])
        one, peak = world.memory_mib()
        again = world.load(files[1])
        for turn in range(GENERATIONS):
            held.append(world.hold_generation())
            world.load(files[turn % 2])
        alive = world.policy_status()["generations_alive"]
        many, peak_with_held = world.memory_mib()
        row = [f"{routes:,}", f"{files[0].stat().st_size / MIB:.1f}", f"{first['wall_s']:.2f}", f"{first['load_ms'] / 1000:.2f}",
               f"{first['compile_ms'] / 1000:.2f}", f"{again['wall_s']:.2f}", f"{again['compile_ms'] / 1000:.2f}", f"{again['swap_ms']:.1f}",
               f"{one - before:.0f}", f"{(many - one) / max(1, alive - 1):.0f}", f"{peak:.0f}", f"{peak_with_held:.0f}"]
        print("| " + " | ".join(row) + " |", flush=True)
    finally:
        for request in held:
            request.terminate()
            request.wait()
        world.down()


def main():
    parser = argparse.ArgumentParser(prog="perf/run --policies")
    parser.add_argument("--policies", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--routes", type=lambda s: [int(n) for n in s.split(",")], default=[1_000, 10_000, 100_000])
    options = parser.parse_args()
    build_dir = build.configure_and_compile(ROOT / "build-release", ["control/sluice", "control/sluicectl"],
                                            ["--buildtype=release", "-Db_lto=true"])
    print("| routes | file MiB | load s | of it reading | of it compiling | again s | of it compiling | swap ms "
          "| memory of it MiB | of one more generation | peak MiB | peak with generations held |")
    print("|---" * 12 + "|")
    try:
        for routes in options.routes:
            measure(routes, build_dir)
    finally:
        shutil.rmtree(RUN_DIR, ignore_errors=True)


if __name__ == "__main__":
    main()
