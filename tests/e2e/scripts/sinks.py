"""What logging plugins send to: an HTTP, a TCP, a UDP and a syslog server, which write down what they get.

    sinks.py FOLDER

HTTP on 127.0.0.1:9601: FOLDER/http.jsonl gets {"path", "headers", "body"} of each request; the first two for /flaky are
answered 503, those for /hang never. TCP on 9602: tcp.log. UDP on 9603: udp.log. TLS on 9604, with FOLDER/cert.pem and
key.pem: tls.log. syslog on /dev/log, where nobody has it: syslog.log.
"""

import asyncio
import json
import os
import socket
import ssl
import sys
from pathlib import Path

SYSLOG = "/dev/log"


class Http:
    def __init__(self, folder):
        self.out = (folder / "http.jsonl").open("a", buffering=1)
        self.flaky_left = 2

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = head.split("\r\n")
                headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                path = lines[0].split(" ")[1]
                await self.answer(path, headers, body, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def answer(self, path, headers, body, writer):
        if path == "/hang":
            await asyncio.sleep(3600)
        if path == "/flaky" and self.flaky_left > 0:
            self.flaky_left -= 1
            writer.write(b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n")
            return
        self.out.write(json.dumps({"path": path, "headers": headers, "body": json.loads(body)}) + "\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, path):
        self.out = path.open("a", buffering=1)

    def datagram_received(self, data, addr):
        self.out.write(data.decode() + "\n")


async def serve_tcp(reader, out):
    while line := await reader.readline():
        out.write(line.decode())


async def main(folder):
    loop = asyncio.get_running_loop()
    tcp_log = (folder / "tcp.log").open("a", buffering=1)
    await asyncio.start_server(Http(folder).serve, "127.0.0.1", 9601, limit=1 << 20)
    await asyncio.start_server(lambda reader, _: serve_tcp(reader, tcp_log), "127.0.0.1", 9602, limit=1 << 20)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    tls_log = (folder / "tls.log").open("a", buffering=1)
    await asyncio.start_server(lambda reader, _: serve_tcp(reader, tls_log), "127.0.0.1", 9604, limit=1 << 20, ssl=tls)
    await loop.create_datagram_endpoint(lambda: Datagrams(folder / "udp.log"), local_addr=("127.0.0.1", 9603))
    if not os.path.exists(SYSLOG):
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        unix.bind(SYSLOG)
        unix.setblocking(False)
        await loop.create_datagram_endpoint(lambda: Datagrams(folder / "syslog.log"), sock=unix)
        loop.add_signal_handler(15, lambda: (os.unlink(SYSLOG), os._exit(0)))
    (folder / "ready").touch()
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1])))
