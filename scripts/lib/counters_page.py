"""Writes docs/counters.md from include/sluice/counters.def: `/usr/bin/python3 scripts/lib/counters_page.py`.

The page is made, never edited; tests/e2e/test_docs.py holds it against the counters.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "include" / "sluice" / "counters.def"
PAGE = ROOT / "docs" / "counters.md"

SEVERITIES = {"kInfo": "info", "kDrop": "drop", "kWarn": "warn", "kError": "error"}

OPENING = """# Counters

Every counter of a worker, by the room that counts it. In `sluicectl metrics` each name has `sluice_` before it and the
label `worker` behind it. Made by `scripts/lib/counters_page.py` from `include/sluice/counters.def`.

Severity: *info* counts work; *drop* what was refused, as it should be; *warn* what points at a shortage or at a peer that
misbehaves; *error* what must never happen.
"""


def page():
    lines = [OPENING]
    for line in SOURCE.read_text().splitlines():
        counter = re.fullmatch(r'SLUICE_COUNTER\(\w+, "((?:[^"\\]|\\.)*)", (\w+), "((?:[^"\\]|\\.)*)"\)', line)
        room = re.fullmatch(r"// ([a-z]\S*(?: \S+){0,3})", line)
        if counter:
            name, severity, text = (part.replace('\\"', '"') for part in counter.groups())
            lines.append(f"| `{name}` | {SEVERITIES[severity]} | {text} |")
        elif room:
            lines.append(f"\n## {room[1]}\n\n| counter | severity | counts |\n|---|---|---|")
        elif line.startswith("SLUICE_COUNTER"):
            raise ValueError(f"{SOURCE}: cannot read: {line}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
