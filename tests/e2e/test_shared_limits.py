"""Rate limits that gateways share through a real Redis: exact over both, and what happens while Redis is away."""

import json
import os
import signal
import subprocess
import time

import processes
import pytest
from clients import curl_status, metric
from conftest import make_world
from test_chain import BACK_SIDE, FRONT_SIDE, LINK, node, start
from world import ORIGIN_ECHO_PORT

REDIS_PORT = 6390
STORE = f"redis: {{host: 127.0.0.1, port: {REDIS_PORT}, password: not-for-logs, database: 2, timeout: 2000}}"

# The same plugin stands in both gateways, so each request that passes both takes two tokens of one limit.
POLICY = """
_format_version: "3.0"
services:
- {{name: next, url: 'http://{next}', routes: [{{name: all, paths: [/], strip_path: false}}]}}
plugins:
- name: rate-limiting
  config: {{hour: 20, limit_by: header, header_name: x-who, policy: redis, fault_tolerant: {tolerant}, {store}}}
"""


class Redis:
    """Debian's redis-server on the loopback of the gateway's namespace."""

    def __init__(self, world):
        self.world = world

    def start(self):
        argv = ["redis-server", "--port", REDIS_PORT, "--bind", "127.0.0.1", "--requirepass", "not-for-logs", "--save", "",
                "--appendonly", "no", "--dir", self.world.run_dir]
        self.world._spawn("redis", self.world.network.gateway.command(list(map(str, argv))))
        assert processes.wait_until(lambda: self.ask("PING") == "PONG", 20)

    def ask(self, *command):
        argv = ["redis-cli", "-p", str(REDIS_PORT), "-a", "not-for-logs", "--no-auth-warning", "-n", "2", *command]
        return subprocess.run(self.world.network.gateway.command(argv), capture_output=True, text=True).stdout.strip()

    def signal(self, what):
        os.kill(self.world.processes["redis"]["pid"], what)


def store_of(world):
    (store,) = json.loads(world.ctl("status").stdout)["sluice"]["rate_stores"]
    return store


def refused(world, name):
    """Requests that the gateway `name` refused by a rate limit."""
    metrics = subprocess.run([str(world.build_dir / "control" / "sluicectl"), "--socket", str(world.run_dir / f"{name}.sock"), "metrics"],
                             capture_output=True, text=True, check=True).stdout
    lines = [line for line in metrics.splitlines() if line.startswith("sluice_refused_total") and 'reason="rate_limit"' in line]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def policy(world, name, next_hop, tolerant="true"):
    path = world.run_dir / name
    path.write_text(POLICY.format(next=next_hop, tolerant=tolerant, store=STORE))
    return path


@pytest.fixture(scope="module")
def alone():
    """One gateway; /strict does not tolerate faults."""
    world = make_world("shared")
    try:
        world.up_network()
        world.up_origins()
        redis = Redis(world)
        redis.start()
        limits = f"hour: 20, limit_by: header, header_name: x-who, policy: redis, {STORE}"
        (world.run_dir / "alone.yaml").write_text(f"""
_format_version: "3.0"
services:
- name: echo
  url: http://198.18.1.2:{ORIGIN_ECHO_PORT}
  routes:
  - {{name: plain, paths: [/plain]}}
  - {{name: tolerant, paths: [/tolerant], plugins: [{{name: rate-limiting, config: {{{limits}}}}}]}}
  - {{name: strict, paths: [/strict], plugins: [{{name: rate-limiting, config: {{fault_tolerant: false, {limits}}}}}]}}
""")
        world.up_sluice(policy=world.run_dir / "alone.yaml")
        yield world, redis
    finally:
        world.down()


@pytest.fixture
def pair():
    world = make_world("pair")
    try:
        world.up_network()
        world.up_origins()
        Redis(world).start()
        link = {role: LINK.format(run_dir=world.run_dir, role=role) for role in ("server", "client")}
        front = node(world, "front", ("net_af_packet0,iface=client0", link["server"]), ("198.18.0.1", FRONT_SIDE), "198.18.0.1")
        back = node(world, "back", (link["client"], "net_af_packet0,iface=origin0"), (BACK_SIDE, "198.18.1.1"), BACK_SIDE)
        start(world, "front", front, policy(world, "front.policy.yaml", f"{BACK_SIDE}:8000"))
        start(world, "back", back, policy(world, "back.policy.yaml", f"198.18.1.2:{ORIGIN_ECHO_PORT}"))
        yield world
    finally:
        world.down()


def test_two_gateways_admit_exactly_the_limit(pair):
    assert processes.wait_until(lambda: curl_status(pair, "-H", "x-who: warm-up", pair.url("/")) == "200", 20)
    in_turn = [curl_status(pair, "-H", "x-who: in-turn", pair.url("/")) for _ in range(13)]
    assert in_turn == ["200"] * 10 + ["429"] * 3
    before = {name: refused(pair, name) for name in ("front", "back")}
    many = [argument for _ in range(60) for argument in ("-o", "/dev/null", pair.url("/"))]
    statuses = pair.client("curl", "-s", "-Z", "--parallel-max", "20", "-H", "x-who: at-once", "-w", "%{http_code}\\n", *many,
                           check=False).stdout.split()
    admitted_by_front = 60 - (refused(pair, "front") - before["front"])
    admitted_by_back = admitted_by_front - (refused(pair, "back") - before["back"])
    assert statuses.count("200") == admitted_by_back
    assert admitted_by_front + admitted_by_back == 20


def test_keys_and_counts_are_kongs(alone):
    world, redis = alone
    assert [curl_status(world, "-H", "x-who: kong", world.url("/tolerant")) for _ in range(3)] == ["200"] * 3
    (key,) = [k for k in redis.ask("KEYS", "*").splitlines() if ":kong:" in k]
    kind, route, service, who, start_ms, window = key.split(":")
    assert (kind, who, window) == ("ratelimit", "kong", "hour")
    assert service == "00000000-0000-0000-0000-000000000000" and route.count("-") == 4
    assert int(start_ms) % 3_600_000 == 0
    # A Kong that shares the store counts up the same key; unused tokens of a lease have gone back by then.
    assert processes.wait_until(lambda: redis.ask("GET", key) == "3", 5)
    redis.ask("INCRBY", key, "16")
    assert [curl_status(world, "-H", "x-who: kong", world.url("/tolerant")) for _ in range(3)] == ["200", "429", "429"]
    assert int(redis.ask("TTL", key)) > 3600


def test_answers_tell_what_is_left(alone):
    world, _ = alone
    head = world.client("curl", "-s", "-D", "-", "-o", "/dev/null", "-H", "x-who: told", world.url("/tolerant")).stdout.lower()
    assert "x-ratelimit-limit-hour: 20" in head and "x-ratelimit-remaining-hour: 19" in head


def test_redis_that_hangs_costs_its_timeout_and_no_other_request(alone):
    world, redis = alone
    assert curl_status(world, "-H", "x-who: hang", world.url("/strict")) == "200"
    redis.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        asking = subprocess.Popen(world.network.client.command(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "x-who: hang", world.url("/strict")]),
            stdout=subprocess.PIPE, text=True)
        assert curl_status(world, world.url("/plain")) == "200"
        assert time.monotonic() - began < 1.5, "a request without a limit does not wait"
        assert asking.communicate(timeout=20)[0] == "500"
        assert 1.8 < time.monotonic() - began < 6
        assert store_of(world)["state"] == "away"
        began = time.monotonic()
        assert curl_status(world, "-H", "x-who: hang", world.url("/strict")) == "500"
        assert curl_status(world, "-H", "x-who: hang", world.url("/tolerant")) == "200"
        assert time.monotonic() - began < 1.5, "nobody waits for a store that is known to be away"
        assert metric(world, "sluice_gateway_rate_store_away_total") >= 1
        assert metric(world, "sluice_refused_total", reason="rate_store_away") >= 2
    finally:
        redis.signal(signal.SIGCONT)
    assert processes.wait_until(lambda: store_of(world)["state"] == "ready", 10)
    assert curl_status(world, "-H", "x-who: back", world.url("/strict")) == "200"


def test_redis_killed_and_started_again(alone):
    world, redis = alone
    assert curl_status(world, "-H", "x-who: killed", world.url("/strict")) == "200"
    world.stop("redis")
    assert processes.wait_until(lambda: curl_status(world, "-H", "x-who: killed", world.url("/strict")) == "500", 10)
    assert curl_status(world, "-H", "x-who: killed", world.url("/tolerant")) == "200"
    redis.start()
    assert processes.wait_until(lambda: curl_status(world, "-H", "x-who: killed", world.url("/strict")) == "200", 10)


def test_password_is_nowhere(alone):
    world, _ = alone
    told = world.ctl("status").stdout + world.ctl("metrics").stdout + (world.run_dir / "sluice.log").read_text()
    assert "not-for-logs" not in told and store_of(world)["store"] == f"127.0.0.1:{REDIS_PORT}/2"
