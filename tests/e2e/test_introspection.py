"""oauth2-introspection against a real authorization server: one that answers, refuses, hangs, dies."""

import json
import subprocess
import sys

import network as net
import processes
import pytest
from clients import HERE, curl_json, curl_status, metric
from conftest import make_world
from world import DEMO_FILES, ORIGIN_ECHO_PORT

SECRET = "Basic bm90LWZvci1sb2dz"
PLUGIN = "{{name: oauth2-introspection, config: {{introspection_url: '{url}', authorization_value: '" + SECRET + "'{more}}}}}"
ROUTES = {
    "plain": ("http://127.0.0.1:9611/introspect", ", ttl: 3600, token_type_hint: access_token, custom_claims_forward: [tenant]"),
    "named": ("http://localhost:9611/introspect", ""),
    "told": ("http://127.0.0.1:9611/told", ", introspect_request: true, custom_introspection_headers: {X-Tenant: t}"),
    "patient": ("http://127.0.0.1:9611/patient", ", timeout: 60000"),
    "short": ("http://127.0.0.1:9611/short", ", timeout: 300"),
    "secure": ("https://localhost:9612/introspect", ""),
    "untrusted": ("https://localhost:9613/introspect", ""),
    "gone": ("http://127.0.0.1:9619/introspect", ""),
}


class AuthorizationServer:
    def __init__(self, world):
        self.world = world
        self.folder = world.run_dir / "authorization"
        self.folder.mkdir()
        for name in ("good", "bad"):
            key, certificate = self.folder / f"{name}.key", self.folder / f"{name}.crt"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                           check=True, capture_output=True)
            (self.folder / f"{name}.pem").write_text(key.read_text() + certificate.read_text())

    def start(self):
        (self.folder / "ready").unlink(missing_ok=True)
        script = HERE / "scripts" / "authorization_server.py"
        self.world._spawn("authorization", self.world.network.gateway.command([sys.executable, str(script), str(self.folder)]))
        assert processes.wait_until(lambda: (self.folder / "ready").exists(), 20)

    def asked(self, token=None):
        path = self.folder / "asked.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [line for line in lines if token in (None, line["form"]["token"][0])]


@pytest.fixture(scope="module")
def world():
    w = make_world("introspection", workers=2)
    try:
        w.up_network()
        w.up_origins()
        w.server = AuthorizationServer(w)
        w.server.start()
        routes = "\n".join(f"  - {{name: {name}, paths: [/{name}], plugins: [{PLUGIN.format(url=url, more=more)}]}}"
                           for name, (url, more) in ROUTES.items())
        (w.run_dir / "introspection.yaml").write_text(f"""
_format_version: "3.0"
services:
- name: echo
  url: http://{net.ORIGIN_ADDRESS}:{ORIGIN_ECHO_PORT}
  routes:
  - {{name: open, paths: [/open]}}
{routes}
consumers:
- {{username: ann, custom_id: app-1}}
""")
        node = w.run_dir / "introspection.node.yaml"
        node.write_text((DEMO_FILES / "node.yaml").read_text() + f"\ntrusted_certificates: {w.server.folder}/good.crt\n")
        w.up_sluice(node=node, policy=w.run_dir / "introspection.yaml")
        yield w
    finally:
        w.down()


def status(world, path, token):
    return curl_status(world, "-H", f"Authorization: Bearer {token}", world.url(path))


def totals(world, path):
    """What was asked of the server of this route."""
    url = ROUTES[path][0]
    servers = json.loads(world.ctl("status").stdout)["sluice"]["introspection_servers"]
    return next((server for server in servers if server["server"] == url), None)


def send(world, path, token):
    """A request under way."""
    argv = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Authorization: Bearer {token}", world.url(path)]
    return subprocess.Popen(world.network.client.command(argv), stdout=subprocess.PIPE, text=True)


def test_active_token_is_a_consumer_and_the_origin_is_told(world):
    answer = curl_json(world, "-H", "Authorization: Bearer ann", "-H", "X-Credential-Scope: forged", world.url("/plain/x"))
    fields = {name.lower(): value for name, value in answer["headers"]}
    assert fields["x-consumer-username"] == "ann" and fields["x-consumer-custom-id"] == "app-1"
    assert fields["x-credential-identifier"] == "ann" and fields["x-credential-client-id"] == "app-2"
    assert fields["x-credential-scope"] == "read write" and fields["x-credential-tenant"] == "t"
    assert fields["authorization"] == "Bearer ann"
    (asked,) = world.server.asked("ann")
    assert asked["headers"]["authorization"] == SECRET
    assert asked["form"] == {"token": ["ann"], "token_type_hint": ["access_token"]}


def test_answers_are_remembered(world):
    for token, wanted in (("nobody", "200"), ("inactive", "401")):
        assert [status(world, "/plain", token) for _ in range(5)] == [wanted] * 5
        assert len(world.server.asked(token)) == 1
    assert metric(world, "sluice_gateway_introspections_total", outcome="known") >= 8
    assert metric(world, "sluice_gateway_introspections_total", outcome="inactive") >= 5


def test_inactive_and_missing_tokens_are_challenged(world):
    head = world.client("curl", "-s", "-D", "-", "-o", "/dev/null", "-H", "Authorization: Bearer x", world.url("/plain")).stdout.lower()
    assert ' 401 ' in head and 'www-authenticate: bearer error="invalid_token"' in head
    assert json.loads(world.client("curl", "-s", world.url("/plain")).stdout)["error"] == "invalid_request"


def test_server_is_told_of_the_request(world):
    assert status(world, "/told/a?q=1", "ann") == "200"
    (asked,) = [line for line in world.server.asked("ann") if line["path"] == "/told"]
    assert (asked["headers"]["x-request-path"], asked["headers"]["x-request-http-method"]) == ("/told/a", "GET")
    assert asked["headers"]["x-tenant"] == "t"


def test_token_is_encoded_and_the_connection_is_kept(world):
    tokens = ["a+b&c=d", "kept-1", "kept-2"]
    for token in tokens:
        assert status(world, "/named", token) == "401"
    connections = {line["connection"] for token in tokens for line in world.server.asked(token)}
    assert len(connections) == 1, "one connection serves one question after the other"


@pytest.mark.parametrize("token", ["garbage", "refused"])
def test_server_that_answers_wrongly_is_an_error_and_asked_again(world, token):
    assert [status(world, "/plain", token) for _ in range(2)] == ["500", "500"]
    assert len(world.server.asked(token)) == 2


def test_server_that_is_not_there_is_an_error(world):
    assert status(world, "/gone", "ann") == "500"
    assert "connect" in totals(world, "gone")["last_error"].lower()


def test_requests_at_one_time_with_one_token_are_one_question(world):
    before = totals(world, "patient")["shared"] if totals(world, "patient") else 0
    requests = [send(world, "/patient", "gate") for _ in range(20)]
    assert processes.wait_until(lambda: (totals(world, "patient") or {"shared": 0})["shared"] == before + 19, 30)
    (world.server.folder / "open").touch()
    assert [request.communicate(timeout=30)[0] for request in requests] == ["200"] * 20
    assert len(world.server.asked("gate")) == 1


def test_certificate_is_verified(world):
    assert status(world, "/secure", "ann") == "200"
    assert status(world, "/untrusted", "ann") == "500"
    assert "certificate" in totals(world, "untrusted")["last_error"]


def test_server_that_hangs_costs_its_timeout(world):
    assert status(world, "/short", "hang-short") == "500"
    assert metric(world, "sluice_gateway_introspections_total", outcome="failed") >= 1


def test_server_that_hangs_holds_up_nobody_else_until_it_dies(world):
    assert status(world, "/plain", "ann") == "200"
    hanging = [send(world, "/patient", f"hang-{i}") for i in range(70)]
    assert processes.wait_until(lambda: (totals(world, "patient") or {"under_way": 0})["under_way"] == 64, 30)
    assert processes.wait_until(lambda: totals(world, "patient")["waiting"] == 6, 30)
    assert status(world, "/open", "any") == "200"
    assert status(world, "/plain", "ann") == "200", "a token that is known"
    assert status(world, "/told", "ann") == "200", "a token that is not, at the same host"
    assert all(request.poll() is None for request in hanging)
    world.stop("authorization")
    assert [request.communicate(timeout=60)[0] for request in hanging] == ["500"] * 70
    assert status(world, "/plain", "ann") == "200", "what is remembered outlives the server"
    assert status(world, "/plain", "new") == "500"
    world.server.start()
    assert status(world, "/plain", "new") == "401"


def test_tokens_and_credentials_are_nowhere(world):
    assert status(world, "/plain", "s3cret-token") == "401"
    told = world.ctl("status").stdout + world.ctl("metrics").stdout
    told += "".join(path.read_text(errors="replace") for path in world.run_dir.glob("*.log"))
    for secret in ("s3cret-token", SECRET, "bm90LWZvci1sb2dz"):
        assert secret not in told
