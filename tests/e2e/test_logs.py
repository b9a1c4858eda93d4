"""edge.log and gateway.log: one line a request in each, joined by the request's id."""

import json

import processes
from clients import curl_status


def lines(world, name):
    text = (world.run_dir / name).read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_both_logs_tell_of_a_request_and_join(world):
    curl_status(world, world.url("/echo/logged"))

    def joined():
        edge = [line for line in lines(world, "edge.log") if line["path"] == "/echo/logged"]
        gateway = {line["request_id"]: line for line in lines(world, "gateway.log")}
        return [(e, gateway[e["request_id"]]) for e in edge if e["request_id"] in gateway]

    edge, gateway = processes.wait_until(joined, 20)[0]
    assert edge["status"] == gateway["status"] == 200
    assert gateway["route"]["name"] == "echo"
    assert edge["policy"] == gateway["policy"]
    assert edge["schema"] == gateway["schema"]


def test_sequence_numbers_have_no_gap(world):
    for _ in range(50):
        curl_status(world, world.url("/echo"))

    def complete():
        numbers = [line["sequence"] for line in lines(world, "gateway.log")]
        return numbers if len(numbers) >= 50 else None

    numbers = processes.wait_until(complete, 20)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_credentials_reach_no_log(world):
    curl_status(world, "-H", "apikey: demo-key", world.url("/closed?apikey=demo-key"))
    processes.wait_until(lambda: [line for line in lines(world, "edge.log") if line["path"] == "/closed"], 20)
    everything = "".join((world.run_dir / name).read_text() for name in ("edge.log", "gateway.log", "sluice.log"))
    assert "demo-key" not in everything and "demo-secret" not in everything
