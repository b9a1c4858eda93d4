"""perf/run --fairness: a download from Sluice and one from Linux (nginx, CUBIC) at the same time, over one emulated line.

Both proxies stand behind the same emulator, on a bridge. What counts is how much of what both carried was Sluice's.
"""

import argparse
import concurrent.futures
import itertools
import shutil
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent.parent / "scripts" / "lib"))

import network as net  # noqa: E402
import processes  # noqa: E402
import transfers  # noqa: E402

RIVAL_ADDRESS = "198.18.0.3"
LONG = 1_000_000_000  # bytes: more than the line carries in a round


class SharedNetwork(transfers.PathNetwork):
    """The path's network with a second server, of the kernel's own, beside the gateway."""

    def __init__(self, prefix):
        super().__init__(prefix)
        self.rival = net.Namespace(f"{prefix}-rival")

    @property
    def namespaces(self):
        return (*super().namespaces, self.rival)

    def up(self):
        super().up()
        self.path.run("ip", "link", "set", "right", "name", "right-s")
        self.path.run("ip", "link", "add", "right", "type", "bridge")
        net.Network._join(self, self.rival, "up0", self.path, "right-l")
        self._kernel_end(self.rival, "up0", f"{RIVAL_ADDRESS}/24")
        for device in ("right", "right-l", "right-s"):
            self._dpdk_end(self.path, device)
        for device in ("right-s", "right-l"):
            self.path.run("ip", "link", "set", device, "master", "right")


class SharedWorld(transfers.PathWorld):
    def __init__(self, build_dir):
        super().__init__("sluice", build_dir, "f")
        self.network = SharedNetwork(self.prefix)

    def up(self):
        super().up([LONG])
        self.network.rival.run("sysctl", "-qw", "net.ipv4.tcp_congestion_control=cubic", "net.ipv4.tcp_no_metrics_save=1")
        config = self.run_dir / "rival.conf"
        config.write_text(self.render("origin.conf").read_text().replace(net.ORIGIN_ADDRESS, RIVAL_ADDRESS)
                          .replace("origin.pid", "rival.pid").replace("/bodies", "/rival-bodies"))
        self._spawn("rival", self.network.rival.command(["taskset", "-c", "0", "nginx", "-c", str(config)]))

    def carried(self, url, seconds):
        out = self.client("taskset", "-c", "1", "curl", "-sS", "-o", "/dev/null", "--max-time", str(seconds), "-w", "%{size_download}", url,
                          check=False).stdout
        return int(out or 0)

    def share(self, line, seconds):
        """Sluice's part of all bytes that the two carried, 0 to 1."""
        urls = [self.url(f"/files/{LONG}"), f"http://{RIVAL_ADDRESS}:9000/files/{LONG}"]
        with self.emulator(line), concurrent.futures.ThreadPoolExecutor(2) as pool:
            sluice, linux = pool.map(lambda url: self.carried(url, seconds), urls)
        return sluice / max(sluice + linux, 1)


def main():
    parser = argparse.ArgumentParser(prog="perf/run --fairness")
    parser.add_argument("--fairness", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--delays", type=transfers.numbers, default=[0, 20], help="ms of a round trip")
    parser.add_argument("--losses", type=transfers.numbers, default=[0, 0.1], help="%% of the frames")
    options = parser.parse_args()
    world = SharedWorld(transfers.release_build())
    try:
        with transfers.cubic_allowed():
            world.up()
        if not processes.wait_until(lambda: 0 < world.share([], 1) < 1, 30):
            raise RuntimeError("one of the two does not answer")
        print("| round trip ms | loss % | Sluice's share, median | of all rounds |\n|---|---|---|---|")
        for delay, loss in itertools.product(options.delays, options.losses):
            lines = [["--delay-ms", str(delay), "--loss", str(loss / 100), "--seed", str(seed)] for seed in range(options.rounds)]
            shares = [world.share(line, options.seconds) for line in lines]
            print(f"| {delay:g} | {loss:g} | {statistics.median(shares):.3f} | {', '.join(f'{share:.3f}' for share in sorted(shares))} |", flush=True)
    finally:
        world.down()
        shutil.rmtree(transfers.RUN_DIR, ignore_errors=True)


if __name__ == "__main__":
    main()
