"""Network namespaces joined by veth pairs: client, gateway, origin.

    client  198.18.0.2 ---- 198.18.0.1  gateway  198.18.1.1 ---- 198.18.1.2  origin
       2001:db8::2 ---- 2001:db8::1              2001:db8:1::1 ---- 2001:db8:1::2
                                       198.18.2.1 ------------- 198.18.2.2    (the gateway's kernel: DNS, log sinks)

The gateway's ends of the first two belong to DPDK: they have no address, no IPv6 and answer no ARP, so that the kernel
does not answer in Sluice's place. The peers' ends have transmit offloads off: a kernel leaves checksums and
segmentation to a device, and a veth has none that the other side could see done.
"""

import subprocess
from dataclasses import dataclass

CLIENT_ADDRESS = "198.18.0.2"
GATEWAY_CLIENT_SIDE = "198.18.0.1"
GATEWAY_ORIGIN_SIDE = "198.18.1.1"
ORIGIN_ADDRESS = "198.18.1.2"
CLIENT_ADDRESS6 = "2001:db8::2"
GATEWAY_CLIENT_SIDE6 = "2001:db8::1"
GATEWAY_ORIGIN_SIDE6 = "2001:db8:1::1"
ORIGIN_ADDRESS6 = "2001:db8:1::2"
MANAGEMENT_GATEWAY = "198.18.2.1"
MANAGEMENT_ORIGIN = "198.18.2.2"


def run(*argv, check=True, quiet=False):
    """Runs a command; on failure raises with its own words. Ctrl-C is for this process alone: a command is never cut short."""
    result = subprocess.run(argv, capture_output=True, text=True, process_group=0)
    if check and result.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


@dataclass(frozen=True)
class Namespace:
    name: str

    def command(self, argv):
        return ["ip", "netns", "exec", self.name, *argv]

    def run(self, *argv, check=True):
        return run(*self.command(argv), check=check)

    def exists(self):
        names = [line.split()[0] for line in run("ip", "netns", "list").splitlines() if line]
        return self.name in names


class Network:
    """The three namespaces of one run; `prefix` keeps runs apart (at most 9 characters: interface names have 15)."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.client = Namespace(f"{prefix}-client")
        self.gateway = Namespace(f"{prefix}-gateway")
        self.origin = Namespace(f"{prefix}-origin")

    @property
    def namespaces(self):
        return (self.client, self.gateway, self.origin)

    def up(self):
        self.down()
        for namespace in self.namespaces:
            run("ip", "netns", "add", namespace.name)
            namespace.run("ip", "link", "set", "lo", "up")
        self._join(self.client, "up0", self.gateway, "client0")
        self._join(self.origin, "up0", self.gateway, "origin0")
        self._join(self.origin, "mgmt0", self.gateway, "mgmt0")
        self._kernel_end(self.client, "up0", f"{CLIENT_ADDRESS}/24", f"{CLIENT_ADDRESS6}/64")
        self._kernel_end(self.origin, "up0", f"{ORIGIN_ADDRESS}/24", f"{ORIGIN_ADDRESS6}/64")
        self._kernel_end(self.origin, "mgmt0", f"{MANAGEMENT_ORIGIN}/24")
        self._kernel_end(self.gateway, "mgmt0", f"{MANAGEMENT_GATEWAY}/24")
        for device in ("client0", "origin0"):
            self._dpdk_end(self.gateway, device)
        # Each side reaches the other's network through the gateway.
        self.client.run("ip", "route", "add", "198.18.1.0/24", "via", GATEWAY_CLIENT_SIDE)
        self.origin.run("ip", "route", "add", "198.18.0.0/24", "via", GATEWAY_ORIGIN_SIDE)
        self.client.run("ip", "route", "add", "2001:db8:1::/64", "via", GATEWAY_CLIENT_SIDE6)
        self.origin.run("ip", "route", "add", "2001:db8::/64", "via", GATEWAY_ORIGIN_SIDE6)

    def down(self):
        for namespace in self.namespaces:
            if namespace.exists():
                run("ip", "netns", "del", namespace.name)

    def give_gateway_to_kernel(self):
        """For measurements beside a proxy that runs on the kernel's own stack: it gets the addresses that Sluice has."""
        for device, address in (("client0", GATEWAY_CLIENT_SIDE), ("origin0", GATEWAY_ORIGIN_SIDE)):
            self.gateway.run("ip", "link", "set", device, "arp", "on")
            self.gateway.run("ip", "addr", "add", f"{address}/24", "dev", device)
            self.gateway.run("ethtool", "-K", device, "tx", "off", "gso", "off", "gro", "off", check=False)

    def _join(self, a, a_device, b, b_device):
        run("ip", "link", "add", a_device, "netns", a.name, "type", "veth", "peer", b_device, "netns", b.name)

    def _kernel_end(self, namespace, device, *cidrs):
        for cidr in cidrs:
            nodad = ["nodad"] if ":" in cidr else []
            namespace.run("ip", "addr", "add", cidr, "dev", device, *nodad)
        namespace.run("ip", "link", "set", device, "up")
        namespace.run("ethtool", "-K", device, "tx", "off", "gso", "off", "gro", "off", check=False)

    def _dpdk_end(self, namespace, device):
        namespace.run("sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6=1", check=False)
        namespace.run("ip", "link", "set", device, "arp", "off", "up")
        namespace.run("ethtool", "-K", device, "tx", "off", "gro", "off", check=False)
