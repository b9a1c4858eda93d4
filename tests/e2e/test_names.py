"""Origins by name: asked again when their time is over, and tried at each of their addresses."""

import sys

import network as net
import processes
import pytest
from clients import HERE, curl_status, metric
from conftest import make_world
from world import DEMO_FILES, ORIGIN_ECHO_PORT

NAME = "pool.test"
NOBODY = "198.18.1.77"

POLICY = f"""
_format_version: "3.0"
services:
  - name: once
    url: http://{NAME}:{ORIGIN_ECHO_PORT}
    retries: 0
    connect_timeout: 300
    routes: [{{name: once, paths: [/once]}}]
  - name: again
    url: http://{NAME}:{ORIGIN_ECHO_PORT}
    retries: 2
    connect_timeout: 300
    routes: [{{name: again, paths: [/again]}}]
"""


@pytest.fixture
def world(tmp_path):
    w = make_world("names")
    try:
        w.up_network()
        w.up_origins()
        w.addresses = w.run_dir / "addresses"
        w.addresses.write_text(net.ORIGIN_ADDRESS)
        w._spawn("names", w.network.gateway.command(
            [sys.executable, str(HERE / "scripts" / "names.py"), NAME, str(w.addresses)]))
        node, policy = tmp_path / "node.yaml", tmp_path / "names.yaml"
        node.write_text((DEMO_FILES / "node.yaml").read_text() + "\ndns: {servers: [127.0.0.1], timeout: 500ms}\n")
        policy.write_text(POLICY)
        w.up_sluice(node=node, policy=policy)
        yield w
    finally:
        w.down()


def test_new_address_is_used_when_the_old_one_has_expired(world):
    assert curl_status(world, world.url("/once")) == "200"
    world.addresses.write_text(NOBODY)
    assert processes.wait_until(lambda: curl_status(world, world.url("/once")) != "200", 10)
    world.addresses.write_text(net.ORIGIN_ADDRESS)
    assert processes.wait_until(lambda: curl_status(world, world.url("/once")) == "200", 10)


def test_answer_that_fails_keeps_the_addresses_known_before(world):
    world.addresses.write_text("")
    assert processes.wait_until(lambda: metric(world, "sluice_dns_failures") >= 1, 10)
    assert curl_status(world, world.url("/once")) == "200"


def test_dead_one_of_several_addresses_is_passed_over_by_a_retry(world):
    world.addresses.write_text(f"{NOBODY}\n{net.ORIGIN_ADDRESS}")
    assert processes.wait_until(lambda: curl_status(world, world.url("/once")) != "200", 10)
    assert {curl_status(world, world.url("/again")) for _ in range(6)} == {"200"}
