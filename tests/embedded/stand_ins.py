"""Small programs in place of the site's own, and what a supervisor needs to run them."""

import sys
import time
from pathlib import Path

from lumiq_portal.embedded.processes import Program

# Forks a child which moves to a process group of its own, as RQ's work-horses do, and another one.
FAMILY = """
import os, sys, time
for in_own_group in (True, False):
    if os.fork() == 0:
        if in_own_group:
            os.setpgrp()
        time.sleep(300)
print("ready", flush=True)
time.sleep(300)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(300)
"""


class Watcher:
    """Notes what the watchdog would be told."""

    def __init__(self):
        self.sessions = set()

    def session_started(self, session):
        self.sessions.add(session)

    def session_ended(self, session):
        self.sessions.discard(session)


def python_program(name, code, **options):
    return Program(name, (sys.executable, "-u", "-c", code), **options)


def wait_until(condition, *, seconds=10):
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return result


def is_alive(pid):
    """Not merely a zombie that its parent has not looked at."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
