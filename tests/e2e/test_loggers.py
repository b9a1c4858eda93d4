"""Logging plugins against real sinks: what they write, what they do when a sink fails, and what it costs requests."""

import json
import os
import signal
import subprocess
import sys
import time

import network as net
import processes
import pytest
from clients import HERE, curl_json, curl_status, metric
from conftest import make_world
from world import ORIGIN_ECHO_PORT, ROOT

POLICY = """
_format_version: "3.0"
services:
  - name: echo
    url: http://{origin}/base
    routes:
      - {{name: echo, paths: [/log], tags: [t]}}
      - {{name: locked, paths: [/locked], plugins: [{{name: key-auth}}]}}
      - name: flaky
        paths: [/flaky]
        plugins:
          - {{name: http-log, config: {{http_endpoint: "http://127.0.0.1:9601/flaky"}}}}
      - name: hang
        paths: [/hang]
        plugins:
          - name: http-log
            config: {{http_endpoint: "http://127.0.0.1:9601/hang", timeout: 60000, queue: {{max_entries: 5}}}}
      - name: secure
        paths: [/secure]
        plugins:
          - {{name: tcp-log, config: {{host: 127.0.0.1, port: 9604, tls: true, tls_sni: sink.example}}}}
      - name: listed
        paths: [/listed]
        plugins:
          - name: http-log
            config:
              http_endpoint: "http://127.0.0.1:9601/listed"
              headers: {{X-Token: abc}}
              queue: {{max_batch_size: 3, max_coalescing_delay: 60}}
  - {{name: dead, url: "http://{dead}", retries: 1, routes: [{{name: dead, paths: [/dead]}}]}}
consumers:
  - {{username: ann, custom_id: c-ann, keyauth_credentials: [{{key: k}}]}}
plugins:
  - {{name: file-log, config: {{path: "{folder}/file.log"}}}}
  - {{name: http-log, config: {{http_endpoint: "http://127.0.0.1:9601/plain"}}}}
  - {{name: tcp-log, config: {{host: 127.0.0.1, port: 9602}}}}
  - {{name: udp-log, config: {{host: localhost, port: 9603}}}}
  - {{name: syslog, config: {{client_errors_severity: warning, facility: local3}}}}
  - name: prometheus
    config: {{per_consumer: true, status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true}}
  - name: opentelemetry
    config:
      traces_endpoint: "http://127.0.0.1:9601/v1/traces"
      http_response_header_for_traceid: X-Trace
      resource_attributes: {{service.name: edge}}
      queue: {{max_batch_size: 1}}
"""


class Sinks:
    def __init__(self, folder):
        self.folder = folder

    def lines(self, name):
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def requests(self, path):
        return [r for r in self.lines("http.jsonl") if r["path"] == path]

    def spans(self):
        return [span for r in self.requests("/v1/traces") for resource in r["body"]["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"]]


def soon(find):
    """What `find` returns once it is something."""
    found = processes.wait_until(find, 15)
    assert found
    return found


@pytest.fixture(scope="module")
def world():
    w = make_world("loggers")
    try:
        w.up_network()
        w.up_origins()
        w.sinks = Sinks(w.run_dir / "sinks")
        w.sinks.folder.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=sink.example", "-keyout", w.sinks.folder / "key.pem", "-out", w.sinks.folder / "cert.pem"],
                       check=True, capture_output=True)
        w._spawn("sinks", w.network.gateway.command(
            [sys.executable, str(HERE / "scripts" / "sinks.py"), str(w.sinks.folder)]))
        soon(lambda: (w.sinks.folder / "ready").exists())
        policy = w.run_dir / "loggers.yaml"
        policy.write_text(POLICY.format(origin=f"{net.ORIGIN_ADDRESS}:{ORIGIN_ECHO_PORT}", dead=f"{net.ORIGIN_ADDRESS}:9",
                                        folder=w.sinks.folder))
        w.up_sluice(policy=policy)
        yield w
    finally:
        w.down()


def log_of(world, name, path):
    """The log object of the request for `path`, as the sink that writes `name` got it."""
    return soon(lambda: next((r for r in world.sinks.lines(name) if r["request"]["uri"] == path), None))


def sink_status(world, plugin):
    """What became of the records of all plugins of this name."""
    sinks = [s for s in json.loads(world.ctl("status").stdout)["sluice"]["logs"]["plugins"] if s["plugin"] == plugin]
    return {state: sum(s[state] for s in sinks) for state in ("sent", "lost", "waiting")}


def test_file_log_is_reopened_after_rotation(world):
    curl_status(world, world.url("/log/before"))
    log_of(world, "file.log", "/log/before")
    (world.sinks.folder / "file.log").rename(world.sinks.folder / "file.log.1")
    os.kill(world.processes["sluice"]["pid"], signal.SIGUSR1)

    def reopened():
        curl_status(world, world.url("/log/after"))
        return (world.sinks.folder / "file.log").exists()

    soon(reopened)
    log_of(world, "file.log", "/log/after")


def test_file_log_has_the_fields_that_kong_writes(world):
    curl_status(world, "-H", "apikey: k", "-H", "Authorization: Basic c2VjcmV0", "-H", "X-Two: 1", "-H", "X-Two: 2",
                world.url("/locked/a?x=1&apikey=k&flag"))
    log = log_of(world, "file.log", "/locked/a?x=1&apikey=k&flag")
    sample = json.loads((ROOT / "tests/kong_corpus/samples/file_log_lines.json").read_text())[0]
    assert set(sample) <= set(log)
    for part in ("request", "response", "latencies"):
        assert set(sample[part]) <= set(log[part])
    assert set(log["tries"][0]) == set(sample["tries"][0])
    assert log["request"]["method"] == "GET"
    assert log["request"]["querystring"] == {"x": "1", "apikey": "k", "flag": True}
    assert log["request"]["headers"]["authorization"] == "REDACTED"
    assert log["request"]["headers"]["x-two"] == ["1", "2"]
    assert log["response"]["status"] == 200
    assert (log["route"]["name"], log["service"]["name"], log["consumer"]["username"]) == ("locked", "echo", "ann")
    assert (log["source"], log["upstream_status"]) == ("upstream", "200")
    assert log["upstream_uri"] == "/base/a?x=1&apikey=k&flag"
    assert log["tries"][0]["ip"] == net.ORIGIN_ADDRESS
    assert log["client_ip"] == net.CLIENT_ADDRESS
    assert abs(log["started_at"] / 1000 - time.time()) < 60
    assert "secret" not in json.dumps(log)


def test_sizes_are_those_of_the_wire(world):
    told = world.client("curl", "-sS", "-o", "/dev/null", "-H", "apikey: k", "-w",
                        "%{size_request} %{size_header} %{size_download}", world.url("/locked/sizes")).stdout
    request, head, body = map(int, told.split())
    log = log_of(world, "file.log", "/locked/sizes")
    assert (log["request"]["size"], log["response"]["size"]) == (request, head + body)


def test_every_try_is_told(world):
    assert curl_status(world, world.url("/dead/tries")) == "502"
    log = log_of(world, "file.log", "/dead/tries")
    assert [(t["state"], t["code"], t["port"]) for t in log["tries"]] == [("failed", 502, 9)] * 2
    assert (log["upstream_status"], log["source"]) == ("502, 502", "kong")


def test_request_that_was_refused_is_logged_as_answered_here(world):
    assert curl_status(world, world.url("/locked/refused")) == "401"
    log = log_of(world, "file.log", "/locked/refused")
    assert (log["source"], log["tries"], log["upstream_status"]) == ("kong", [], "")
    assert log["response"]["status"] == 401


def test_request_without_a_route_reaches_the_global_loggers(world):
    assert curl_status(world, world.url("/nowhere")) == "404"
    assert "route" not in log_of(world, "file.log", "/nowhere")


def test_every_kind_of_sink_gets_the_same_object(world):
    curl_status(world, world.url("/log/everywhere"))
    wanted = log_of(world, "file.log", "/log/everywhere")
    assert log_of(world, "tcp.log", "/log/everywhere") == wanted
    assert log_of(world, "udp.log", "/log/everywhere") == wanted
    body = soon(lambda: next((r["body"] for r in world.sinks.requests("/plain")
                              if r["body"]["request"]["uri"] == "/log/everywhere"), None))
    assert body == wanted


def test_tcp_log_speaks_tls(world):
    curl_status(world, world.url("/secure/line"))
    assert log_of(world, "tls.log", "/secure/line")["response"]["status"] == 200


def test_syslog_has_facility_and_severity_of_the_status(world):
    curl_status(world, world.url("/nowhere/syslog"))
    path = world.sinks.folder / "syslog.log"
    if not path.exists():  # the machine's own syslog has /dev/log: what it got is told by the plugin's status alone
        soon(lambda: sink_status(world, "syslog")["sent"] > 0)
        return
    line = soon(lambda: next((text for text in path.read_text().splitlines() if "/nowhere/syslog" in text), None))
    assert line.startswith(f"<{19 * 8 + 4}>")  # local3, warning
    assert json.loads(line[line.index("{"):])["response"]["status"] == 404


def test_http_log_tries_again_until_the_sink_takes_it(world):
    curl_status(world, world.url("/flaky/once"))
    bodies = soon(lambda: world.sinks.requests("/flaky"))
    assert [r["body"]["request"]["uri"] for r in bodies] == ["/flaky/once"]


def test_http_log_sends_full_batches_as_lists(world):
    for i in range(3):
        curl_status(world, world.url(f"/listed/{i}"))
    request = soon(lambda: world.sinks.requests("/listed"))[0]
    assert [r["request"]["uri"] for r in request["body"]] == ["/listed/0", "/listed/1", "/listed/2"]
    assert request["headers"]["x-token"] == "abc"


def test_sink_that_hangs_costs_no_request_and_its_losses_are_counted(world):
    began = time.monotonic()
    assert {curl_status(world, world.url("/hang")) for _ in range(10)} == {"200"}
    assert time.monotonic() - began < 10
    assert soon(lambda: sink_status(world, "http-log")["lost"]) == 5
    assert metric(world, "sluice_log_plugin_records", plugin="http-log", state="lost") == 5
    curl_status(world, world.url("/log/after-the-hang"))
    log_of(world, "tcp.log", "/log/after-the-hang")


def test_prometheus_counts_by_service_route_status_source_and_consumer(world):
    curl_status(world, "-H", "apikey: k", world.url("/locked/counted"))
    curl_status(world, world.url("/locked/counted"))
    counted = dict(service="echo", route="locked", consumer="ann", code="200", source="service", workspace="default")
    soon(lambda: metric(world, "kong_http_requests_total", **counted) >= 1)
    soon(lambda: metric(world, "kong_http_requests_total", route="locked", consumer="", code="401", source="kong") >= 1)
    for direction in ("ingress", "egress"):
        assert metric(world, "kong_bandwidth_bytes", route="locked", direction=direction, consumer="ann") > 0
    for name in ("kong", "upstream", "request"):
        assert metric(world, f"kong_{name}_latency_ms_bucket", route="locked", le="+Inf") >= 1
        assert metric(world, f"kong_{name}_latency_ms_count", route="locked") >= 1


def test_trace_of_the_caller_goes_on_to_the_origin_and_to_the_collector(world):
    trace, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    answer = curl_json(world, "-H", f"traceparent: 00-{trace}-{caller}-01", "-H", "tracestate: a=1", world.url("/log/traced"))
    fields = {name.lower(): value for name, value in answer["headers"]}
    version, trace_on, ours, flags = fields["traceparent"].split("-")
    assert (version, trace_on, flags) == ("00", trace, "01")
    assert ours != caller
    assert fields["tracestate"] == "a=1"
    span = soon(lambda: next((s for s in world.sinks.spans() if s["traceId"] == trace), None))
    assert (span["spanId"], span["parentSpanId"]) == (ours, caller)
    attributes = {a["key"]: a["value"] for a in span["attributes"]}
    assert attributes["http.status_code"] == {"intValue": "200"}
    assert int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"])
    resource = world.sinks.requests("/v1/traces")[0]["body"]["resourceSpans"][0]["resource"]
    assert {"key": "service.name", "value": {"stringValue": "edge"}} in resource["attributes"]


def test_trace_begins_here_without_a_caller_and_the_client_is_told(world):
    head = world.client("curl", "-sS", "-D", "-", world.url("/log/new-trace")).stdout
    told = next(line.split(": ")[1].strip() for line in head.splitlines() if line.lower().startswith("x-trace:"))
    span = soon(lambda: next((s for s in world.sinks.spans() if s["traceId"] == told), None))
    assert "parentSpanId" not in span


def test_trace_that_the_caller_does_not_sample_is_not_exported(world):
    trace = "1" * 32
    curl_status(world, "-H", f"traceparent: 00-{trace}-{'2' * 16}-00", world.url("/log/unsampled"))
    log_of(world, "tcp.log", "/log/unsampled")
    assert [s for s in world.sinks.spans() if s["traceId"] == trace] == []


def test_lua_in_a_logger_is_refused_at_its_line(world):
    text = (world.run_dir / "loggers.yaml").read_text().replace(
        "host: 127.0.0.1, port: 9602", 'host: 127.0.0.1, port: 9602, custom_fields_by_lua: {a: "return kong.request.get_path()"}')
    broken = world.run_dir / "lua.yaml"
    broken.write_text(text)
    result = world.ctl("load", broken, check=False)
    assert result.returncode != 0
    assert "custom_fields_by_lua" in result.stdout + result.stderr


def test_reload_keeps_what_waits_in_a_sink(world):
    curl_status(world, world.url("/listed/before-the-reload"))
    world.ctl("reload")
    for i in range(2):
        curl_status(world, world.url(f"/listed/after-{i}"))
    batch = soon(lambda: next((r["body"] for r in world.sinks.requests("/listed")
                               if r["body"][0]["request"]["uri"] == "/listed/before-the-reload"), None))
    assert len(batch) == 3
