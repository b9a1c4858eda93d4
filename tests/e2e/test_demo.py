"""scripts/demo as a user runs it: once to the end, and stopped by Ctrl-C in each of its steps."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

DEMO = str(ROOT / "scripts" / "demo")
RUN_DIR = Path("/run/sluice-demo")


def namespaces():
    lines = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[0] for line in lines if line.startswith("sluice-d")}


def processes_of_the_demo():
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(RUN_DIR).encode() in (entry / "cmdline").read_bytes():
                found.append(entry.name)
        except OSError:
            pass  # it ended while we looked
    return found


def assert_nothing_is_left():
    assert namespaces() == set()
    assert not RUN_DIR.exists()
    assert processes_of_the_demo() == []


def test_once_shows_answers_logs_and_status_and_cleans_up():
    result = subprocess.run([DEMO, "--once"], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    for shown in ("HTTP/1.1 200", "HTTP/1.1 401", '"request_id"', "sluice_port_receive_packets", "sluicectl status"):
        assert shown in result.stdout
    assert_nothing_is_left()


@pytest.mark.parametrize("step", ["making namespaces", "starting the origins", "starting sluice", "sending requests", "--- the edge log"])
def test_ctrl_c_leaves_nothing_behind(step):
    demo = subprocess.Popen([DEMO, "--once"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    for line in demo.stdout:
        if step in line:
            os.killpg(demo.pid, signal.SIGINT)
            break
    rest = demo.stdout.read()
    assert demo.wait(timeout=120) != 0, rest
    assert_nothing_is_left()


def test_it_stays_up_until_it_is_stopped():
    started = subprocess.run([DEMO], capture_output=True, text=True, timeout=300)
    assert started.returncode == 0, started.stdout + started.stderr
    try:
        told = dict(line.split("=", 1) for line in subprocess.run([DEMO, "env"], capture_output=True, text=True,
                                                                   check=True).stdout.splitlines())
        assert told["SLUICE_ADDRESS"] == "198.18.0.1" and told["SLUICE_HTTPS_PORT"] in ("", "''")
        url = f"http://{told['SLUICE_ADDRESS']}:{told['SLUICE_HTTP_PORT']}/echo"
        answer = subprocess.run([DEMO, "exec", "client", "curl", "-s", "-H", "Host: any.example", url], capture_output=True, text=True,
                                check=True)
        assert '"method": "GET"' in answer.stdout
        assert subprocess.run([DEMO, "ctl", "status"], capture_output=True).returncode == 0
    finally:
        stopped = subprocess.run([DEMO, "stop"], capture_output=True, text=True)
    assert stopped.returncode == 0, stopped.stderr
    assert_nothing_is_left()
