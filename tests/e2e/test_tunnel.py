"""A websocket, or any other protocol behind Upgrade, through the whole process."""

import hashlib
import subprocess

import processes
import pytest
from clients import curl_status, metric, run_script

# An origin that switches protocols and then sends back what it gets, until the client has ended its side.
ORIGIN = """
import socket, threading
def serve(c):
    head = b""
    while not head.endswith(b"\\r\\n\\r\\n"):
        head += c.recv(1)
    c.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n")
    while piece := c.recv(65536):
        c.sendall(piece)
    c.sendall(b"the end")
    c.close()
s = socket.create_server(("198.18.1.2", 8098))
print("listening", flush=True)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""


@pytest.fixture
def switching_origin(world):
    origin = subprocess.Popen(world.network.origin.command(["/usr/bin/python3", "-c", ORIGIN]), stdout=subprocess.PIPE, text=True)
    try:
        assert origin.stdout.readline() == "listening\n"
        policy = world.run_dir / "tunnel.yaml"
        policy.write_text('_format_version: "3.0"\nservices:\n'
                          "- {name: ws, url: 'http://198.18.1.2:8098', routes: [{name: ws, paths: [/ws]}]}\n"
                          "- {name: echo, url: 'http://198.18.1.2:8082', routes: [{name: echo, paths: [/echo]}]}\n")
        world.ctl("load", policy)
        yield world
    finally:
        processes.end(processes.identity(origin))


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_bytes_pass_both_ways_and_each_end_reaches_the_other(switching_origin, size):
    told = run_script(switching_origin, "tunnel.py", "198.18.0.1", "8000", "/ws", size)
    assert told["status"] == "101"
    assert told["sha256"] == hashlib.sha256(bytes(i % 251 for i in range(size)) + b"the end").hexdigest()


def test_tunnel_outlives_a_reload(switching_origin):
    world = switching_origin
    told = run_script(world, "tunnel.py", "198.18.0.1", "8000", "/ws", 1000, "--while-open",
                      f"{world.build_dir}/control/sluicectl --socket {world.control_socket} reload")
    assert told["status"] == "101" and told["bytes"] == 1007
    assert curl_status(world, world.url("/echo")) == "200"
    assert processes.wait_until(lambda: '"exchanges": 0' in world.ctl("status").stdout, 20)
    assert metric(world, "sluice_http_tunnels_total") >= 1
