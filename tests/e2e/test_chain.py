"""Two gateways in a row, joined by shared memory (net_memif): an edge tier in front of a gateway tier on one machine."""

import processes
import pytest
from clients import curl_json, curl_status
from conftest import make_world
from world import DEMO_FILES

LINK = "net_memif0,id=0,socket-abstract=no,socket={run_dir}/memif.sock,role={role}"
FRONT_SIDE, BACK_SIDE = "198.18.8.1", "198.18.8.2"


def node(world, name, devices, addresses, listener):
    """The demo's node file with other ports, and everything that it writes under names of its own."""
    text = (DEMO_FILES / "node.yaml").read_text()
    for old, new in (("198.18.0.1/24", f"{addresses[0]}/24"), ("198.18.1.1/24", f"{addresses[1]}/24"),
                     ("address: 198.18.0.1", f"address: {listener}"), ("control.sock", f"{name}.sock"),
                     ("edge.log", f"{name}.edge.log"), ("gateway.log", f"{name}.gateway.log")):
        text = text.replace(old, new)
    template = world.run_dir / f"{name}.template.yaml"
    template.write_text(text)
    return world._render(template, f"{name}.yaml", CLIENT_DEVICE=devices[0], ORIGIN_DEVICE=devices[1])


def start(world, name, node_file, policy):
    world._spawn(name, world.network.gateway.command(
        [str(world.build_dir / "control" / "sluice"), "--node", str(node_file), "--policy", str(policy)]))
    assert processes.wait_until(lambda: (world.run_dir / f"{name}.sock").exists() or not processes.alive(world.processes[name]), 60)
    assert processes.alive(world.processes[name]), (world.run_dir / f"{name}.log").read_text()


@pytest.fixture
def chain():
    world = make_world("chain")
    try:
        world.up_network()
        world.up_origins()
        link = {role: LINK.format(run_dir=world.run_dir, role=role) for role in ("server", "client")}
        front = node(world, "front", ("net_af_packet0,iface=client0", link["server"]), ("198.18.0.1", FRONT_SIDE), "198.18.0.1")
        back = node(world, "back", (link["client"], "net_af_packet0,iface=origin0"), (BACK_SIDE, "198.18.1.1"), BACK_SIDE)
        policy = world.run_dir / "front.policy.yaml"
        policy.write_text('_format_version: "3.0"\nservices:\n'
                          f"- {{name: back, url: 'http://{BACK_SIDE}:8000', routes: [{{name: all, paths: [/], strip_path: false}}]}}\n")
        start(world, "front", front, policy)
        start(world, "back", back, DEMO_FILES / "policy.yaml")
        yield world
    finally:
        world.down()


def test_requests_and_bodies_pass_both_gateways(chain):
    assert processes.wait_until(lambda: curl_status(chain, chain.url("/echo")) == "200", 20)
    told = curl_json(chain, "-X", "POST", "--data-binary", "x" * 100_000, chain.url("/echo"))
    assert told["body_bytes"] == 100_000
    assert [value for name, value in told["headers"] if name.lower() == "x-forwarded-for"] == [f"198.18.0.2, {FRONT_SIDE}"]
