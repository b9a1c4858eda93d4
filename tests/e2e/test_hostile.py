"""Malformed requests and frames: each gets its answer and its counter, and the worker goes on."""

import json
import subprocess

import pytest
from clients import HERE, curl_status, metric


def raw(world, data):
    argv = world.network.client.command(["/usr/bin/python3", str(HERE / "scripts" / "raw.py"), "198.18.0.1", "8000"])
    return json.loads(subprocess.run(argv, input=data, capture_output=True, timeout=60).stdout)


@pytest.mark.parametrize("name,request_bytes,status", [
    ("length and chunked", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("two lengths", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    ("space before colon", b"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400),
    ("obs-fold", b"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400),
    ("bare LF", b"GET / HTTP/1.1\nHost: h\n\n", 400),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", 400),
    ("version 2", b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
    ("unknown coding", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    ("long header", b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 70000 + b"\r\n\r\n", 431),
    ("long target", b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414),
    ("garbage", bytes(range(256)) * 4, 400),
])
def test_malformed_request_is_refused_and_closed(world, name, request_bytes, status):
    result = raw(world, request_bytes)
    assert result["answer"].startswith(f"HTTP/1.1 {status} "), name
    assert result["closed"], name
    assert curl_status(world, world.url("/echo")) == "200"


def test_nothing_after_a_framing_error_is_a_request(world):
    smuggled = b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nGET /echo/smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
    assert "smuggled" not in raw(world, smuggled)["answer"]


def test_malformed_frames_are_counted_and_harmless(world):
    before = metric(world, "sluice_drops_total")
    frames = [
        "ffffffffffff020000000001" + "0806" + "00" * 10,             # ARP cut short
        "ffffffffffff020000000001" + "0800" + "4500" + "ff" * 18,    # IPv4 with a wrong checksum
        "ffffffffffff020000000001" + "0800" + "4f00001400" + "00" * 15,
        "ffffffffffff020000000001" + "8100" + "0001",                # 802.1Q cut short
        "ffffffffffff020000000001" + "88b5" + "00" * 46,             # an EtherType nobody takes
    ]
    argv = world.network.client.command(["/usr/bin/python3", str(HERE / "scripts" / "frames.py"), "up0"])
    subprocess.run(argv, input="\n".join(frames * 20), text=True, check=True, capture_output=True, timeout=60)
    assert curl_status(world, world.url("/echo")) == "200"
    assert metric(world, "sluice_drops_total") > before


def test_ping_is_answered(world):
    assert world.client("ping", "-c", "3", "-i", "0.2", "-W", "5", "198.18.0.1").returncode == 0
