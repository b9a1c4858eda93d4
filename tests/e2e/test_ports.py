"""Each kind of port that the demo offers carries requests, with one queue and with several."""

import hashlib

import pytest
from clients import curl_json, curl_status, metric
from conftest import make_world


@pytest.mark.parametrize("kind", ["af_packet", "af_xdp", "tap"])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_requests_pass(kind, workers):
    world = make_world(f"{kind[-1]}{workers}", workers, kind)
    try:
        world.up_network()
        world.up_origins()
        world.up_sluice()
        assert {curl_status(world, world.url("/echo")) for _ in range(10)} == {"200"}
        assert curl_json(world, "-X", "POST", "--data-binary", "x" * 50000, world.url("/echo"))["body_bytes"] == 50000
    finally:
        world.down()


def test_tap_carries_long_transfers():
    size = 100 << 20
    world = make_world("tapcut", 1, "tap")
    try:
        world.up_network()
        world.up_origins()
        world.up_sluice()
        out, heads = world.run_dir / "download", world.run_dir / "download.heads"
        world.client("curl", "-sS", "--max-time", "300", "-D", heads, "-o", out, world.url(f"/echo/bytes/{size}"))
        told = [line.split(": ")[1] for line in heads.read_text().splitlines() if line.lower().startswith("x-body-sha256")]
        assert out.stat().st_size == size
        assert told == [hashlib.sha256(out.read_bytes()).hexdigest()]
        assert metric(world, "sluice_drops_total", reason="transmit_refused") == 0
    finally:
        world.down()
