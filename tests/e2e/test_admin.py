"""Kong's admin API: what its tools read, over the control socket and over a TCP port with a token."""

import json
import subprocess
from pathlib import Path

import network as net
from world import DEMO_FILES, ORIGIN_ECHO_PORT

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
        status, body = ask(world, "POST", "/config?flatten_errors=1", None, "-F", f"config=@{directory / 'policy.yaml'}")
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


def test_who_brings_the_entities_may_do_without_them(world):
    config = ask(world, "GET", "/config")[1]["config"]
    status, body = ask(world, "POST", "/config?entities=0", config)
    assert status == 201 and set(body) == {"fingerprint", "warnings", "quarantined"} and body["fingerprint"] == fingerprint(world)
    status, body = ask(world, "POST", "/config", config)
    assert status == 201 and "services" in body and "quarantined" not in body
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


KEPT = f"""
_format_version: "3.0"
services:
- name: echo
  url: http://{net.ORIGIN_ADDRESS}:{ORIGIN_ECHO_PORT}
  routes: [{{name: kept, paths: [/kept]}}]
plugins:
- {{name: proxy-cache, config: {{strategy: memory, cache_ttl: 3600}}}}
"""


def kept(world, path):
    """(X-Cache-Status, X-Cache-Key) of an answer."""
    head = world.client("curl", "-sS", "-o", "/dev/null", "-D", "-", world.url(path)).stdout
    fields = dict(line.lower().split(": ", 1) for line in head.splitlines() if ": " in line)
    return fields["x-cache-status"], fields["x-cache-key"]


def test_kept_answers_outlive_a_reload_and_are_forgotten_one_by_one_or_all(world):
    assert ask(world, "POST", "/config", KEPT)[0] == 201
    (first, key), (second, _) = kept(world, "/kept/1"), kept(world, "/kept/2")
    assert (first, second) == ("miss", "miss")
    assert ask(world, "POST", "/config", KEPT.replace("3600", "3000"))[0] == 201
    assert kept(world, "/kept/1") == ("hit", key)
    status, shown = ask(world, "GET", f"/proxy-cache/{key}")
    assert status == 200 and shown["status"] == 200 and shown["ttl"] == 3600 and shown["body_len"] == len(shown["body"])
    assert "/kept/1" in shown["body"]
    plugin = ask(world, "GET", "/plugins")[1]["data"][0]["id"]
    assert ask(world, "GET", f"/proxy-cache/{plugin}/caches/{key}") == (200, shown)
    assert ask(world, "DELETE", f"/proxy-cache/{plugin}/caches/{key}") == (204, None)
    assert ask(world, "GET", f"/proxy-cache/{key}")[0] == 404
    assert ask(world, "DELETE", f"/proxy-cache/{key}")[0] == 404
    assert ask(world, "DELETE", "/proxy-cache/nonsense")[0] == 404
    assert kept(world, "/kept/1")[0] == "miss"
    assert kept(world, "/kept/2")[0] == "hit"
    assert ask(world, "DELETE", "/proxy-cache") == (204, None)
    assert kept(world, "/kept/1")[0] == "miss" and kept(world, "/kept/2")[0] == "miss"
    world.ctl("reload")


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


# What go-database-reconciler, the library behind `deck gateway dump`, asks for: everything in pages of 1,000, several kinds
# that are not here among it, for which it takes a 404.
DECK_LISTS = ("services", "routes", "plugins", "certificates", "ca_certificates", "snis", "upstreams", "vaults", "consumers",
              "consumer_groups", "key-auths", "hmac-auths", "jwts", "basic-auths", "acls", "keys", "key-sets")
DECK_OPTIONAL_LISTS = ("oauth2", "mtls-auths", "filter-chains", "partials", "licenses", "cloned-plugins", "custom-plugins")
DECK_POLICY = """
_format_version: "3.0"
services:
- {name: s, host: s.example, tags: [team-a, blue], routes: [{name: r, paths: [/r], tags: [team-a]}]}
- {name: other, host: s.example, tags: [team-b]}
upstreams: [{name: u.example, targets: [{target: "192.0.2.1:80"}]}]
consumer_groups: [{name: gold}]
consumers: [{username: ann, groups: [{name: gold}], keyauth_credentials: [{key: secret-key}]}]
plugins: [{name: rate-limiting, config: {minute: 5}}]
"""


def list_as_deck(world, path, tags=""):
    """All entities of a list, through every page; decK looks at `data` and `offset`."""
    found, offset = [], ""
    while offset is not None:
        status, page = ask(world, "GET", f"/{path}?size=1000{tags and '&tags=' + tags}{offset and '&offset=' + offset}")
        assert status == 200, (path, status, page)
        found += page["data"]
        offset = page.get("offset")
    return found


def test_it_answers_what_deck_asks(world):
    assert ask(world, "POST", "/config", DECK_POLICY)[0] == 201
    try:
        root = ask(world, "GET", "/")[1]
        assert [int(part) for part in root["version"].split(".")] >= [3, 0, 0] and root["configuration"]["database"] == "off"
        dumped = {path: list_as_deck(world, path) for path in DECK_LISTS}
        assert [len(dumped[path]) for path in ("services", "routes", "plugins", "upstreams", "consumers", "key-auths")] == [2, 1, 1, 1, 1, 1]
        assert all("id" in entity for entities in dumped.values() for entity in entities)
        for path in DECK_OPTIONAL_LISTS:
            assert ask(world, "GET", f"/{path}?size=1000")[0] == 404, path
        (upstream,) = dumped["upstreams"]
        assert [t["target"] for t in list_as_deck(world, f"upstreams/{upstream['id']}/targets")] == ["192.0.2.1:80"]
        # --select-tag: entities that have all of the tags.
        assert [s["name"] for s in list_as_deck(world, "services", tags="team-a,blue")] == ["s"]
        assert list_as_deck(world, "services", tags="team-a,team-b") == []
        group = ask(world, "GET", "/consumer_groups/gold")[1]
        assert group["consumer_group"]["name"] == "gold" and [c["username"] for c in group["consumers"]] == ["ann"]
        assert "consumers" not in ask(world, "GET", "/consumer_groups/gold?list_consumers=false")[1]
    finally:
        world.ctl("reload")


def defaults_as_go_kong(fields):
    """What a file's entity is filled up with before decK compares: the defaults of a schema, records that must be there included."""
    filled = {}
    for field in fields:
        ((name, schema),) = field.items()
        if schema.get("type") == "record" and schema.get("required"):
            filled[name] = defaults_as_go_kong(schema["fields"])
        elif "default" in schema:
            filled[name] = schema["default"]
    return filled


def without_nulls(value):
    return {k: without_nulls(v) for k, v in value.items() if v is not None} if isinstance(value, dict) else value


def test_deck_diff_finds_nothing_to_change(world):
    """A file that says no defaults, filled up by the schemas, is what the lists show."""
    assert ask(world, "POST", "/config", DECK_POLICY)[0] == 201
    try:
        for path, kind in (("services", "services"), ("routes", "routes"), ("upstreams", "upstreams")):
            filled = defaults_as_go_kong(ask(world, "GET", f"/schemas/{kind}")[1]["fields"])
            for entity in map(without_nulls, list_as_deck(world, path)):
                differing = {k: (v, entity.get(k)) for k, v in filled.items() if k not in entity or
                             entity[k] != v and k not in ("name", "host", "tags", "paths")}
                assert differing == {}, (path, differing)
        fields = ask(world, "GET", "/schemas/plugins/rate-limiting")[1]["fields"]
        config = next(field["config"] for field in fields if "config" in field)
        filled = {**defaults_as_go_kong(config["fields"]), "minute": 5}
        (plugin,) = list_as_deck(world, "plugins")
        assert without_nulls(plugin["config"]) == filled
        protocols = next(field["protocols"] for field in fields if "protocols" in field)
        assert sorted(protocols["default"]) == sorted(plugin["protocols"])
    finally:
        world.ctl("reload")
