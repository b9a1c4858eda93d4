"""Sends bytes as they are and prints what comes back until the other end closes, or 2 s pass in silence.

    raw.py ADDRESS PORT < bytes
"""

import json
import socket
import sys


def main():
    sock = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10)
    sock.sendall(sys.stdin.buffer.read())
    sock.settimeout(2)
    data, closed = b"", False
    try:
        while chunk := sock.recv(65536):
            data += chunk
        closed = True
    except TimeoutError:
        pass
    except ConnectionResetError:
        closed = True
    print(json.dumps({"answer": data.decode("latin-1"), "closed": closed}))


main()
