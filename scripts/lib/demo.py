"""scripts/demo: see there for the commands."""

import argparse
import base64
import fcntl
import hashlib
import hmac
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import build
import processes
from world import DEMO_FILES, PORT_KINDS, ROOT, World

RUN_DIR = Path("/run/sluice-demo")
PREFIX = "sluice-d"
SECRET = b"demo-secret-of-32-bytes-or-longer!"


def step(text):
    print(f"==> {text}", flush=True)


def token(claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    signature = base64.urlsafe_b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).rstrip(b"=")
    return (signed + b"." + signature).decode()


def show(title, command, text):
    print(f"\n--- {title}\n$ {command}\n{text.rstrip()}", flush=True)


def request(world, title, *curl_arguments):
    result = world.client("curl", "-sS", "-i", "--max-time", "20", *curl_arguments, check=False)
    words = " ".join(shlex.quote(str(a)) for a in curl_arguments)
    show(title, f"curl -i {words}", result.stdout + result.stderr)
    return result.returncode == 0


def tail(path, lines):
    try:
        return "\n".join(path.read_text().splitlines()[-lines:])
    except OSError as e:
        return str(e)


def tour(world):
    """The requests of the demo; True when each got an answer."""
    bearer = f"Authorization: Bearer {token({'iss': 'demo-issuer', 'sub': 'ada', 'exp': int(time.time()) + 600})}"
    answered = [
        request(world, "through the gateway to the echo origin", world.url("/echo/hello?x=1")),
        request(world, "a file from nginx", world.url("/files/index.html")),
        request(world, "no token: the edge answers", world.url("/shop/cart")),
        request(world, "a good token: verified at the edge, limited and transformed at the gateway",
                "-H", bearer, "-H", "X-Debug: 1", world.url("/shop/cart")),
        request(world, "an API key", "-H", "apikey: demo-key", world.url("/closed")),
        request(world, "redirected at the edge", world.url("/old-shop/cart")),
        request(world, "no route", world.url("/nowhere")),
    ]
    show("the edge log", "tail -n 3 edge.log", tail(world.run_dir / "edge.log", 3))
    show("the gateway log", "tail -n 3 gateway.log", tail(world.run_dir / "gateway.log", 3))
    metrics = world.ctl("metrics", check=False).stdout.splitlines()
    wanted = ("sluice_http_requests", "sluice_tcp_connections", "sluice_port_receive_packets", "sluice_gateway_")
    show("a few counters", "sluicectl metrics", "\n".join(m for m in metrics if m.startswith(wanted))[:2000])
    show("status", "sluicectl status", world.ctl("status", check=False).stdout)
    return all(answered)


def up(options):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with open("/run/sluice-demo.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (old := World.load(RUN_DIR)) is not None:
            step("ending the demo that is still there")
            old.down()
        step("building")
        build_dir = build.configure_and_compile(ROOT / "build", ["control/sluice", "control/sluicectl"])
        world = World(PREFIX, RUN_DIR, build_dir, options.port, options.workers)
        keep = False
        try:
            step(f"making namespaces {', '.join(n.name for n in world.network.namespaces)}")
            world.up_network()
            step("starting the origins: nginx and echo")
            world.up_origins()
            step(f"starting sluice on net_{options.port} with {options.workers} worker(s)")
            world.up_sluice(options.node, options.policy)
            step("sending requests")
            good = tour(world)
            if options.once:
                return 0 if good else 1
            keep = True
            step("running")
            print("talk to it:   scripts/demo exec client curl -i " + world.url("/echo"))
            print("ask it:       scripts/demo ctl status      (also: metrics, routes, top, explain GET URL)")
            print("stop it:      scripts/demo stop")
            return 0 if good else 1
        finally:
            if not keep:
                with processes.uninterrupted():
                    step("cleaning up")
                    world.down()


def running():
    world = World.load(RUN_DIR)
    if world is None:
        sys.exit("demo: none is running; start one with scripts/demo")
    return world


def main():
    if len(sys.argv) > 1 and sys.argv[1] in ("exec", "ctl"):
        world, rest = running(), sys.argv[2:]
        if sys.argv[1] == "ctl":
            binary = str(world.build_dir / "control" / "sluicectl")
            os.execv(binary, [binary, "--socket", str(world.control_socket), *rest])
        sides = {"client": world.network.client, "origin": world.network.origin}
        if len(rest) < 2 or rest[0] not in sides:
            sys.exit("demo: expected: exec client|origin CMD…")
        command = sides[rest[0]].command(rest[1:])
        os.execvp(command[0], command)

    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument("command", nargs="?", choices=["stop", "env"])
    parser.add_argument("--once", action="store_true", help="clean up after the requests")
    parser.add_argument("--policy", type=Path, default=DEMO_FILES / "policy.yaml")
    parser.add_argument("--node", type=Path, default=DEMO_FILES / "node.yaml")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--port", choices=PORT_KINDS, default="af_packet")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("demo: needs root: it makes network namespaces")
    if options.command == "stop":
        if (world := World.load(RUN_DIR)) is not None:
            world.down()
        return 0
    if options.command == "env":
        for name, value in running().environment().items():
            print(f"{name}={shlex.quote(str(value))}")
        return 0
    for name in ("policy", "node"):
        if not getattr(options, name).is_file():
            sys.exit(f"demo: --{name} {getattr(options, name)}: no such file")
    try:
        return up(options)
    except (RuntimeError, subprocess.CalledProcessError) as e:
        sys.exit(f"demo: {e}")
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
