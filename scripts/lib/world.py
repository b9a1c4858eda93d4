"""A whole small world: the network, two real origins and a running Sluice between them.

The demo, the end-to-end tests and the measurements all run in one. Everything that it makes is written to
`<run dir>/world.json`, so that another process can end it: `World.load(run_dir).down()`.
"""

import json
import os
import shutil
import string
import subprocess
from pathlib import Path

import network as net
import processes

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO_FILES = ROOT / "scripts" / "demo.d"

HTTP_PORT = 8000
ORIGIN_NGINX_PORT = 8081
ORIGIN_ECHO_PORT = 8082

PORT_KINDS = ("af_packet", "af_xdp", "tap")


def devices(kind, workers):
    """DPDK device arguments of the gateway's two ports."""
    if kind == "af_packet":
        return [f"net_af_packet{i},iface={iface}" for i, iface in enumerate(("client0", "origin0"))]
    if kind == "af_xdp":
        return [f"net_af_xdp{i},iface={iface}" for i, iface in enumerate(("client0", "origin0"))]
    if kind == "tap":
        return [f"net_tap{i},iface={iface}" for i, iface in enumerate(("tap-client", "tap-origin"))]
    raise ValueError(f"port {kind}: expected one of {', '.join(PORT_KINDS)}")


class World:
    def __init__(self, prefix, run_dir, build_dir, port_kind="af_packet", workers=1):
        self.prefix = prefix
        self.run_dir = Path(run_dir)
        self.build_dir = Path(build_dir)
        self.port_kind = port_kind
        self.workers = workers
        self.network = net.Network(prefix)
        self.processes = {}

    # ---- what it tells others

    @property
    def control_socket(self):
        return self.run_dir / "control.sock"

    def environment(self):
        return {
            "SLUICE_ADDRESS": net.GATEWAY_CLIENT_SIDE,
            "SLUICE_ADDRESS6": net.GATEWAY_CLIENT_SIDE6,
            "SLUICE_HTTP_PORT": HTTP_PORT,
            "SLUICE_HTTPS_PORT": "",
            "SLUICE_CONTROL_SOCKET": self.control_socket,
            "CLIENT_NETNS": self.network.client.name,
            "ORIGIN_NETNS": self.network.origin.name,
            "CLIENT_ADDRESS": net.CLIENT_ADDRESS,
            "ORIGIN_ADDRESS": net.ORIGIN_ADDRESS,
            "ORIGIN_NGINX_PORT": ORIGIN_NGINX_PORT,
            "ORIGIN_ECHO_PORT": ORIGIN_ECHO_PORT,
        }

    def url(self, path):
        return f"http://{net.GATEWAY_CLIENT_SIDE}:{HTTP_PORT}{path}"

    def url6(self, path):
        return f"http://[{net.GATEWAY_CLIENT_SIDE6}]:{HTTP_PORT}{path}"

    # ---- up

    def up_network(self):
        self.run_dir.mkdir(parents=True, exist_ok=True)
        os.chmod(self.run_dir, 0o755)
        self.save()
        self.network.up()

    def up_origins(self, www=DEMO_FILES / "www"):
        served = self.run_dir / "www" / "files"
        served.parent.mkdir(exist_ok=True)
        shutil.copytree(www, served, dirs_exist_ok=True)
        shutil.copytree(www, served.parent, dirs_exist_ok=True)
        config = self._render(DEMO_FILES / "nginx.conf", "nginx.conf", WWW=str(served.parent))
        self._spawn("nginx", self.network.origin.command(["nginx", "-c", str(config), "-e", str(self.run_dir / "nginx.error.log")]))
        self._await_origin(ORIGIN_NGINX_PORT)
        self.start_echo()

    def start_echo(self):
        self._spawn("echo", self.network.origin.command(
            ["/usr/bin/python3", str(ROOT / "scripts/lib/echo_origin.py"), f"{net.ORIGIN_ADDRESS},{net.ORIGIN_ADDRESS6}",
             str(ORIGIN_ECHO_PORT)]))
        self._await_origin(ORIGIN_ECHO_PORT)

    def _await_origin(self, port):
        if not processes.wait_until(lambda: self._answers(port), 20):
            raise RuntimeError(f"the origin on port {port} did not start; see {self.run_dir}/*.log")

    def up_sluice(self, node=DEMO_FILES / "node.yaml", policy=DEMO_FILES / "policy.yaml", wrapper=(), environment=None):
        client_device, origin_device = devices(self.port_kind, self.workers)
        node_file = self._render(node, "node.yaml", CLIENT_DEVICE=client_device, ORIGIN_DEVICE=origin_device)
        policy_file = self.run_dir / "policy.yaml"
        if Path(policy).resolve() != policy_file.resolve():
            shutil.copyfile(policy, policy_file)
        binary = self.build_dir / "control" / "sluice"
        argv = [*wrapper, str(binary), "--node", str(node_file), "--policy", str(policy_file)]
        self._spawn("sluice", self.network.gateway.command(argv), env={**os.environ, **(environment or {})})
        self.wait_ready()
        if self.port_kind == "tap":
            self._adopt_taps()

    def wait_ready(self, seconds=60):
        def state():
            if not processes.alive(self.processes["sluice"]):
                return "died"
            return "ready" if self.ctl("status", check=False).returncode == 0 else None

        if processes.wait_until(state, seconds, 0.05) != "ready":
            log = (self.run_dir / "sluice.log").read_text(errors="replace")
            raise RuntimeError(f"sluice did not start:\n{log[-4000:]}")

    # ---- in use

    def ctl(self, *arguments, check=True):
        argv = [str(self.build_dir / "control" / "sluicectl"), "--socket", str(self.control_socket), *map(str, arguments)]
        return subprocess.run(argv, capture_output=True, text=True, check=check)

    def client(self, *argv, check=True):
        return subprocess.run(self.network.client.command(list(map(str, argv))), capture_output=True, text=True, check=check)

    # ---- down

    def stop(self, name):
        who = self.processes.pop(name, None)
        if who is not None:
            processes.end(who)
        self.save()

    def down(self):
        with processes.uninterrupted():
            for name in ("sluice", "nginx", "echo", *list(self.processes)):
                self.stop(name)
            self.network.down()
            shutil.rmtree(self.run_dir, ignore_errors=True)

    # ---- kept between processes

    def save(self):
        self.run_dir.mkdir(parents=True, exist_ok=True)
        state = {
            "prefix": self.prefix, "build_dir": str(self.build_dir), "port_kind": self.port_kind,
            "workers": self.workers, "processes": self.processes,
        }
        (self.run_dir / "world.json").write_text(json.dumps(state, indent=1))

    @classmethod
    def load(cls, run_dir):
        """The world that an earlier process left running, or None."""
        try:
            state = json.loads((Path(run_dir) / "world.json").read_text())
        except (OSError, ValueError):
            return None
        world = cls(state["prefix"], run_dir, state["build_dir"], state["port_kind"], state["workers"])
        world.processes = state["processes"]
        return world

    # ---- inside

    def _render(self, template, name, **more):
        # 16,384 packet buffers are 40 MiB of a worker's own; DPDK's tables and queues share the rest.
        values = {"RUN_DIR": str(self.run_dir), "WORKERS": str(self.workers), "MEMORY_MIB": str(128 + 64 * max(2, self.workers)),
                  "ORIGIN_ADDRESS": net.ORIGIN_ADDRESS,
                  "ORIGIN_ADDRESS6": net.ORIGIN_ADDRESS6, "ORIGIN_NGINX_PORT": str(ORIGIN_NGINX_PORT), **more}
        out = self.run_dir / name
        out.write_text(string.Template(Path(template).read_text()).safe_substitute(values))
        return out

    def _spawn(self, name, argv, **options):
        if name in self.processes and processes.alive(self.processes[name]):
            raise RuntimeError(f"{name} runs already: nobody would end the first")
        with processes.uninterrupted():
            process = processes.spawn(argv, self.run_dir / f"{name}.log", **options)
            self.processes[name] = processes.identity(process)
            self.save()

    def _answers(self, port):
        probe = self.network.origin.command(["curl", "-sf", "-o", "/dev/null", f"http://{net.ORIGIN_ADDRESS}:{port}/"])
        return subprocess.run(probe, capture_output=True).returncode == 0

    def _adopt_taps(self):
        """A TAP port makes its kernel interface where Sluice runs, a file for each queue; once all are open, the peer moves
        it to its own namespace."""
        for device, peer, address, address6, routes in (
            ("tap-client", self.network.client, net.CLIENT_ADDRESS, net.CLIENT_ADDRESS6,
             (("198.18.1.0/24", net.GATEWAY_CLIENT_SIDE), ("2001:db8:1::/64", net.GATEWAY_CLIENT_SIDE6))),
            ("tap-origin", self.network.origin, net.ORIGIN_ADDRESS, net.ORIGIN_ADDRESS6,
             (("198.18.0.0/24", net.GATEWAY_ORIGIN_SIDE), ("2001:db8::/64", net.GATEWAY_ORIGIN_SIDE6))),
        ):
            def moved():
                return subprocess.run(self.network.gateway.command(["ip", "link", "set", device, "netns", peer.name]),
                                      capture_output=True).returncode == 0
            if not processes.wait_until(moved, 30):
                raise RuntimeError(f"sluice made no interface {device}; see {self.run_dir}/sluice.log")
            peer.run("ip", "link", "del", "up0", check=False)
            peer.run("ip", "link", "set", device, "name", "up0")
            peer.run("ip", "addr", "add", f"{address}/24", "dev", "up0")
            peer.run("ip", "addr", "add", f"{address6}/64", "dev", "up0", "nodad")
            peer.run("ip", "link", "set", "up0", "up")
            for far, via in routes:
                peer.run("ip", "route", "add", far, "via", via)
