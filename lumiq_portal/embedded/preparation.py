"""What has to be right before anything is started: the port, the tables, the static files."""

import hashlib
import socket
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections

from lumiq_portal.embedded.errors import CannotStart


def check_port_is_free(port: int, *, purpose: str, remedy: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise CannotStart(f"Port {port} needs more rights than you have. {remedy}") from error
        except OSError as error:
            raise CannotStart(
                f"Port {port}, meant for {purpose}, is taken by another program. {remedy}"
            ) from error


def migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()


def collect_static() -> None:
    """Only where a source file changed: hashing and compressing all of them takes seconds."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".sources"
    fingerprint = _fingerprint_sources()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(fingerprint)


def _fingerprint_sources() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=None):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
