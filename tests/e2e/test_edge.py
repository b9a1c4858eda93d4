"""The edge stage on the demo's policy: strip, verify, enrich, redirect; and the gateway that trusts its verdict."""

import time

from clients import curl_json, curl_status
from demo import token

ISSUER = "demo-issuer"


def bearer(**claims):
    return f"Authorization: Bearer {token({'iss': ISSUER, 'sub': 'ada', 'exp': int(time.time()) + 600, **claims})}"


def test_request_without_token_is_401(world):
    assert curl_status(world, world.url("/shop/cart")) == "401"


def test_expired_token_is_401(world):
    assert curl_status(world, "-H", bearer(exp=int(time.time()) - 10), world.url("/shop/cart")) == "401"


def test_tampered_token_is_401(world):
    header = bearer()
    assert curl_status(world, "-H", header[:-6] + ("A" if header[-6] != "A" else "B") + header[-5:], world.url("/shop/cart")) == "401"


def test_good_token_is_enriched_limited_and_transformed(world):
    answer = curl_json(world, "-H", bearer(), "-H", "X-Edge-Subject: forged", "-H", "X-Debug: 1", world.url("/shop/cart"))
    fields = [(name.lower(), value) for name, value in answer["headers"]]
    assert [v for n, v in fields if n == "x-edge-subject"] == ["ada"]
    assert ("x-edge-client", "198.18.0.2") in fields
    assert ("x-shop", "demo") in fields
    assert ("x-consumer-username", "demo-consumer") in fields
    assert not [v for n, v in fields if n == "x-debug"]


def test_rate_limit_admits_exactly_its_number(world):
    policy = (world.run_dir / "policy.yaml").read_text().replace("minute: 5", "hour: 7")
    changed = world.run_dir / "hour.yaml"
    changed.write_text(policy)
    world.ctl("load", changed)
    statuses = [curl_status(world, "-H", bearer(), world.url("/shop/cart")) for _ in range(12)]
    assert statuses.count("200") == 7 and statuses.count("429") == 5


def test_redirect_is_answered_at_the_edge(world):
    result = world.client("curl", "-sSi", world.url("/old-shop/cart"))
    assert "301" in result.stdout.splitlines()[0]
    assert "location: /shop" in result.stdout.lower()
