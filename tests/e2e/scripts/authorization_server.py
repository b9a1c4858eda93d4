"""An authorization server that answers introspection requests (RFC 7662) by what the token is called.

    authorization_server.py FOLDER

HTTP on 127.0.0.1:9611; HTTPS on 9612 with FOLDER/good.pem and on 9613 with FOLDER/bad.pem (key and certificate in one).
FOLDER/asked.jsonl gets {"connection", "path", "headers", "form"} of each request. Tokens: ann, nobody: active; hang…:
never answered; gate…: active, answered once FOLDER/open is there; garbage: no JSON; refused: 401; others: inactive.
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path
from urllib.parse import parse_qs

ANN = {"active": True, "username": "ann", "client_id": "app-2", "scope": "read write", "exp": 4102444800, "tenant": "t"}
ANSWERS = {"ann": ANN, "nobody": {"active": True, "username": "eve"}}


class Server:
    def __init__(self, folder):
        self.folder = folder
        self.out = (folder / "asked.jsonl").open("a", buffering=1)
        self.connections = 0

    async def serve(self, reader, writer):
        self.connections += 1
        connection = self.connections
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:] if line)}
                form = parse_qs((await reader.readexactly(int(headers["content-length"]))).decode())
                path = head[0].split(" ")[1]
                self.out.write(json.dumps({"connection": connection, "path": path, "headers": headers, "form": form}) + "\n")
                status, body = await self.answer(form["token"][0])
                writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def answer(self, token):
        if token.startswith("hang"):
            await asyncio.sleep(3600)
        if token.startswith("gate"):
            while not (self.folder / "open").exists():
                await asyncio.sleep(0.01)
            return 200, json.dumps(ANN)
        if token == "garbage":
            return 200, "<html>"
        if token == "refused":
            return 401, "{}"
        return 200, json.dumps(ANSWERS.get(token, {"active": False}))


async def main(folder):
    serve = Server(folder).serve
    await asyncio.start_server(serve, "127.0.0.1", 9611, limit=1 << 20)
    for port, name in ((9612, "good"), (9613, "bad")):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / f"{name}.pem")
        await asyncio.start_server(serve, "127.0.0.1", port, limit=1 << 20, ssl=tls)
    (folder / "ready").touch()
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1])))
