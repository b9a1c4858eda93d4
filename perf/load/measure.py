"""perf/run --connections, --connection-rate, --syn-flood: many clients at once. See there.

The connections are made to the real process with one worker on core 0, whose port is a memory port (net_vhost); at its other
end are clients on our own TCP (net_virtio_user) on core 1. Their rate is that of such a worker and such clients in one process,
with rings between them: to copy each packet between two processes costs more than to serve it. The flood runs in namespaces,
over veth, for Sluice and for nginx alike.
"""

import argparse
import contextlib
import json
import re
import shutil
import signal
import statistics
import string
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "scripts" / "lib"), str(ROOT / "perf" / "compare")]

import build  # noqa: E402
import huge_pages  # noqa: E402
import measure as compare  # noqa: E402
import network as net  # noqa: E402
import processes  # noqa: E402

RUN_DIR = Path("/run/sluice-load")
MEMORY_MIB = 256
BLOCKS_MIB = 64  # the workers' block pools
FIRST_CLIENT, CLIENTS = "198.18.64.1", 64
CLIENT_CORE = "1"
FLOOD_RATE, FLOOD_SOURCES = 120_000, "198.19.0.0"
REQUEST_RATE = 1_000
TARGETS = ["control/sluice", "control/sluicectl", "perf/load-client", "perf/ring-rate", "perf/syn-flood", "perf/steady-client"]


class Server:
    """Sluice with one worker and a memory port."""

    def __init__(self, build_dir, connections):
        self.build_dir = build_dir
        self.connections = connections

    def __enter__(self):
        RUN_DIR.mkdir(parents=True, exist_ok=True)
        values = {"RUN_DIR": RUN_DIR, "CONNECTIONS": self.connections, "MEMORY_MIB": MEMORY_MIB}
        node, policy = RUN_DIR / "node.yaml", RUN_DIR / "policy.json"
        node.write_text(string.Template((HERE / "node.yaml").read_text()).substitute(values))
        answer = {"name": "request-termination", "config": {"status_code": 200, "content_type": "text/plain", "body": compare.BODY}}
        service = {"name": "local", "url": "http://198.18.255.1", "routes": [{"name": "local", "paths": ["/local"]}], "plugins": [answer]}
        policy.write_text(json.dumps({"_format_version": "3.0", "services": [service]}))
        argv = [str(self.build_dir / "control/sluice"), "--node", str(node), "--policy", str(policy)]
        self.process = processes.identity(processes.spawn(argv, RUN_DIR / "sluice.log"))
        if not processes.wait_until(lambda: self.top(check=False), 60):
            log = (RUN_DIR / "sluice.log").read_text(errors="replace")
            self.__exit__()
            raise RuntimeError(f"sluice did not start:\n{log[-4000:]}")
        return self

    def __exit__(self, *_):
        processes.end(self.process)
        shutil.rmtree(RUN_DIR, ignore_errors=True)

    def top(self, check=True):
        out = subprocess.run(["curl", "-s", "--unix-socket", str(RUN_DIR / "control.sock"), "http://sluice/top"],
                             capture_output=True, text=True, check=check).stdout
        return json.loads(out)["workers"][0] if out else None

    def resident_kib(self):
        """What is resident of this process alone, huge pages included: the clients' packets that it sees are shared memory."""
        status = Path(f"/proc/{self.process['pid']}/status").read_text()
        field = lambda name: int(re.search(rf"{name}:\s+(\d+) kB", status)[1])  # noqa: E731
        return field("VmRSS") - field("RssShmem") + field("HugetlbPages")

    def client(self, *argv):
        command = [str(self.build_dir / "perf/load-client"), "--socket", str(RUN_DIR / "load.sock"), "--core", CLIENT_CORE,
                   "--server", net.GATEWAY_CLIENT_SIDE, "--first-address", FIRST_CLIENT, "--addresses", str(CLIENTS), *map(str, argv)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def result(client):
    line = client.stdout.readline()
    if not line:
        raise RuntimeError(f"load-client ended with {client.wait()}")
    return json.loads(line)


def memory_pages():
    return (MEMORY_MIB + BLOCKS_MIB) // 2


def connections(options, build_dir):
    wanted = options.connections
    with huge_pages.reserved(memory_pages()), Server(build_dir, wanted + 1024) as server:
        before = server.resident_kib()
        client = server.client("--connections", wanted)
        opened = result(client)
        after = server.resident_kib()
        alive = server.top()["connections"]
        client.stdin.write("\n")
        client.stdin.flush()
        closed = result(client)
        client.wait()
        each = (after - before) * 1024 / max(1, opened["open"])
        print("| | resident KiB, huge pages included | bytes a connection |\n|---|---|---|")
        print(f"| at the start | {before:,} | |")
        print(f"| {opened['open']:,} idle connections from {CLIENTS} addresses, one request made on each | {after:,} | {each:,.0f} |")
        print(f"\n{after - before:,} KiB above the start. Opened in {opened['seconds']:.0f} s, {opened['failed']} failed; "
              f"Sluice counts {alive:,}. Closed by the client: {closed['kept']:,} were still open, {closed['left_open']} left.")


def connection_rate(options, build_dir):
    rows = []
    command = [str(build_dir / "perf/ring-rate"), "--on-the-way", str(options.on_the_way), "--seconds", str(options.seconds)]
    with huge_pages.reserved(memory_pages()):
        for _ in range(options.rounds):
            row = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
            row["rate"] = row["answered"] / row["seconds"]
            rows.append(row)
    median = lambda field: statistics.median(row[field] for row in rows)  # noqa: E731
    print(f"Medians of {options.rounds} rounds of {options.seconds:g} s, {options.on_the_way} connections at a time: connect, request, "
          "answer, close by the client.\n")
    print("| connections/s | failed | worker busy us/connection | p50 us | p99 us |\n|---|---|---|---|---|")
    print(f"| {median('rate'):,.0f} | {sum(row['failed'] for row in rows)} | {median('busy_us'):.2f} | {median('p50_us'):,.0f} "
          f"| {median('p99_us'):,.0f} |")


class Flooded(compare.Bench):
    """A world of perf/compare in which the sources of the flood lie behind the client."""

    def up(self):
        route = f"routes:\n  - {{prefix: {FLOOD_SOURCES}/16, via: {net.CLIENT_ADDRESS}}}\n\nworkers:\n"
        super().up({"workers:\n": route})
        if not self.is_sluice:
            self.network.gateway.run("ip", "route", "add", f"{FLOOD_SOURCES}/16", "via", net.CLIENT_ADDRESS)

    def tool(self, name, *argv):
        command = self.network.client.command(["taskset", "-c", CLIENT_CORE, str(self.build_dir / "perf" / name), *map(str, argv)])
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def requests(self, seconds):
        return self.tool("steady-client", "--server", net.GATEWAY_CLIENT_SIDE, "--port", 8000, "--rate", REQUEST_RATE, "--seconds", seconds)

    def flood(self, seconds):
        neighbour = self.network.client.run("ip", "neigh", "show", net.GATEWAY_CLIENT_SIDE)
        mac = re.search(r"lladdr (\S+)", neighbour)[1]
        return self.tool("syn-flood", "--interface", "up0", "--target", net.GATEWAY_CLIENT_SIDE, "--port", 8000, "--mac", mac,
                         "--sources", FLOOD_SOURCES, "--rate", FLOOD_RATE, "--seconds", seconds)

    def measure(self, seconds):
        calm = result(self.requests(seconds))
        flood = self.flood(seconds + 1)  # begins before the requests and ends behind them
        flooded = result(self.requests(seconds))
        sent = result(flood)
        return {"rate": sent["sent"] / sent["seconds"], "calm": calm, "flooded": flooded}


def syn_flood(options, build_dir):
    worlds = {name: Flooded(name, build_dir) for name in ("sluice", "nginx")}
    rows = {name: [] for name in worlds}
    try:
        for _ in range(options.rounds):
            for name, world in worlds.items():
                world.up()
                rows[name].append(world.measure(options.seconds))
                world.down()
    finally:
        for world in worlds.values():
            world.down()
        shutil.rmtree(compare.RUN_DIR, ignore_errors=True)
    print(f"Medians of {options.rounds} alternating rounds of {options.seconds:g} s: {REQUEST_RATE:,} requests/s, each on a connection of "
          "its own, without the flood and with it.\n")
    print("| server | SYN/s | requests not answered, calm / flooded | p50 us, calm / flooded | p99 us, calm / flooded | ratio of p99 |")
    print("|---|---|---|---|---|---|")
    for name, measured in rows.items():
        middle = lambda phase, field: statistics.median(row[phase][field] for row in measured)  # noqa: E731
        both = lambda field: " / ".join(f"{middle(phase, field):,.0f}" for phase in ("calm", "flooded"))  # noqa: E731
        failed = " / ".join(str(sum(row[phase]["failed"] for row in measured)) for phase in ("calm", "flooded"))
        ratio = statistics.median(row["flooded"]["p99_us"] / row["calm"]["p99_us"] for row in measured)
        rate = statistics.median(row["rate"] for row in measured)
        print(f"| {name} | {rate:,.0f} | {failed} | {both('p50_us')} | {both('p99_us')} | {ratio:.2f} |")


def main():
    parser = argparse.ArgumentParser(prog="perf/run")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--connections", type=int, metavar="N")
    what.add_argument("--connection-rate", action="store_true")
    what.add_argument("--syn-flood", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--on-the-way", type=int, default=128, help="connections at a time")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended and huge pages go back
    build_dir = build.configure_and_compile(ROOT / "build-release", TARGETS, ["--buildtype=release", "-Db_lto=true"])
    print(f"`perf/run {' '.join(sys.argv[1:])}`\n")
    with contextlib.suppress(BrokenPipeError):
        (connections if options.connections else connection_rate if options.connection_rate else syn_flood)(options, build_dir)


if __name__ == "__main__":
    main()
