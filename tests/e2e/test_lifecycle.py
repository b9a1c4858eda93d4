"""Starting with bad files, draining, ending."""

import os
import signal
import subprocess

import processes
from clients import curl_status, start_script
from world import DEMO_FILES


def sluice(world, *arguments):
    return subprocess.run([str(world.build_dir / "control" / "sluice"), *map(str, arguments)], capture_output=True, text=True,
                          timeout=60)


def test_check_accepts_good_files(fresh_world):
    node = fresh_world._render(DEMO_FILES / "node.yaml", "node.yaml", CLIENT_DEVICE="net_null0", ORIGIN_DEVICE="net_null1")
    result = sluice(fresh_world, "--check", "--node", node, "--policy", DEMO_FILES / "policy.yaml")
    assert result.returncode == 0, result.stderr


def test_check_names_file_line_and_column(fresh_world):
    broken = fresh_world.run_dir / "broken.yaml"
    broken.write_text((DEMO_FILES / "policy.yaml").read_text().replace("url: http://198.18.1.2:8081", "uri: http://198.18.1.2:8081"))
    node = fresh_world._render(DEMO_FILES / "node.yaml", "node.yaml", CLIENT_DEVICE="net_null0", ORIGIN_DEVICE="net_null1")
    result = sluice(fresh_world, "--check", "--node", node, "--policy", broken)
    number = next(i for i, line in enumerate(broken.read_text().splitlines(), 1) if "uri:" in line)
    assert result.returncode == 1
    assert f"{broken}:{number}:" in result.stderr and "uri" in result.stderr


def test_port_that_cannot_start_is_told_with_eals_words(fresh_world):
    node = fresh_world._render(DEMO_FILES / "node.yaml", "node.yaml", CLIENT_DEVICE="net_af_packet0,iface=no-such-iface",
                               ORIGIN_DEVICE="net_null1")
    result = sluice(fresh_world, "--node", node, "--policy", DEMO_FILES / "policy.yaml")
    assert result.returncode == 1
    assert "no-such-iface" in result.stderr


def test_sigterm_finishes_the_request_in_progress(fresh_world):
    world = fresh_world
    world.up_sluice()
    slow = subprocess.Popen(world.network.client.command(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", world.url("/echo/x?delay_ms=1500")]), stdout=subprocess.PIPE, text=True)
    assert processes.wait_until(lambda: '"exchanges": 1' in world.ctl("status").stdout, 20)
    os.kill(world.processes["sluice"]["pid"], signal.SIGTERM)
    assert slow.communicate(timeout=60)[0] == "200"
    assert processes.wait_until(lambda: not processes.alive(world.processes["sluice"]), 30)
    assert not world.control_socket.exists()


def test_second_start_after_a_kill_works(fresh_world):
    world = fresh_world
    world.up_sluice()
    os.kill(world.processes["sluice"]["pid"], signal.SIGKILL)
    processes.wait_until(lambda: not processes.alive(world.processes["sluice"]), 20)
    world.up_sluice()
    assert curl_status(world, world.url("/echo")) == "200"


def test_ten_thousand_idle_connections_hold(fresh_world):
    world = fresh_world
    world.up_sluice()
    script = start_script(world, "idle.py", "198.18.0.1", 8000, "/nowhere", 10000)
    assert script.stdout.readline() == '{"open": 10000, "answered": 10000}\n'
    output, _ = script.communicate("\n", timeout=120)
    assert output == '{"answered": 10000, "answered_again": 10000}\n'
