"""The exception path: a kernel that shares Sluice's only NIC is reached, and reaches others, through its own interface."""

import hashlib
import subprocess
from pathlib import Path

import network as net
import processes
import pytest
from clients import curl_status, metric

NODE = Path(__file__).resolve().parent / "data" / "node.exception.yaml"
WORKERS = 2

KERNEL_PORT = 2222
DATA = bytes(range(256)) * 4000


@pytest.fixture(scope="module", autouse=True)
def kernel(world, tmp_path_factory):
    """A web server of the gateway machine's own, on the kernel's stack and Sluice's address."""
    gateway = world.network.gateway
    # The kernel sees a veth's frames beside Sluice, a NIC's it does not: under another link address they are not for it.
    gateway.run("ip", "link", "set", "client0", "address", "02:00:00:00:00:99")
    for address in (f"{net.GATEWAY_CLIENT_SIDE}/24", f"{net.GATEWAY_CLIENT_SIDE6}/64"):
        gateway.run("ip", "addr", "add", address, "dev", "kernel0", *(["nodad"] if ":" in address else []))
    gateway.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=10000 32767")
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "data").write_bytes(DATA)
    server = subprocess.Popen(gateway.command(["/usr/bin/python3", "-m", "http.server", "--bind", "::", "--directory", str(folder), str(KERNEL_PORT)]),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert processes.wait_until(lambda: fetch(world, kernel_url()).returncode == 0, 20)
        yield gateway
    finally:
        server.kill()
        server.wait()


def kernel_url(address=net.GATEWAY_CLIENT_SIDE):
    return f"http://{address}:{KERNEL_PORT}/data"


def fetch(world, url, out="/dev/null"):
    return world.client("curl", "-sS", "-g", "--max-time", "20", "-o", out, url, check=False)


def test_kernel_and_sluice_answer_on_the_same_address(world, tmp_path):
    for address in (net.GATEWAY_CLIENT_SIDE, f"[{net.GATEWAY_CLIENT_SIDE6}]"):
        out = tmp_path / "out"
        assert fetch(world, kernel_url(address), out).returncode == 0
        assert hashlib.sha256(out.read_bytes()).digest() == hashlib.sha256(DATA).digest()
    assert curl_status(world, world.url("/echo")) == "200"
    assert processes.wait_until(lambda: curl_status(world, world.url6("/echo")) == "200", 10)


def test_kernel_reaches_others(world, kernel, tmp_path):
    (tmp_path / "data").write_bytes(DATA)
    server = subprocess.Popen(world.network.client.command(["/usr/bin/python3", "-m", "http.server", "--directory", str(tmp_path), "8099"]),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://{net.CLIENT_ADDRESS}:8099/data"
        argv = kernel.command(["curl", "-sS", "--max-time", "5", "-o", str(tmp_path / "out"), url])
        assert processes.wait_until(lambda: subprocess.run(argv, capture_output=True).returncode == 0, 20)
        assert (tmp_path / "out").read_bytes() == DATA
    finally:
        server.kill()
        server.wait()


def test_closed_port_is_refused_by_the_kernel(world):
    result = world.client("curl", "-sS", "--max-time", "10", f"http://{net.GATEWAY_CLIENT_SIDE}:2223/", check=False)
    assert "Couldn't connect" in result.stderr


def test_ping_is_answered_once(world, kernel):
    result = world.client("ping", "-c", "3", "-i", "0.2", "-W", "5", net.GATEWAY_CLIENT_SIDE)
    assert "3 received" in result.stdout and "duplicates" not in result.stdout
    result = subprocess.run(kernel.command(["ping", "-c", "3", "-i", "0.2", "-W", "5", net.CLIENT_ADDRESS]), capture_output=True, text=True)
    assert "3 received" in result.stdout and "duplicates" not in result.stdout


def frames(world):
    return [metric(world, "sluice_exception_frames_total", direction=way) for way in ("to_kernel", "from_kernel")]


def test_both_directions_are_counted(world):
    before = frames(world)
    assert fetch(world, kernel_url()).returncode == 0
    after = frames(world)
    assert after[0] > before[0] and after[1] > before[1]
