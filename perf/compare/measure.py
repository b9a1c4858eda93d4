"""perf/run: see there. Everything in namespaces of its own; the proxy on core 0, client and origin on core 1."""

import argparse
import base64
import dataclasses
import hashlib
import hmac
import json
import os
import re
import shutil
import statistics
import string
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

import build  # noqa: E402
import huge_pages  # noqa: E402
import network as net  # noqa: E402
import processes  # noqa: E402
from world import World  # noqa: E402

PROXY_CORE, PEER_CORE = "0", "1"
SECRET = "peersecret0123456789abcdef0123456789abcdef"
BODY = "x" * 128
CONNECTIONS = 32
OPEN_LOOP_RATE = 4000  # requests/s, well below what any of them saturates at
RUN_DIR = Path("/run/sluice-perf")
ROUTES = 100


def token():
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=")

    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part({"iss": "client-hs", "sub": "u", "exp": int(time.time()) + 86400})
    return (signed + b"." + base64.urlsafe_b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).rstrip(b"=")).decode()


@dataclasses.dataclass(frozen=True)
class Work:
    title: str
    path: str
    bearer: bool = False
    peers: tuple = ("haproxy", "nginx")
    setup: str = "bench"  # which files the proxies run on


WORKS = {
    "local": Work("local answer", "/local"),
    "proxy": Work("plain proxy", "/plain/a"),
    # nginx cannot verify tokens without a module.
    "token": Work("HS256 token, rate limit, headers, rewrite, 100 routes", "/svc57/a", True, ("haproxy",)),
    "kong": Work("kong-100-routes.json as it is (nginx with its Lua module)", "/svc57/a", True, setup="kong"),
}


def kong_policy():
    """The file that drove a real Kong, with the origin filled in."""
    text = (HERE / "kong/kong-100-routes.json").read_text()
    return text.replace("{{ORIGIN_HOST}}", net.ORIGIN_ADDRESS).replace("{{ORIGIN_PORT}}", "9000")


def sluice_policy():
    origin = f"http://{net.ORIGIN_ADDRESS}:9000/v1"
    work = [
        {"name": "jwt", "config": {"key_claim_name": "iss", "claims_to_verify": ["exp"]}},
        {"name": "rate-limiting", "config": {"minute": 100000000, "policy": "local", "limit_by": "consumer"}},
        {"name": "request-transformer", "config": {"add": {"headers": ["X-Gateway:sluice"]}, "remove": {"headers": ["X-Internal"]}}},
    ]
    services = [{"name": f"svc{i}", "url": origin, "routes": [{"name": f"r{i}", "paths": [f"/svc{i}/"]}], "plugins": work}
                for i in range(ROUTES)]
    services.append({"name": "plain", "url": origin, "routes": [{"name": "plain", "paths": ["/plain"]}]})
    services.append({"name": "local", "url": origin, "routes": [{"name": "local", "paths": ["/local"]}], "plugins": [
        {"name": "request-termination", "config": {"status_code": 200, "content_type": "text/plain", "body": BODY}}]})
    consumers = [{"username": f"user{i}", "jwt_secrets": [{"key": f"client-{i}", "algorithm": "HS256", "secret": f"othersecret{i}"}]}
                 for i in range(ROUTES)]
    consumers.append({"username": "consumer-hs", "jwt_secrets": [{"key": "client-hs", "algorithm": "HS256", "secret": SECRET}]})
    return json.dumps({"_format_version": "3.0", "services": services, "consumers": consumers})


class Bench(World):
    """A world whose gateway is one of the proxies. The peers' gateway has the kernel's addresses on the same veths.

    The peers keep no access log, so neither does "sluice"; "sluice-logs" is Sluice with the two that it has by default.
    """

    def __init__(self, name, build_dir, setup="bench"):
        super().__init__(f"perf-{name[:3]}", RUN_DIR / name, build_dir)
        self.name = name
        self.setup = setup

    @property
    def is_sluice(self):
        return self.name.startswith("sluice")

    def render(self, template, out):
        values = {"RUN_DIR": self.run_dir, "ORIGIN_ADDRESS": net.ORIGIN_ADDRESS, "GATEWAY_ADDRESS": net.GATEWAY_CLIENT_SIDE,
                  "BODY": BODY, "SECRET": SECRET,
                  "BACKENDS": "".join(f"backend be{i}\n    server s1 {net.ORIGIN_ADDRESS}:9000\n" for i in range(ROUTES))}
        path = self.run_dir / out
        path.write_text(string.Template((HERE / template).read_text()).safe_substitute(values))
        return path

    def pinned(self, core, argv):
        return ["taskset", "-c", core, *argv]

    def up(self, changes=None):
        """changes: texts of the demo's node file, and what stands there instead."""
        self.up_network()
        origin = self.render("origin.conf", "origin.conf")
        self._spawn("origin", self.network.origin.command(self.pinned(PEER_CORE, ["nginx", "-c", str(origin)])))
        if self.is_sluice:
            self.up_proxy_sluice(changes or {})
        else:
            self.up_proxy_peer()
        for work in WORKS.values():
            if work.setup != self.setup or not (self.is_sluice or self.name in work.peers):
                continue
            headers = ["-H", f"Authorization: Bearer {token()}"] if work.bearer else []
            if not processes.wait_until(lambda: self.probe(work.path, headers), 20):
                raise RuntimeError(f"{self.name} does not answer {work.path}")

    def probe(self, path, headers):
        result = self.client("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *headers, self.url(path), check=False)
        return result.stdout == "200"

    def up_proxy_sluice(self, changes):
        policy = self.run_dir / "bench.json"
        policy.write_text(kong_policy() if self.setup == "kong" else sluice_policy())
        node = (ROOT / "scripts/demo.d/node.yaml").read_text().replace("idle: sleep", "cores: [0]\n  idle: sleep")
        if self.name == "sluice":
            node = re.sub(r"(edge|gateway): \S+\.log", r'\1: "off"', node)
        for old, new in changes.items():
            node = node.replace(old, new)
        (self.run_dir / "bench-node.yaml").write_text(node)
        self.up_sluice(self.run_dir / "bench-node.yaml", policy)

    def up_proxy_peer(self):
        gateway = self.network.gateway
        self.network.give_gateway_to_kernel()
        (self.run_dir / "body").write_text(BODY)
        (self.run_dir / "routes.map").write_text("".join(f"/svc{i}/ be{i}\n" for i in range(ROUTES)))
        (self.run_dir / "issuers.map").write_text(
            "".join(f"client-{i} user{i}\n" for i in range(ROUTES)) + "client-hs consumer-hs\n")
        files = "kong/" if self.setup == "kong" else ""
        if self.name == "haproxy":
            argv = ["haproxy", "-db", "-f", str(self.render(f"{files}haproxy.cfg", "haproxy.cfg"))]
        else:
            if files:
                self.render("kong/gateway.lua", "gateway.lua")
            argv = ["nginx", "-c", str(self.render(f"{files}nginx.conf", "nginx.conf"))]
        self._spawn("proxy", gateway.command(self.pinned(PROXY_CORE, argv)))

    # ---- measuring

    def busy_s(self):
        """Seconds that the proxy's core was not idle, and those of it in softirq, since the machine started."""
        with open("/proc/stat") as f:
            fields = next(line.split()[1:] for line in f if line.startswith(f"cpu{PROXY_CORE} "))
        user, nice, system, _, _, irq, softirq, steal = (int(x) / os.sysconf("SC_CLK_TCK") for x in fields[:8])
        return user + nice + system + irq + softirq, softirq

    def on_cpu_s(self):
        """Seconds that the proxy's threads of its core have run, to the nanosecond: what interrupts them included.

        /proc/stat is sampled at each tick; who is woken by a client's timers right behind the tick, and done before the
        next, is seldom seen there.
        """
        pids = [self.processes["sluice" if self.is_sluice else "proxy"]["pid"]]
        for pid in pids:
            for task in Path(f"/proc/{pid}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
        tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
        own = [task for task in tasks if os.sched_getaffinity(int(task.name)) == {int(PROXY_CORE)}]
        return sum(int((task / "schedstat").read_text().split()[0]) for task in own) / 1e9

    def own_busy_s(self):
        """Seconds of polls that found work, by the worker's own accounting."""
        return sum(w["busy_seconds"] for w in json.loads(self.control_get("/top"))["workers"])

    def control_get(self, target):
        return subprocess.run(["curl", "-s", "--unix-socket", str(self.control_socket), f"http://sluice{target}"],
                              capture_output=True, text=True, check=True).stdout

    def saturate(self, path, bearer, seconds):
        argv = self.pinned(PEER_CORE, ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency",
                                       *(["-H", f"Authorization: Bearer {token()}"] if bearer else []), self.url(path)])
        out = self.client(*argv).stdout
        if "Non-2xx" in out or "Socket errors" in out:
            raise RuntimeError(f"{self.name}{path}: {out}")
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
        return {"rate": rate, "p50_us": percentile(out, "50%"), "p99_us": percentile(out, "99%")}

    def open_loop(self, path, bearer, seconds):
        log = self.run_dir / "h2load.log"
        log.unlink(missing_ok=True)
        argv = self.pinned(PEER_CORE, ["h2load", "--h1", "-t1", f"-c{CONNECTIONS}", f"-D{seconds}", "--warm-up-time=1",
                                       f"--rps={OPEN_LOOP_RATE / CONNECTIONS}", f"--log-file={log}",
                                       *(["-H", f"Authorization: Bearer {token()}"] if bearer else []), self.url(path)])
        core, on_cpu, own = self.busy_s(), self.on_cpu_s(), self.own_busy_s() if self.is_sluice else None
        out = self.client(*argv).stdout
        core_after, on_cpu_after, own_after = self.busy_s(), self.on_cpu_s(), self.own_busy_s() if self.is_sluice else None
        # The log has the measured second after the warm-up only; the busy time covers all requests that were sent.
        times = sorted(int(line.split("\t")[2]) for line in log.read_text().splitlines())
        requests = OPEN_LOOP_RATE * (seconds + 1)
        result = {"open_p50_us": times[len(times) // 2], "open_p99_us": times[len(times) * 99 // 100],
                  "core_us": (core_after[0] - core[0]) * 1e6 / requests, "on_cpu_us": (on_cpu_after - on_cpu) * 1e6 / requests}
        if own is not None:
            result["own_us"] = (own_after - own) * 1e6 / requests
            result["own_and_softirq_us"] = result["own_us"] + (core_after[1] - core[1]) * 1e6 / requests
        if not re.search(r", 0 failed, 0 errored, 0 timeout", out):
            raise RuntimeError(f"{self.name}{path}: {out}")
        return result


def percentile(text, name):
    value, unit = re.search(rf"{name}\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def median(rows, field):
    values = [row[field] for row in rows if field in row]
    return statistics.median(values) if values else None


def cell(value, digits=0):
    return "" if value is None else f"{value:,.{digits}f}"


def compare(options):
    build_dir = build.configure_and_compile(ROOT / "build-release", ["control/sluice", "control/sluicectl"],
                                            ["--buildtype=release", "-Db_lto=true"])
    try:
        for work in (WORKS[name] for name in options.work):
            names = ["sluice", "sluice-logs", *(peer for peer in options.peers if peer in work.peers)]
            rows = {name: [] for name in names}
            for _ in range(options.rounds):
                for name in names:
                    rows[name].append(measure(Bench(name, build_dir, work.setup), work, options.seconds))
            print_table(work.title, rows, options)
    finally:
        shutil.rmtree(RUN_DIR, ignore_errors=True)


def measure(bench, work, seconds):
    try:
        bench.up()
        row = bench.saturate(work.path, work.bearer, seconds)
        row.update(bench.open_loop(work.path, work.bearer, seconds))
        return row
    finally:
        bench.down()


def print_table(title, rows, options):
    print(f"\n### {title}\n\nMedians of {options.rounds} alternating rounds of {options.seconds} s, {CONNECTIONS} connections; "
          f"open loop at {OPEN_LOOP_RATE} requests/s.\n")
    print("| proxy | requests/s at saturation | p50 us | p99 us | open loop p50 us | p99 us | core busy us/request | on CPU us/request | own accounting us/request | own + softirq |")
    print("|---" * 10 + "|")
    for name, measured in rows.items():
        fields = ["rate", "p50_us", "p99_us", "open_p50_us", "open_p99_us"]
        cells = [cell(median(measured, f)) for f in fields]
        cells += [cell(median(measured, f), 1) for f in ("core_us", "on_cpu_us", "own_us", "own_and_softirq_us")]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


HUGE_PAGES_WANTED = 192  # of 2 MiB: what the demo's node file asks for, and the workers' block pools beside it


def memory(_options):
    build_dir = build.configure_and_compile(ROOT / "build-release", ["control/sluice", "control/sluicectl"],
                                            ["--buildtype=release", "-Db_lto=true"])
    print("| | resident KiB | of it anonymous | of it DPDK's shared | huge pages KiB | bytes a connection |\n|---|---|---|---|---|---|")
    for wanted in (False, True):
        with huge_pages.reserved(HUGE_PAGES_WANTED if wanted else 0):
            memory_with("huge pages" if wanted else "ordinary pages", "true" if wanted else "false", build_dir)


def memory_with(title, huge, build_dir):
    bench = Bench("sluice", build_dir)
    try:
        bench.up({"huge_pages: false": f"huge_pages: {huge}"})
        pid = bench.processes["sluice"]["pid"]

        def resident():
            status = Path(f"/proc/{pid}/status").read_text()
            return {k: int(re.search(rf"{k}:\s+(\d+) kB", status)[1]) for k in ("VmRSS", "RssAnon", "RssShmem", "HugetlbPages")}

        before = resident()
        script = ROOT / "tests/e2e/scripts/idle.py"
        argv = bench.network.client.command([sys.executable, str(script), net.GATEWAY_CLIENT_SIDE, "8000", "/nowhere", "10000"])
        idle = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        opened = json.loads(idle.stdout.readline())["open"]
        after = resident()
        idle.communicate("\n")
        each = (after["VmRSS"] + after["HugetlbPages"] - before["VmRSS"] - before["HugetlbPages"]) * 1024 / opened
        for when, kib, last in ((f"at the start, {title}", before, ""), (f"{opened:,} idle connections, one request made on each", after, f"{each:.0f}")):
            print(f"| {when} | " + " | ".join(f"{kib[k]:,}" for k in kib) + f" | {last} |", flush=True)
    finally:
        bench.down()
        shutil.rmtree(RUN_DIR, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog="perf/run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--work", type=lambda s: s.split(","), default=list(WORKS))
    parser.add_argument("--peers", type=lambda s: s.split(","), default=["haproxy", "nginx"])
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    (memory if options.memory else compare)(options)


if __name__ == "__main__":
    main()
