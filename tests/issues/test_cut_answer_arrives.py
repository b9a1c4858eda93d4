"""An origin that closes within its body: what came before reached the client only as a reset, which took it along."""

import subprocess

import processes

ORIGIN = """
import socket
s = socket.create_server(("198.18.1.2", 8099))
print("listening", flush=True)
while True:
    c, _ = s.accept()
    c.recv(65536)
    c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nabc")
    c.close()
"""


def test_client_gets_what_came_and_sees_that_the_end_is_missing(world):
    origin = subprocess.Popen(world.network.origin.command(["/usr/bin/python3", "-c", ORIGIN]), stdout=subprocess.PIPE, text=True)
    try:
        assert origin.stdout.readline() == "listening\n"
        policy = world.run_dir / "cut.yaml"
        policy.write_text('_format_version: "3.0"\nservices:\n'
                          "- {name: cut, url: 'http://198.18.1.2:8099', routes: [{name: cut, paths: [/cut]}]}\n")
        world.ctl("load", policy)
        result = world.client("curl", "-s", world.url("/cut"), check=False)
        assert result.stdout == "abc"
        assert result.returncode == 18  # curl: transfer closed with outstanding read data remaining
    finally:
        processes.end(processes.identity(origin))
