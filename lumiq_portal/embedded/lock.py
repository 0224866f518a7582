"""One site per state: the lock on `PORTAL_VAR`."""

import fcntl
import json
import os
import time
from pathlib import Path
from typing import IO

from lumiq_portal.embedded.errors import CannotStart


class StateLock:
    """Held by the supervisor, and by the watchdog that clears up behind a killed one.

    So a free lock means that nothing of an earlier site is still running on this state.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "portal.lock"
        self._file: IO[str] | None = None

    def acquire(self, address: str, *, patience_seconds: float = 15) -> None:
        """Raises CannotStart where a living site holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+")
        deadline = time.monotonic() + patience_seconds
        while not _lock(file):
            holder = _read_holder(file)
            if _is_alive(holder.get("pid")) or time.monotonic() > deadline:
                file.close()
                raise CannotStart(_describe(self.path.parent, holder))
            time.sleep(0.1)  # its watchdog is still ending what it left
        file.truncate(0)
        json.dump({"pid": os.getpid(), "address": address}, file)
        file.flush()
        self._file = file

    def fileno(self) -> int:
        assert self._file is not None
        return self._file.fileno()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_holder(file: IO[str]) -> dict[str, object]:
    file.seek(0)
    try:
        holder = json.loads(file.read())
    except ValueError:
        return {}  # between its lock and its note
    return holder if isinstance(holder, dict) else {}


def _is_alive(pid: object) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _describe(folder: Path, holder: dict[str, object]) -> str:
    return (
        f"A site is already running on {folder}: {holder.get('address', 'it is just starting')}"
        f" (process {holder.get('pid', 'unknown')}).\n"
        "Stop it first, or run a second one beside it: PORTAL_VAR=var2 PORT=8001 make run"
    )
