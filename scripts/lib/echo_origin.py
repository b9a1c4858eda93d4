#!/usr/bin/python3
"""The echo origin: answers each request with what it received, as JSON.

    {"method": …, "target": …, "version": …, "headers": [[name, value], …], "body_bytes": N, "body_sha256": "…"}

Header names and their order are kept as they came over the wire; that is what this origin is for, so it reads HTTP/1.1
off the socket itself. `GET /bytes/N` answers with N bytes of a fixed pattern and their SHA-256 in X-Body-Sha256.
`?status=NNN` and `?delay_ms=N` in the target choose the status and a pause.

    echo_origin.py ADDRESS[,ADDRESS…] PORT
"""

import asyncio
import hashlib
import json
import sys
from urllib.parse import parse_qs, urlsplit

PATTERN = bytes(range(256)) * 256


def pattern_chunks(total):
    while total > 0:
        chunk = PATTERN[: min(total, len(PATTERN))]
        total -= len(chunk)
        yield chunk


async def read_head(reader):
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = raw.decode("latin-1").split("\r\n")
    headers = [[name, value.strip(" \t")] for name, _, value in (line.partition(":") for line in lines[1:] if line)]
    return lines[0].split(" ", 2), headers


async def read_body(reader, headers):
    """The body's pieces, chunked or by length."""
    fields = {name.lower(): value for name, value in headers}
    if "chunked" in fields.get("transfer-encoding", "").lower():
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            while size > 0:
                piece = await reader.read(min(size, 65536))
                if not piece:
                    raise asyncio.IncompleteReadError(b"", size)
                size -= len(piece)
                yield piece
                if size == 0:
                    await reader.readexactly(2)
                    break
            else:
                while (await reader.readuntil(b"\r\n")) != b"\r\n":
                    pass
                return
    left = int(fields.get("content-length", "0"))
    while left > 0:
        piece = await reader.read(min(left, 65536))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


async def answer(writer, method, target, received):
    url = urlsplit(target)
    query = parse_qs(url.query)
    if "delay_ms" in query:
        await asyncio.sleep(int(query["delay_ms"][0]) / 1000)
    status = int(query.get("status", ["200"])[0])
    extra = ""
    if url.path.startswith("/bytes/"):
        total = int(url.path.removeprefix("/bytes/"))
        digest = hashlib.sha256()
        for chunk in pattern_chunks(total):
            digest.update(chunk)
        kind, pieces, extra = "application/octet-stream", pattern_chunks(total), f"X-Body-Sha256: {digest.hexdigest()}\r\n"
    else:
        body = json.dumps(received).encode()
        kind, pieces, total = "application/json", [body], len(body)
    writer.write(f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {total}\r\n{extra}\r\n".encode())
    if method != "HEAD":
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    await writer.drain()


async def serve(reader, writer):
    try:
        while (head := await read_head(reader)) is not None:
            (method, target, version), headers = head
            if any(name.lower() == "expect" for name, _ in headers):
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            digest, total = hashlib.sha256(), 0
            async for piece in read_body(reader, headers):
                digest.update(piece)
                total += len(piece)
            await answer(writer, method, target, {
                "method": method, "target": target, "version": version, "headers": headers,
                "body_bytes": total, "body_sha256": digest.hexdigest(),
            })
    except (ConnectionError, asyncio.IncompleteReadError, ValueError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, sys.argv[1].split(","), int(sys.argv[2]), limit=1 << 20, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
