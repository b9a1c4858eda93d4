"""Opens N connections, makes one request on each, holds all, then makes another on each; prints what came of it.

    idle.py ADDRESS PORT TARGET N
"""

import json
import resource
import socket
import sys


def exchange(sock, target):
    sock.sendall(f"GET {target} HTTP/1.1\r\nHost: idle.example\r\n\r\n".encode())
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65536)
        if not chunk:
            return 0
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += sock.recv(65536)
    return int(head.split(b" ")[1])


def main():
    address, target, count = (sys.argv[1], int(sys.argv[2])), sys.argv[3], int(sys.argv[4])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 100), hard))
    sockets = [socket.create_connection(address, timeout=30) for _ in range(count)]
    first = sum(exchange(s, target) == 404 for s in sockets)
    print(json.dumps({"open": len(sockets), "answered": first}), flush=True)
    sys.stdin.readline()
    second = sum(exchange(s, target) == 404 for s in sockets)
    print(json.dumps({"answered": first, "answered_again": second}))


main()
