"""A policy of 10,000 routes, put in force twenty times while requests run: none is lost, with one worker and with two."""

import json

import pytest
from clients import curl_status, start_script
from conftest import make_world
from world import HTTP_PORT, ORIGIN_ECHO_PORT
import network as net

ROUTES = 10_000
RELOADS = 20


def write_policy(world, name, release):
    """Hosts, prefixes, regexes and headers; every hundredth route has a plugin. `release` makes it another policy."""
    lines = ['_format_version: "3.0"', "services:"]
    for number in range(ROUTES // 100):
        lines.append(f"- {{name: s{number}, url: 'http://{net.ORIGIN_ADDRESS}:{ORIGIN_ECHO_PORT}/{release}'}}")
    lines.append("routes:")
    for number in range(ROUTES):
        match = (f"paths: [/r{number:05}]", f"hosts: [h{number}.example]", f"paths: ['~/x{number}/[0-9]+$']",
                 f"paths: [/v{number}], headers: {{x-version: ['{number % 7}']}}")[0 if number % 10 < 7 else number % 10 - 6]
        plugin = ", plugins: [{name: correlation-id}]" if number % 100 == 0 else ""
        lines.append(f"- {{name: r{number:05}, service: s{number % (ROUTES // 100)}, {match}{plugin}}}")
    path = world.run_dir / name
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_twenty_reloads_of_ten_thousand_routes_lose_nothing(workers):
    world = make_world(f"reload{workers}", workers)
    try:
        world.up_network()
        world.up_origins()
        policies = [write_policy(world, f"{release}.yaml", release) for release in ("blue", "green")]
        world.up_sluice(policy=policies[0])
        loads = [start_script(world, "load.py", net.GATEWAY_CLIENT_SIDE, HTTP_PORT, target, 4)
                 for target in ("/r00000", "/r05001", "/r09996")]
        for load in loads:
            assert load.stdout.readline() == "running\n"
        fingerprints = [world.ctl("load", policies[(turn + 1) % 2]).stdout for turn in range(RELOADS)]
        assert len(set(fingerprints)) == 2 and fingerprints[0] != fingerprints[1]
        for load in loads:
            results = json.loads(load.communicate(timeout=60)[0])
            assert set(results) == {"200", "total"} and results["total"] >= RELOADS, results
        status = json.loads(world.ctl("status").stdout)["sluice"]["policy"]
        assert (status["routes"], status["published"], status["refused"]) == (ROUTES, RELOADS + 1, 0)
        assert curl_status(world, world.url("/x8/12")) == "200" and curl_status(world, world.url("/x8/y")) == "404"
    finally:
        world.down()
