"""A name server for one name: answers A with the addresses that a file holds, TTL 1 s; nothing for anything else.

    names.py NAME FILE      the file: addresses, one a line, read for each question
"""

import socket
import struct
import sys
from pathlib import Path

A, IN = 1, 1


def question_of(query):
    """The name, and where the question ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels).lower(), at + 5


def answer(query, name, addresses):
    asked, end = question_of(query)
    kind, _ = struct.unpack("!HH", query[end - 4:end])
    found = addresses if asked == name and kind == A else []
    head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
    records = b"".join(struct.pack("!HHHIH", 0xC00C, A, IN, 1, 4) + socket.inet_aton(a) for a in found)
    return head + query[12:end] + records


def main(name, file):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        query, client = server.recvfrom(512)
        server.sendto(answer(query, name, Path(file).read_text().split()), client)


main(*sys.argv[1:])
