"""Opens a tunnel, sends SIZE bytes of a fixed pattern through it, ends its side and reads to the end of the other.

    tunnel.py ADDRESS PORT PATH SIZE [--while-open COMMAND]
"""

import hashlib
import json
import shlex
import socket
import subprocess
import sys
import threading


def main():
    address, port, path, size = sys.argv[1:5]
    sock = socket.create_connection((address, int(port)), timeout=60)
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += sock.recv(1)
    if sys.argv[5:6] == ["--while-open"]:
        subprocess.run(shlex.split(sys.argv[6]), check=True, capture_output=True)

    def send():
        sock.sendall(bytes(i % 251 for i in range(int(size))))
        sock.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    data = b""
    while piece := sock.recv(65536):
        data += piece
    sender.join()
    print(json.dumps({"status": head.split(b" ")[1].decode(), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}))


main()
