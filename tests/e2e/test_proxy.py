"""The whole road: requests with every kind of body, to real origins and back."""

import hashlib
import subprocess

import pytest
from clients import curl_json, curl_status

ECHO = "/echo/x"


def body_file(world, size):
    path = world.run_dir / f"body-{size}"
    if not path.exists():
        block = bytes(range(256)) * 4096
        with path.open("wb") as f:
            left = size
            while left > 0:
                f.write(block[:left])
                left -= len(block[:left])
    return path


def sha256(path):
    digest = hashlib.sha256()
    with path.open("rb") as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def test_echo_tells_method_target_and_headers(world):
    answer = curl_json(world, "-X", "PATCH", "-H", "X-One: 1", world.url("/echo/a%20b?q=1"))
    assert answer["method"] == "PATCH"
    assert answer["target"] == "/a%20b?q=1"
    fields = {name.lower(): value for name, value in answer["headers"]}
    assert fields["x-one"] == "1"
    assert fields["x-forwarded-for"] == "198.18.0.2"
    assert fields["x-forwarded-prefix"] == "/echo"


def test_file_from_nginx_comes_whole(world):
    body = world.client("curl", "-sS", world.url("/files/index.html")).stdout
    assert "A file from the demo origin" in body


@pytest.mark.parametrize("size", [0, 1, 1460, 65536, 1 << 20, 100 << 20])
def test_upload_arrives_unharmed(world, size):
    path = body_file(world, size)
    answer = curl_json(world, "-X", "POST", "--data-binary", f"@{path}", "-H", "Content-Type: application/octet-stream",
                       "-H", "Expect:", world.url(ECHO))
    assert answer["body_bytes"] == size
    assert answer["body_sha256"] == sha256(path)


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_chunked_upload_arrives_unharmed(world, size):
    path = body_file(world, size)
    answer = curl_json(world, "-X", "POST", "--data-binary", f"@{path}", "-H", "Transfer-Encoding: chunked", world.url(ECHO))
    assert (answer["body_bytes"], answer["body_sha256"]) == (size, sha256(path))


@pytest.mark.parametrize("size", [0, 1, 1460, 65536, 1 << 20, 100 << 20])
def test_download_arrives_unharmed(world, size):
    out, heads = world.run_dir / "download", world.run_dir / "download.heads"
    world.client("curl", "-sS", "--max-time", "300", "-D", heads, "-o", out, world.url(f"/echo/bytes/{size}"))
    told = [line.split(": ")[1] for line in heads.read_text().splitlines() if line.lower().startswith("x-body-sha256")]
    assert (out.stat().st_size if out.exists() else 0) == size
    assert told == [sha256(out) if size else hashlib.sha256().hexdigest()]


def test_expect_continue_is_answered_before_the_body(world):
    path = body_file(world, 1 << 20)
    result = world.client("curl", "-sv", "--data-binary", f"@{path}", "-H", "Expect: 100-continue", "--expect100-timeout", "30",
                          world.url(ECHO))
    assert "HTTP/1.1 100 Continue" in result.stderr
    assert sha256(path) in result.stdout


def test_head_has_no_body(world):
    result = world.client("curl", "-sSI", world.url("/echo/bytes/1000"))
    assert "HTTP/1.1 200" in result.stdout
    assert "content-length: 1000" in result.stdout.lower()


def test_connection_is_kept_and_reused(world):
    result = world.client("curl", "-sv", world.url(ECHO), world.url(ECHO), world.url(ECHO))
    assert result.stderr.count("Re-using existing connection") == 2


def test_pipelined_requests_are_answered_in_order(world):
    requests = b"".join(f"GET /echo/{i} HTTP/1.1\r\nHost: h\r\n\r\n".encode() for i in range(5))
    argv = world.network.client.command(["/usr/bin/python3", "tests/e2e/scripts/raw.py", "198.18.0.1", "8000"])
    output = subprocess.run(argv, input=requests, capture_output=True, timeout=60).stdout.decode()
    positions = [output.find(f'\\"target\\": \\"/{i}\\"') for i in range(5)]
    assert -1 not in positions and positions == sorted(positions)


def test_no_route_is_kongs_404(world):
    assert curl_json(world, world.url("/nowhere"))["message"] == "no Route matched with those values"


def test_slow_reader_gets_all_of_a_large_answer(world):
    result = world.client("curl", "-sS", "--limit-rate", "8M", "-o", "/dev/null", "-w", "%{size_download}",
                          world.url("/echo/bytes/20000000"))
    assert result.stdout == "20000000"


def test_dead_origin_is_502_and_comes_back(world):
    world.stop("echo")
    try:
        assert curl_status(world, world.url(ECHO)) == "502"
    finally:
        world.start_echo()
    assert curl_status(world, world.url(ECHO)) == "200"
