"""Each module of end-to-end tests (tests/e2e, tests/issues) gets a small world of its own: namespaces, real origins, the real process."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from world import World  # noqa: E402

BUILD = Path(os.environ.get("SLUICE_BUILD_DIR", ROOT / "build"))


def make_world(name, workers=1, port_kind="af_packet"):
    """A world that is not up yet; its names carry this run's pid, so that runs do not meet."""
    run = f"{os.getpid() % 100000:05d}"
    return World(f"s{run}{name[:3]}", Path(f"/run/sluice-test-{run}-{name}"), BUILD, port_kind, workers)


@pytest.fixture(scope="module")
def world(request):
    """A running Sluice with one worker on the demo's files, or on those that the module names NODE and POLICY."""
    w = make_world(request.module.__name__.removeprefix("test_"), getattr(request.module, "WORKERS", 1))
    try:
        w.up_network()
        w.up_origins()
        options = {name.lower(): getattr(request.module, name) for name in ("NODE", "POLICY") if hasattr(request.module, name)}
        w.up_sluice(**options)
        yield w
    finally:
        w.down()


@pytest.fixture
def fresh_world(request):
    """Namespaces and origins; the test starts Sluice itself."""
    w = make_world("f" + str(abs(hash(request.node.name)) % 1000))
    try:
        w.up_network()
        w.up_origins()
        yield w
    finally:
        w.down()
