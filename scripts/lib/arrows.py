"""Which room may include which: the direction of the arrows in docs/architecture.md. Prints each that is turned round."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# A room sees itself, include/, and the rooms named here.
SEES = {
    "base": set(),
    "packet": {"base"},
    "wire": {"base"},
    "port": {"base", "packet"},
    "net": {"base", "packet", "wire"},
    "tcp": {"base", "packet", "wire"},
    "stream": {"base", "packet", "wire", "tcp"},
    "token": {"base"},
    "match": {"base"},
    "cache": {"base"},
    "http": {"base", "packet", "stream", "token", "match"},
    "edge": {"base", "http", "token", "match"},
    "gateway": {"base", "http", "token", "match", "cache"},
    "upstream": {"base", "packet", "stream", "http"},
    "exchange": {"base", "packet", "stream", "http", "token", "match", "edge", "gateway", "upstream"},
}
SEES["worker"] = {*SEES}

# What control sees of the dataplane: how a policy is compiled, and what a compiled one can be asked. main.cc alone sees
# both sides.
CONTROL_SEES = {"exchange/snapshot.h", "exchange/inquiry.h"}
RTE_ROOMS = {"packet", "port", "worker"}

# Our own headers stand in quotes, the system's and the libraries' in angle brackets.
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<(rte_[^>]+)>)', re.M)


def included(path):
    return [own or dpdk for own, dpdk in INCLUDE.findall(path.read_text())]


def complaints():
    for path in sorted(ROOT.glob("dataplane/*/**/*.[ch]*")):
        room = path.relative_to(ROOT / "dataplane").parts[0]
        for header in included(path):
            target = header.split("/")[0]
            if header.startswith("rte_") and room not in RTE_ROOMS:
                yield path, header, f"{room}/ names no rte_ header"
            elif target in SEES and target != room and target not in SEES.get(room, set()):
                yield path, header, f"{room}/ does not see {target}/"
            elif "/" in header and (ROOT / "control" / header).exists() and not (ROOT / "dataplane" / header).exists():
                yield path, header, "the dataplane does not see control/"
    for path in sorted(ROOT.glob("control/**/*.[ch]*")):
        if path == ROOT / "control" / "main.cc":
            continue
        for header in included(path):
            if (ROOT / "dataplane" / header).exists() and header not in CONTROL_SEES:
                yield path, header, "control/ sees include/, exchange/snapshot.h and exchange/inquiry.h only"
            elif header.startswith("rte_"):
                yield path, header, "control/ names no rte_ header"
    for path in sorted(ROOT.glob("include/**/*.[ch]*")):
        for header in included(path):
            if header.split("/")[0] in SEES or header.startswith("rte_") or "yaml" in header:
                yield path, header, "include/ is plain data"


def main():
    found = list(complaints())
    for path, header, reason in found:
        print(f"{path.relative_to(ROOT)}: includes {header}: {reason}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
