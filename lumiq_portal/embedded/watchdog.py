"""Clears up behind a supervisor that was killed and could not do it itself.

Run as a program it reads, from a pipe that only the supervisor holds open, which sessions were
started (`+ID`) and ended (`-ID`). When the pipe closes it ends what is left. It inherits the lock
on the state, so the next site waits until that is done.
"""

import signal
import subprocess
import sys

from lumiq_portal.embedded.sessions import end_sessions

GRACE_SECONDS = 2


class Watchdog:
    """The supervisor's end of the pipe."""

    def __init__(self, *, lock_fileno: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lumiq_portal.embedded.watchdog"],
            stdin=subprocess.PIPE,
            pass_fds=[lock_fileno],
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def session_started(self, session: int) -> None:
        self._tell(f"+{session}\n")

    def session_ended(self, session: int) -> None:
        self._tell(f"-{session}\n")

    def dismiss(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sessions: set[int] = set()
    for line in sys.stdin:
        change = sessions.add if line[0] == "+" else sessions.discard
        change(int(line[1:]))
    end_sessions(sessions, grace_seconds=GRACE_SECONDS)


if __name__ == "__main__":
    main()
