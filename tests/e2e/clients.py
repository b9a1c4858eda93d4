"""Clients that run inside the client's namespace, beside curl: sockets under the test's own control."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def metric(world, name, **labels):
    """The sum over all workers of one counter, over all of its labels or those with these values."""
    total = 0.0
    for line in world.ctl("metrics").stdout.splitlines():
        wanted = all(f'{label}="{value}"' in line for label, value in labels.items())
        if wanted and line.startswith((f"{name} ", f"{name}{{")):
            total += float(line.rsplit(" ", 1)[1])
    return total


def curl_json(world, *arguments):
    result = world.client("curl", "-sS", "--max-time", "60", *arguments)
    return json.loads(result.stdout)


def curl_status(world, *arguments):
    """Status of a request; 000 when there was no answer."""
    return world.client("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "60", *arguments, check=False).stdout


def run_script(world, name, *arguments, timeout=120):
    """Runs tests/e2e/scripts/NAME in the client's namespace; its last line is JSON."""
    argv = world.network.client.command([sys.executable, str(HERE / "scripts" / name), *map(str, arguments)])
    result = subprocess.run(argv, capture_output=True, text=True, timeout=timeout)
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def start_script(world, name, *arguments):
    argv = world.network.client.command([sys.executable, str(HERE / "scripts" / name), *map(str, arguments)])
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
