"""Each kind of port that the demo offers carries requests, with one queue and with several."""

import pytest
from clients import curl_json, curl_status
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
