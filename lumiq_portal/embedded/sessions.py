"""Ends whole sessions of processes: a program with all that it forked.

Each child leads a session of its own. What it forks may move to another process group (RQ's
work-horses do) but stays in its session, so a sweep over sessions misses nothing.
"""

import contextlib
import os
import signal
import time
from collections.abc import Collection
from pathlib import Path

PROC = Path("/proc")
NO_SIGNAL = 0  # asks the kernel whether a process is there


def find_processes(sessions: Collection[int]) -> list[int]:
    """The living processes of these sessions. Zombies are not living."""
    pids = [int(name) for name in os.listdir(PROC) if name.isdigit()]
    return [pid for pid in pids if _session_of(pid) in sessions and not _is_zombie(pid)]


def signal_sessions(sessions: Collection[int], number: int) -> bool:
    """Whether anything was left to get the signal."""
    if not (PROC / "self" / "stat").exists():  # not Linux: as near as one gets
        reached = [_signal_group(session, number) for session in sessions]  # all of them
        return any(reached)
    pids = find_processes(sessions)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    return bool(pids)


def end_sessions(sessions: Collection[int], *, grace_seconds: float) -> None:
    """SIGTERM to all, and SIGKILL to what is still there after the grace."""
    if not sessions or not signal_sessions(sessions, signal.SIGTERM):
        return
    deadline = time.monotonic() + grace_seconds
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if not signal_sessions(sessions, NO_SIGNAL):
            return
    # More than once: a process may fork while it is being looked for.
    for _ in range(20):
        if not signal_sessions(sessions, signal.SIGKILL):
            return
        time.sleep(0.05)


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None  # ended since it was listed


def _is_zombie(pid: int) -> bool:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return True
    return text.rpartition(")")[2].split()[0] in "ZX"


def _signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
