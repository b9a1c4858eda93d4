"""perf/run --path: transfers over an emulated line, Sluice and Linux (nginx) in pairs with the same losses.

The path lies between client and proxy; both proxies fetch from the same kind of origin beside them. Loss hits what the
sender of the data sends. A pair is two transfers with one seed; the systems take turns in going first.
"""

import argparse
import contextlib
import itertools
import os
import random
import shutil
import signal
import statistics
import string
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

import build  # noqa: E402
import network as net  # noqa: E402
import processes  # noqa: E402
from world import World  # noqa: E402

RUN_DIR = Path("/run/sluice-path")
RATE_MBIT = 200
QUEUE_KIB = 512  # about what 200 Mbit/s carry in 20 ms
PATIENCE_S = 120
BOOTSTRAPS = 2000
ALLOWED = Path("/proc/sys/net/ipv4/tcp_allowed_congestion_control")


class PathNetwork(net.Network):
    """The usual three namespaces, with a fourth between client and gateway for the emulator."""

    def __init__(self, prefix):
        super().__init__(prefix)
        self.path = net.Namespace(f"{prefix}-path")

    @property
    def namespaces(self):
        return (*super().namespaces, self.path)

    def _join(self, a, a_device, b, b_device):
        if b_device != "client0":
            return super()._join(a, a_device, b, b_device)
        super()._join(a, a_device, self.path, "left")
        super()._join(b, b_device, self.path, "right")
        for device in ("left", "right"):
            self._dpdk_end(self.path, device)


class PathWorld(World):
    def __init__(self, name, build_dir, lane=0, idle="sleep"):
        super().__init__(f"path{lane}-{name[:3]}", RUN_DIR / f"{name}{lane}", build_dir)
        self.idle = idle
        self.network = PathNetwork(self.prefix)
        self.name = name

    def render(self, template):
        values = {"RUN_DIR": self.run_dir, "ORIGIN_ADDRESS": net.ORIGIN_ADDRESS, "GATEWAY_ADDRESS": net.GATEWAY_CLIENT_SIDE}
        path = self.run_dir / template
        path.write_text(string.Template((HERE / template).read_text()).safe_substitute(values))
        return path

    def up(self, sizes):
        self.up_network()
        for namespace in self.network.namespaces:
            # The machine's own choice may be another, BBR for example. What one transfer learns of the path must not help the next.
            namespace.run("sysctl", "-qw", "net.ipv4.tcp_congestion_control=cubic", "net.ipv4.tcp_no_metrics_save=1")
        files = self.run_dir / "files"
        files.mkdir()
        for size in sizes:
            with open(files / str(size), "wb") as file:
                file.truncate(size)
        self._spawn("origin", self.network.origin.command(["taskset", "-c", "1", "nginx", "-c", str(self.render("origin.conf"))]))
        if self.name == "sluice":
            policy = self.run_dir / "path.yaml"
            origin = f"http://{net.ORIGIN_ADDRESS}:9000"
            policy.write_text(f'_format_version: "3.0"\nservices: [{{name: all, url: "{origin}", routes: [{{name: all, paths: [/]}}]}}]\n')
            node = self.run_dir / "path-node.yaml"
            node.write_text((ROOT / "scripts/demo.d/node.yaml").read_text().replace("idle: sleep", f"cores: [0]\n  idle: {self.idle}"))
            self.up_sluice(node, policy)
        else:
            self.up_linux()

    def up_linux(self):
        gateway = self.network.gateway
        self.network.give_gateway_to_kernel()
        self._spawn("proxy", gateway.command(["taskset", "-c", "0", "nginx", "-c", str(self.render("nginx.conf"))]))

    @contextlib.contextmanager
    def core(self):
        """The proxy's core for as long as the block lasts: a worker that spins must leave it to the other system's turn."""
        spins = self.name == "sluice" and self.idle == "spin"
        if spins:
            self.signal(signal.SIGCONT)
        try:
            yield
        finally:
            if spins:
                self.signal(signal.SIGSTOP)

    def signal(self, number):
        os.kill(self.processes["sluice"]["pid"], number)

    def down(self):
        if "sluice" in self.processes:
            self.signal(signal.SIGCONT)  # so that it can end
        super().down()

    @contextlib.contextmanager
    def emulator(self, line):
        """A line of its own for as long as the block lasts."""
        emulator = subprocess.Popen(
            self.network.path.command(["taskset", "-c", "1", str(self.build_dir / "perf" / "path-emulator"), "--left", "left", "--right", "right",
                                       "--rate-mbit", str(RATE_MBIT), "--queue-kib", str(QUEUE_KIB), *line]),
            stdout=subprocess.PIPE, text=True)
        try:
            if emulator.stdout.readline() != "ready\n":
                raise RuntimeError("the emulator did not start")
            yield
        finally:
            emulator.terminate()  # `ip netns exec` and `taskset` have become the emulator
            emulator.wait()

    def transfer(self, size, direction, line):
        """Bits per second of one transfer over a line of its own; None when it did not end in time."""
        what = ["-T", str(self.run_dir / "files" / str(size)), "-X", "POST", "-H", "Expect:", self.url("/sink")] if direction == "up" else [
            self.url(f"/files/{size}")]
        with self.core(), self.emulator([*line, *(["--lossy", "right"] if direction == "up" else [])]):
            out = self.client("taskset", "-c", "1", "curl", "-sS", "-o", "/dev/null", "--max-time", str(PATIENCE_S),
                              "-w", "%{http_code} %{size_download} %{size_upload} %{time_total}", *what, check=False).stdout.split()
        moved = int(out[2] if direction == "up" else out[1])
        if out[0] not in ("200", "204") or moved != size:
            return None
        return size * 8 / float(out[3])

    def ready(self, size):
        return processes.wait_until(lambda: self.transfer(size, "down", []) is not None, 20)


@contextlib.contextmanager
def cubic_allowed():
    """Lets namespaces choose CUBIC for as long as the block lasts: a machine whose default is another may forbid it."""
    before = ALLOWED.read_text()
    try:
        ALLOWED.write_text(f"{before.strip()} cubic")
        yield
    finally:
        ALLOWED.write_text(before)


def bootstrap_low(ratios):
    """The lower end of a 95 % interval of the median, by resampling with a fixed seed."""
    source = random.Random(1)
    medians = sorted(statistics.median(source.choices(ratios, k=len(ratios))) for _ in range(BOOTSTRAPS))
    return medians[BOOTSTRAPS * 25 // 1000]


def measure(lanes, point, options):
    """(sluice, linux) of each pair. Slow points leave the machine idle: there every lane carries pairs at the same time."""
    size, delay, loss = point
    lanes = lanes if delay > 0 and loss > 0 else lanes[:1]

    def one(pair):
        line = ["--delay-ms", str(delay), "--loss", str(loss / 100), "--seed", str(1000 + pair)]
        worlds = lanes[pair % len(lanes)]
        order = worlds if pair // len(lanes) % 2 == 0 else worlds[::-1]
        rates = {world.name: world.transfer(size, options.direction, line) for world in order}
        return rates["sluice"], rates["linux"]

    def of_lane(lane):
        return [one(pair) for pair in range(lane, options.pairs, len(lanes))]

    with ThreadPoolExecutor(len(lanes)) as pool:
        return [row for rows in pool.map(of_lane, range(len(lanes))) for row in rows]


def report(point, rows):
    size, delay, loss = point
    whole = [(a, b) for a, b in rows if a and b]
    failed = [sum(row[i] is None for row in rows) for i in (0, 1)]
    if not whole:
        print(f"| {size / 1e6:g} | {delay:g} | {loss:g} | | | | | {failed[0]} / {failed[1]} |", flush=True)
        return []
    ratios = [a / b for a, b in whole]
    sluice, linux = (statistics.median(x[i] for x in whole) / 1e6 for i in (0, 1))
    print(f"| {size / 1e6:g} | {delay:g} | {loss:g} | {sluice:.1f} | {linux:.1f} | {statistics.median(ratios):.3f} | {bootstrap_low(ratios):.3f} "
          f"| {failed[0]} / {failed[1]} |", flush=True)
    return ratios


def numbers(text):
    return [float(x) for x in text.split(",")]


def release_build():
    return build.configure_and_compile(ROOT / "build-release", ["control/sluice", "control/sluicectl", "perf/path-emulator"],
                                       ["--buildtype=release", "-Db_lto=true"])


def main():
    parser = argparse.ArgumentParser(prog="perf/run --path")
    parser.add_argument("--path", action="store_true")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--direction", choices=("down", "up"), default="down")
    parser.add_argument("--mb", type=numbers, default=[1, 10])
    parser.add_argument("--delays", type=numbers, default=[0, 20], help="ms of a round trip")
    parser.add_argument("--losses", type=numbers, default=[0, 0.1, 1, 3], help="%% of the frames")
    parser.add_argument("--lanes", type=int, default=4, help="pairs at the same time where loss and delay make them slow; with 1 the worker never sleeps")
    options = parser.parse_args()
    build_dir = release_build()
    idle = "spin" if options.lanes == 1 else "sleep"
    lanes = [[PathWorld(name, build_dir, lane, idle) for name in ("sluice", "linux")] for lane in range(options.lanes)]
    worlds = list(itertools.chain(*lanes))
    sizes = [int(mb * 1e6) for mb in options.mb]
    try:
        for world in worlds:
            with cubic_allowed():
                world.up(sizes)
            if not world.ready(sizes[0]):
                raise RuntimeError(f"{world.name} does not answer")
        print(f"{options.direction}load over {RATE_MBIT} Mbit/s, Linux with CUBIC, queue {QUEUE_KIB} KiB, {options.pairs} pairs a point, "
              f"{options.lanes} at a time with both delay and loss\n")
        print("| MB | round trip ms | loss % | sluice Mbit/s | linux Mbit/s | ratio (median of pairs) | lower bound (95 %) | unfinished sluice / linux |")
        print("|---|---|---|---|---|---|---|---|")
        lossy = []
        for point in itertools.product(sizes, options.delays, options.losses):
            ratios = report(point, measure(lanes, point, options))
            lossy += ratios if point[2] > 0 else []
        if lossy:
            print(f"\nOver all lossy points together: median ratio {statistics.median(lossy):.3f}.")
    finally:
        for world in worlds:
            world.down()
        shutil.rmtree(RUN_DIR, ignore_errors=True)


if __name__ == "__main__":
    main()
