"""The control socket and sluicectl, as an operator uses them."""

import json
import os
import signal
import stat
import subprocess

import processes
from clients import curl_status, metric, start_script
from world import DEMO_FILES

WORKERS = 2


def write_policy(world, name, text):
    path = world.run_dir / name
    path.write_text(text)
    return path


def base_policy():
    return (DEMO_FILES / "policy.yaml").read_text()


def test_socket_is_its_owners_alone(world):
    assert stat.S_IMODE(world.control_socket.stat().st_mode) == 0o600


def test_status_names_the_policy_and_the_workers(world):
    status = json.loads(world.ctl("status").stdout)
    assert len(status["sluice"]["workers"]) == 2
    policy = status["sluice"]["policy"]
    assert len(policy["fingerprint"]) == 64
    assert policy["load_ms"] > 0 and policy["compile_ms"] > 0 and policy["swap_ms"] > 0


def test_load_puts_a_policy_in_force_on_every_worker(world):
    policy = base_policy().replace("paths: [/echo]", "paths: [/loaded]")
    world.ctl("load", write_policy(world, "loaded.yaml", policy))
    try:
        assert {curl_status(world, world.url("/loaded")) for _ in range(20)} == {"200"}
        assert curl_status(world, world.url("/echo")) == "404"
    finally:
        world.ctl("reload")
    assert {curl_status(world, world.url("/echo")) for _ in range(20)} == {"200"}


def test_broken_file_is_refused_with_all_its_mistakes_and_changes_nothing(world):
    before = json.loads(world.ctl("status").stdout)["sluice"]["policy"]["fingerprint"]
    broken = base_policy().replace("paths: [/echo]", "paths: [echo]").replace("name: rate-limiting", "name: rate-limitting")
    path = write_policy(world, "broken.yaml", broken)
    result = world.ctl("load", path, check=False)
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) >= 2 and all(line.startswith(f"{path}:") for line in lines)
    assert any("rate-limitting" in line for line in lines)
    assert json.loads(world.ctl("status").stdout)["sluice"]["policy"]["fingerprint"] == before
    assert curl_status(world, world.url("/echo")) == "200"


def test_file_that_cannot_be_read_is_not_sent(world):
    result = world.ctl("check", world.run_dir, check=False)
    assert (result.returncode, result.stderr) == (2, f"sluicectl: {world.run_dir}: cannot be read\n")


def test_files_that_a_policy_names_are_looked_for_beside_it(world):
    """Sluice may run in another folder than sluicectl: it is told the whole path."""
    path = write_policy(world, "no-yaml.yaml", "services: [")
    result = world.ctl("check", os.path.relpath(path), check=False)
    told = result.stderr.split(":")[0]
    assert result.returncode == 1 and os.path.isabs(told) and os.path.samefile(told, path)


def test_check_says_good_and_puts_nothing_in_force(world):
    before = json.loads(world.ctl("status").stdout)["sluice"]["policy"]["fingerprint"]
    policy = base_policy().replace("paths: [/echo]", "paths: [/checked]")
    assert world.ctl("check", write_policy(world, "checked.yaml", policy)).returncode == 0
    assert json.loads(world.ctl("status").stdout)["sluice"]["policy"]["fingerprint"] == before


def test_reload_under_load_loses_no_request(world):
    load = start_script(world, "load.py", "198.18.0.1", 8000, "/echo/x", 8)
    assert load.stdout.readline() == "running\n"
    for _ in range(20):
        world.ctl("reload")
    output, _ = load.communicate()
    results = json.loads(output)
    assert results["total"] == results["200"] > 100


def test_sighup_reloads(world):
    generation = json.loads(world.ctl("status").stdout)["sluice"]["policy"]["generation"]
    os.kill(sluice_pid(world), signal.SIGHUP)

    def reloaded():
        return json.loads(world.ctl("status").stdout)["sluice"]["policy"]["generation"] > generation

    assert processes.wait_until(reloaded, 20)


def test_metrics_count_what_was_refused(world):
    before = metric(world, "sluice_refused_total", room="gateway", reason="no_route")
    curl_status(world, world.url("/nowhere"))
    assert metric(world, "sluice_refused_total", room="gateway", reason="no_route") == before + 1


def test_routes_lists_every_route(world):
    assert world.ctl("routes").stdout.count("\n") == 4


def test_explain_tells_route_plugins_and_edge(world):
    text = world.ctl("explain", "GET", "http://any.example/shop/cart", "-H", "X-Debug: 1").stdout
    for word in ("shop", "jwt", "rate-limiting", "request-transformer", "edge"):
        assert word in text


def test_question_of_the_wrong_types_is_refused(world):
    question = json.dumps({"method": "GET", "url": "/", "client": 5})
    argv = ["curl", "-sS", "--unix-socket", str(world.control_socket), "-d", question, "http://localhost/explain"]
    answer = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert json.loads(answer) == {"message": "client: expected an IP address"}


def sluice_pid(world):
    """The process itself: `ip netns exec` replaces itself by it."""
    return world.processes["sluice"]["pid"]
