"""Huge pages for a measurement: reserved for as long as a block lasts, by one process of the machine at a time."""

import contextlib
import fcntl
from pathlib import Path

COUNT = Path("/proc/sys/vm/nr_hugepages")
LOCK = Path("/run/sluice-huge-pages.lock")


@contextlib.contextmanager
def reserved(wanted):
    """wanted: pages of 2 MiB beside those that the machine has already; 0 reserves none."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = int(COUNT.read_text())
        try:
            if wanted > 0:
                COUNT.write_text(str(before + wanted))
                if int(COUNT.read_text()) < before + wanted:
                    raise RuntimeError(f"the machine has no room for {wanted} huge pages")
            yield
        finally:
            COUNT.write_text(str(before))
