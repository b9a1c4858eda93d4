"""Sends raw Ethernet frames, each line of stdin one in hex, out of an interface.

    frames.py INTERFACE < lines
"""

import json
import socket
import sys


def main():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((sys.argv[1], 0))
    sent = 0
    for line in sys.stdin:
        sock.send(bytes.fromhex(line.strip()))
        sent += 1
    print(json.dumps({"sent": sent}))


main()
