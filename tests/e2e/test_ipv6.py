"""IPv6 from the client to the origin, against the kernel's: discovery, echo, TCP, path MTU, fragments."""

import hashlib
from pathlib import Path

import network as net
import processes
import pytest
from clients import curl_json, curl_status, metric

DATA = Path(__file__).resolve().parent / "data"
NODE = DATA / "node.ipv6.yaml"
POLICY = DATA / "policy.ipv6.yaml"
WORKERS = 2

FAR_ADDRESS = "2001:db8:f::7"
SMALL_MTU = 1300


@pytest.fixture(scope="module", autouse=True)
def addresses_are_ours(world):
    """An IPv6 address is used once nobody on the link has claimed it for a second."""
    assert processes.wait_until(lambda: curl_status(world, world.url6("/echo")) == "200", 10)


def test_client_over_ipv6_reaches_origin_over_ipv6(world):
    answer = curl_json(world, world.url6("/echo/x"))
    headers = dict(answer["headers"])
    assert headers["X-Forwarded-For"] == net.CLIENT_ADDRESS6
    assert headers["Host"] == f"[{net.ORIGIN_ADDRESS6}]:8082"


def test_families_mix(world):
    assert curl_status(world, world.url("/echo")) == "200"
    assert curl_status(world, world.url6("/four")) == "200"


def test_target_with_an_ipv6_address(world):
    assert curl_status(world, world.url6("/balanced")) == "200"


def test_bodies_arrive_unharmed_both_ways(world, tmp_path):
    body = bytes(range(251)) * 8000
    path = tmp_path / "body"
    path.write_bytes(body)
    answer = curl_json(world, "-X", "POST", "--data-binary", f"@{path}", world.url6("/echo"))
    assert answer["body_sha256"] == hashlib.sha256(body).hexdigest()
    got = world.client("curl", "-sS", "-D", tmp_path / "head", "-o", tmp_path / "out", world.url6("/bytes/3000000"))
    assert got.returncode == 0
    assert hashlib.sha256((tmp_path / "out").read_bytes()).hexdigest() in (tmp_path / "head").read_text()


def test_ping(world):
    assert world.client("ping", "-6", "-c", "3", "-i", "0.2", "-W", "5", net.GATEWAY_CLIENT_SIDE6).returncode == 0


def test_ping_in_fragments(world):
    before = metric(world, "sluice_net_reassembled_total")
    result = world.client("ping", "-6", "-c", "3", "-i", "0.2", "-W", "5", "-s", "1440", "-M", "dont", net.GATEWAY_CLIENT_SIDE6)
    assert result.returncode == 0
    small = world.network.client.run("ip", "-6", "route", "replace", f"{net.GATEWAY_CLIENT_SIDE6}/128", "dev", "up0", "mtu", "lock", "1280")
    try:
        result = world.client("ping", "-6", "-c", "3", "-i", "0.2", "-W", "5", "-s", "1400", "-M", "dont", net.GATEWAY_CLIENT_SIDE6, check=False)
        assert small == "" and result.returncode == 0
    finally:
        world.network.client.run("ip", "-6", "route", "del", f"{net.GATEWAY_CLIENT_SIDE6}/128", "dev", "up0")
    assert metric(world, "sluice_net_reassembled_total") >= before + 3


def test_unused_udp_port_is_refused_by_name(world):
    before = metric(world, "sluice_net_unreachables_total")
    script = f"import socket; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.connect(({net.GATEWAY_CLIENT_SIDE6!r}, 9)); s.send(b'x'); s.settimeout(5); s.recv(1)"
    result = world.client("python3", "-c", script, check=False)
    assert "ConnectionRefusedError" in result.stderr
    assert metric(world, "sluice_net_unreachables_total") == before + 1


@pytest.fixture
def far(world):
    """A host beyond the client, behind a link that takes less than its own does: only the router between knows."""
    client = world.network.client
    host = net.Namespace(f"{world.prefix}-far")
    net.run("ip", "netns", "add", host.name)
    try:
        net.run("ip", "link", "add", "far0", "netns", client.name, "type", "veth", "peer", "up0", "netns", host.name)
        for namespace, device, address in ((client, "far0", "2001:db8:f::1"), (host, "up0", FAR_ADDRESS)):
            namespace.run("ip", "addr", "add", f"{address}/64", "dev", device, "nodad")
            namespace.run("ip", "link", "set", device, "up")
            namespace.run("ethtool", "-K", device, "tx", "off", "gso", "off", "gro", "off", check=False)
        client.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        client.run("ip", "-6", "route", "add", f"{FAR_ADDRESS}/128", "dev", "far0", "mtu", "lock", str(SMALL_MTU))
        host.run("ip", "-6", "route", "add", "default", "via", "2001:db8:f::1")
        yield host
    finally:
        net.run("ip", "netns", "del", host.name)


def too_big_sent(world):
    lines = world.network.client.run("cat", "/proc/net/snmp6").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Icmp6OutPktTooBigs"))


def test_path_mtu_is_learned_from_packet_too_big(world, far, tmp_path):
    before = too_big_sent(world)
    out = tmp_path / "out"
    far.run("curl", "-sS", "--max-time", "30", "-D", str(tmp_path / "head"), "-o", str(out), world.url6("/bytes/500000"))
    assert hashlib.sha256(out.read_bytes()).hexdigest() in (tmp_path / "head").read_text()
    assert too_big_sent(world) > before
