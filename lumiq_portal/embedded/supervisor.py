"""Starts the site's programs in order, keeps them running, and ends them in the opposite order."""

import http.client
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from lumiq_portal.embedded.errors import GaveUp, Interrupted
from lumiq_portal.embedded.logs import Log
from lumiq_portal.embedded.processes import Process, Program, SessionWatcher, stop_all

# A vital program that ends this often without settling in between is given up.
DEATHS_ALLOWED = 5
TICK_SECONDS = 0.2
SAME_WISH_SECONDS = 1
# How often one program's warnings are pointed to.
WARNINGS_EVERY_SECONDS = 60

Say = Callable[[str], None]


class Supervisor:
    def __init__(
        self,
        *,
        logs: Path,
        watcher: SessionWatcher,
        say: Say,
        was_interrupted: Callable[[], bool] = lambda: False,
        on_success: Callable[[Program], None] = lambda program: None,
    ) -> None:
        self.processes: list[Process] = []
        self._logs = logs
        self._watcher = watcher
        self._say = say
        self._was_interrupted = was_interrupted
        self._on_success = on_success
        self._requests_to_stop = 0
        self._asked_at = float("-inf")
        self._next_look_at_logs = time.monotonic() + 5
        self._quiet_until: dict[str, float] = {}

    def listen_for_signals(self) -> None:
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
            signal.signal(signal.SIGHUP, self._on_signal)

    def start(self, program: Program) -> Process:
        self.raise_if_stopping()
        log = Log(self._logs / f"{program.name}.log")
        log.turn_over()
        process = Process(program, log, self._watcher)
        process.start()
        self.processes.append(process)
        return process

    def wait_until(self, is_ready: Callable[[], bool], process: Process, *, seconds: float) -> None:
        """Raises GaveUp with the last lines of the log where `process` does not get ready."""
        self.wait_for(lambda: process.has_ended or is_ready(), seconds=seconds)
        if process.notice_end() or not is_ready():
            raise GaveUp(f"{process.program.name} did not start.\n{_quote(process.log)}")

    def wait_for(self, condition: Callable[[], bool], *, seconds: float) -> None:
        """Until it holds, or the time is over, or somebody wants to stop."""
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            self.raise_if_stopping()
            time.sleep(0.05)

    def watch(self) -> None:
        """Until asked to stop. Raises GaveUp where a vital program cannot be kept running."""
        while not self._is_stopping():
            for process in self.processes:
                self._tend(process)
            self._point_to_warnings()
            time.sleep(TICK_SECONDS)

    def stop(self) -> None:
        """Workers first, what they need last. A second request to stop cuts the grace short."""
        base = [process for process in self.processes if process.program.is_foundation]
        others = [process for process in self.processes if not process.program.is_foundation]

        def is_patient() -> bool:
            return self._requests_to_stop < 2

        stop_all(others, keep_waiting=is_patient)
        for process in reversed(base):
            stop_all([process], keep_waiting=is_patient)

    def raise_if_stopping(self) -> None:
        if self._is_stopping():
            raise Interrupted

    def _is_stopping(self) -> bool:
        return self._requests_to_stop > 0 or self._was_interrupted()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # make and a terminal may both pass on one and the same wish.
        now = time.monotonic()
        if now - self._asked_at > SAME_WISH_SECONDS:
            self._requests_to_stop += 1
            self._asked_at = now

    def _tend(self, process: Process) -> None:
        program = process.program
        if process.notice_end():
            self._report_end(process)
        elif process.is_due and not program.runs_once:
            process.start()

    def _report_end(self, process: Process) -> None:
        program, code = process.program, process.exit_code
        if program.runs_once and code == 0:
            self._on_success(program)
        elif program.runs_once:
            self._say(f"{program.name} failed (exit {code}); see {process.log.path}")
        elif program.is_vital and process.deaths >= DEATHS_ALLOWED:
            raise GaveUp(
                f"{program.name} ended {process.deaths} times; its last lines:\n"
                f"{_quote(process.log)}"
            )
        else:
            self._say(
                f"{program.name} ended unexpectedly (exit {code}) and starts again in"
                f" {process.delay_seconds:.0f} s; see {process.log.path}"
            )

    def _point_to_warnings(self) -> None:
        now = time.monotonic()
        if now < self._next_look_at_logs:
            return
        self._next_look_at_logs = now + 2
        for process in self.processes:
            name = process.program.name
            count = process.log.count_new_warnings()
            if count and process.program.watches_log and now >= self._quiet_until.get(name, 0):
                self._quiet_until[name] = now + WARNINGS_EVERY_SECONDS
                self._say(f"{name} wrote warnings; see {process.log.path}")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers_http(port: int, host: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _quote(log: Log) -> str:
    lines = log.last_lines() or "(nothing was written)"
    return "\n".join(f"    {line}" for line in lines.splitlines()) + f"\n  All of it: {log.path}"
