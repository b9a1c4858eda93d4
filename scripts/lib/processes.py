"""Starting, waiting for and ending the processes of a run; only ever by a pid that the run itself started."""

import contextlib
import os
import signal
import subprocess
import threading
import time


def start_time(pid):
    """The kernel's start time of a process: with the pid it names one process for good. None: it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def spawn(argv, log_path, **options):
    """Starts a process in its own session with its output in a file."""
    with open(log_path, "ab") as log:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **options)


@contextlib.contextmanager
def uninterrupted():
    """Holds SIGINT and SIGTERM back until the block is over: what a block has started, it has also written down."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held = []
    before = {number: signal.signal(number, lambda n, _frame: held.append(n)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if held:
            os.kill(os.getpid(), held[0])


def identity(process):
    return {"pid": process.pid, "start_time": start_time(process.pid)}


def alive(who):
    return who["start_time"] is not None and start_time(who["pid"]) == who["start_time"]


def end(who, patience_s=10.0):
    """Asks a process to end, then makes it; returns when it is gone."""
    for sig, seconds in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 5.0)):
        if not alive(who):
            break
        try:
            os.kill(who["pid"], sig)
        except ProcessLookupError:
            break
        wait_until(lambda: not alive(who), seconds)
    try:
        os.waitpid(who["pid"], os.WNOHANG)
    except ChildProcessError:
        pass


def wait_until(condition, seconds, step_s=0.02):
    """Polls `condition`; its first true value, or None when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            return None
        time.sleep(step_s)
