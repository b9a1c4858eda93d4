"""Kong's admin API: what its tools read, over the control socket and over a TCP port with a token."""

import json
import subprocess
from pathlib import Path

from world import DEMO_FILES

CORPUS = Path(__file__).resolve().parent.parent / "kong_corpus"
PORT = 18001
TOKEN = "a-token-for-this-test-alone"


def ask(world, method, path, body=None, *more):
    """(status, body) over the control socket."""
    argv = ["curl", "-s", "--unix-socket", str(world.control_socket), "-X", method, "-w", "\n%{http_code}", *more]
    if body is not None:
        argv += ["-H", "Content-Type: text/yaml", "--data-binary", "@-"]
    done = subprocess.run([*argv, f"http://sluice{path}"], input=body, capture_output=True, text=True, check=True)
    text, status = done.stdout.rsplit("\n", 1)
    return int(status), json.loads(text) if text else None


def fingerprint(world):
    return json.loads(world.ctl("status").stdout)["sluice"]["policy"]["fingerprint"]


def test_every_broken_policy_is_refused_or_taken_as_by_kong_and_the_running_one_stays(world):
    for directory in sorted((CORPUS / "invalid").iterdir()):
        before = fingerprint(world)
        expected = json.loads((directory / "expect.json").read_text())
        status, body = ask(world, "POST", "/config?flatten_errors=1", (directory / "policy.yaml").read_text())
        if expected["status"] == 201 and directory.name != "yaml-duplicate-key":
            assert status == 201, (directory.name, body)
            world.ctl("reload")
        else:
            assert status == 400 and body["code"] == 14 and body["errors"], (directory.name, body)
            assert fingerprint(world) == before, directory.name


def test_the_same_policy_again_is_304(world):
    policy = (DEMO_FILES / "policy.yaml").read_text()
    assert ask(world, "POST", "/config", policy)[0] == 201
    assert ask(world, "POST", "/config?check_hash=1", policy) == (304, None)
    world.ctl("reload")


def test_what_it_shows_loads_again_to_the_same_policy(world):
    before = fingerprint(world)
    config = ask(world, "GET", "/config")[1]["config"]
    status, body = ask(world, "POST", "/config", config)
    assert status == 201 and body["fingerprint"] == before
    world.ctl("reload")


def test_lists_lead_through_all_entities(world):
    seen, path = [], "/routes?size=1"
    while path:
        _, page = ask(world, "GET", path)
        seen += [route["name"] for route in page["data"]]
        path = page["next"]
    assert sorted(seen) == sorted(route["name"] for route in ask(world, "GET", "/routes")[1]["data"])
    assert len(seen) == 4


def test_writes_and_unknown_paths_answer_in_kongs_words(world):
    samples = json.loads((CORPUS / "samples" / "admin.json").read_text())
    for method, path in (("GET", "/nonsense"), ("GET", "/services/none"), ("GET", "/schemas/none"), ("PUT", "/config"),
                         ("GET", "/schemas/plugins/none")):
        sample = samples[f"{method} {path}"]
        assert ask(world, method, path) == (sample["status"], sample["body"])
    sample = samples['POST /services {"name": "x", "host": "y"}']
    assert ask(world, "POST", "/services", '{"name": "x", "host": "y"}') == (405, sample["body"])


def test_tcp_port_wants_the_token(fresh_world):
    world = fresh_world
    token_file = world.run_dir / "admin.token"
    token_file.write_text(TOKEN + "\n")
    node = world.run_dir / "node.admin.yaml"
    node.write_text((DEMO_FILES / "node.yaml").read_text() + f"\nadmin: {{port: {PORT}, token_file: {token_file}}}\n")
    world.up_sluice(node=node)

    def status(*headers):
        options = [word for header in headers for word in ("-H", header)]
        argv = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *options, f"http://127.0.0.1:{PORT}/services"]
        return subprocess.run(world.network.gateway.command(argv), capture_output=True, text=True, check=True).stdout

    assert status() == "401"
    assert status(f"Authorization: Bearer {TOKEN}x") == "401"
    assert status(f"Authorization: Bearer {TOKEN}") == "200"
    assert status(f"Kong-Admin-Token: {TOKEN}") == "200"


def test_quarantine_serves_the_rest_and_says_what_is_left_out(fresh_world):
    world = fresh_world
    node = world.run_dir / "node.quarantine.yaml"
    node.write_text((DEMO_FILES / "node.yaml").read_text() + "\non_policy_mistake: quarantine\n")
    policy = world.run_dir / "broken.yaml"
    policy.write_text((DEMO_FILES / "policy.yaml").read_text() + "\nroutes:\n- {name: broken, paths: [nope]}\n")
    world.up_sluice(node=node, policy=policy)
    said = json.loads(world.ctl("status").stdout)["sluice"]["policy"]["quarantined"]
    assert len(said) == 1 and "route 'broken'" in said[0]
    assert ask(world, "GET", "/routes/broken")[0] == 404
    assert "sluice_policy_quarantined 1" in world.ctl("metrics").stdout
