"""The compiled catalogues, which Django reads: made from the .po files by whoever starts first.

So a fresh clone and a new translation speak each language however the site is started, and there is
no compiled file in the repository (decision 0027).
"""

import io
import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"


def sources(folder: Path = LOCALE) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/django.po"))


def compile_stale(folder: Path = LOCALE) -> None:
    """Each that is missing or older than its source. Where none can be written, a check warns."""
    for source in sources(folder):
        if is_stale(source):
            try:
                _write_whole(source.with_suffix(".mo"), _compile(source))
            except OSError:
                return


def is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> bytes:
    # Only here: it takes a while to load, and every process comes by at its start.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    buffer = io.BytesIO()
    with source.open("rb") as file:
        write_mo(buffer, read_po(file, locale=source.parent.parent.name, abort_invalid=True))
    return buffer.getvalue()


def _write_whole(target: Path, content: bytes) -> None:
    """At once: another process may be reading, or writing the same."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(target)
