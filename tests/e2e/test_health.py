"""Health checks: an origin that dies is found out, spared, and taken back; clients notice nothing."""

import json
import subprocess

import network as net
import processes
from clients import curl_status, metric
from world import ORIGIN_ECHO_PORT, ROOT

VICTIM_PORT = 8083

POLICY = f"""
_format_version: "3.0"
services:
  - name: pool
    host: pool
    routes: [{{name: pool, paths: [/pool]}}]
  - name: passive
    host: passive
    routes: [{{name: passive, paths: [/passive]}}]
upstreams:
  - name: pool
    targets: &targets
      - {{target: "{net.ORIGIN_ADDRESS}:{ORIGIN_ECHO_PORT}"}}
      - {{target: "{net.ORIGIN_ADDRESS}:{VICTIM_PORT}"}}
    healthchecks:
      active:
        healthy: {{interval: 0.2, successes: 1}}
        unhealthy: {{interval: 0.2, tcp_failures: 1, timeouts: 1}}
  - name: passive
    targets: *targets
    healthchecks:
      passive: {{unhealthy: {{tcp_failures: 1}}}}
"""


def start_victim(world):
    world._spawn("victim", world.network.origin.command(
        ["/usr/bin/python3", str(ROOT / "scripts/lib/echo_origin.py"), net.ORIGIN_ADDRESS, str(VICTIM_PORT)]))
    assert processes.wait_until(lambda: world._answers(VICTIM_PORT), 20)


def up(world):
    policy = world.run_dir / "health.yaml"
    policy.write_text(POLICY)
    start_victim(world)
    world.up_sluice(policy=policy)


def admin(world, path):
    argv = ["curl", "-sS", "--unix-socket", str(world.control_socket), f"http://localhost{path}"]
    return json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)


def health(world, upstream="pool"):
    """Port of each target to what is known of it."""
    return {int(t["target"].rsplit(":", 1)[1]): t["health"] for t in admin(world, f"/upstreams/{upstream}/health")["data"]}


def statuses(world, path, count):
    return {curl_status(world, world.url(path)) for _ in range(count)}


def test_dead_origin_is_spared_and_taken_back_and_no_request_is_lost(fresh_world):
    world = fresh_world
    up(world)
    both = {ORIGIN_ECHO_PORT: "HEALTHY", VICTIM_PORT: "HEALTHY"}
    assert health(world) == both
    assert statuses(world, "/pool", 10) == {"200"}

    world.stop("victim")
    assert statuses(world, "/pool", 10) == {"200"}
    assert processes.wait_until(lambda: health(world)[VICTIM_PORT] == "UNHEALTHY", 10)
    retries = metric(world, "sluice_upstream_retries_total")
    assert statuses(world, "/pool", 10) == {"200"}
    assert metric(world, "sluice_upstream_retries_total") == retries
    assert metric(world, "sluice_upstream_target_health", upstream="pool", state="unhealthy") == 1

    start_victim(world)
    assert processes.wait_until(lambda: health(world) == both, 10)


def test_reload_keeps_what_passive_checks_have_learned(fresh_world):
    world = fresh_world
    up(world)
    world.stop("victim")
    assert statuses(world, "/passive", 4) == {"200"}
    assert health(world, "passive")[VICTIM_PORT] == "UNHEALTHY"
    world.ctl("reload")
    assert health(world, "passive") == {ORIGIN_ECHO_PORT: "HEALTHY", VICTIM_PORT: "UNHEALTHY"}
