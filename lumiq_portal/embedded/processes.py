"""One program as a child: started in a session of its own, watched, started again, ended."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lumiq_portal.embedded.logs import Log
from lumiq_portal.embedded.sessions import end_sessions, signal_sessions

PR_SET_PDEATHSIG = 1
LONGEST_DELAY_SECONDS = 30
# A program that lived this long has recovered: its earlier deaths are forgotten.
SETTLED_SECONDS = 60

_libc = ctypes.CDLL(None, use_errno=True)


class SessionWatcher(Protocol):
    def session_started(self, session: int) -> None: ...
    def session_ended(self, session: int) -> None: ...


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    is_vital: bool = False  # the site gives up where it ends again and again
    is_foundation: bool = False  # ends after what depends on it
    runs_once: bool = False  # its end is no accident
    grace_seconds: float = 8
    watches_log: bool = True  # tells the person at the terminal of warnings in it
    environment: Mapping[str, str] = field(default_factory=dict)


class Process:
    """A program that is kept running."""

    def __init__(self, program: Program, log: Log, watcher: SessionWatcher) -> None:
        self.program = program
        self.log = log
        self.deaths = 0
        self.exit_code: int | None = None
        self._watcher = watcher
        self._child: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_again_at = 0.0

    @property
    def is_running(self) -> bool:
        return self._child is not None

    @property
    def has_ended(self) -> bool:
        return self._child is None or self._child.poll() is not None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def is_due(self) -> bool:
        return not self.is_running and time.monotonic() >= self._start_again_at

    @property
    def delay_seconds(self) -> float:
        return float(min(2 ** (self.deaths - 1), LONGEST_DELAY_SECONDS)) if self.deaths else 0

    def start(self) -> None:
        self.log.path.parent.mkdir(parents=True, exist_ok=True)
        supervisor = os.getpid()
        with self.log.path.open("ab") as output:
            self._child = subprocess.Popen(
                self.program.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.program.environment},
                start_new_session=True,
                preexec_fn=lambda: _end_with(supervisor),  # there is one thread only
            )
        self._watcher.session_started(self._child.pid)
        self._started_at = time.monotonic()

    def notice_end(self) -> bool:
        """Whether it ended since it was last asked. What it forked ends too, and a delay begins."""
        if self._child is None or self._child.poll() is None:
            return False
        if time.monotonic() - self._started_at >= SETTLED_SECONDS:
            self.deaths = 0
        self.deaths += 1
        self._forget(self._child)
        self._start_again_at = time.monotonic() + self.delay_seconds
        return True

    def ask_to_stop(self) -> None:
        """SIGTERM to the program alone: it knows how to end what it forked."""
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                self._child.terminate()

    def has_stopped(self) -> bool:
        if self._child is not None and self._child.poll() is not None:
            self._forget(self._child)
        return self._child is None

    def kill(self) -> None:
        if self._child is not None:
            signal_sessions({self._child.pid}, signal.SIGKILL)
            self._child.wait()
            self._forget(self._child)

    def _forget(self, child: subprocess.Popen[bytes]) -> None:
        end_sessions({child.pid}, grace_seconds=1)
        self._watcher.session_ended(child.pid)
        self.exit_code = child.returncode
        self._child = None


def stop_all(processes: list[Process], *, keep_waiting: "KeepWaiting") -> None:
    """Asks all at once, waits for each one's grace at most, then kills."""
    for process in processes:
        process.ask_to_stop()
    started_at = time.monotonic()
    for process in processes:
        deadline = started_at + process.program.grace_seconds
        while not process.has_stopped() and time.monotonic() < deadline and keep_waiting():
            time.sleep(0.05)
        process.kill()


class KeepWaiting(Protocol):
    def __call__(self) -> bool: ...


def _end_with(parent: int) -> None:
    """In the fresh child: the kernel ends it when the supervisor dies, even by SIGKILL."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os._exit(1)
