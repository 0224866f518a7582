"""Keeps LUMIQ's answers to sends while the database is away: each a file, until it can be recorded.

Without it a paid task would be known to nobody but its callback. Each host empties its own folder:
beat in every pass, and a worker before it sends.
"""

import json
import logging
import os
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, IntegrityError

from generations import submissions
from generations.errors import StaleTransition
from generations.lumiq.contract import Submitted
from generations.models import SubmitAttempt

logger = logging.getLogger(__name__)


def keep(attempt: SubmitAttempt, submitted: Submitted) -> None:
    """On disk when this returns, whatever happens to the machine."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{attempt.pk}.json"
    unfinished = path.with_suffix(".part")
    with unfinished.open("w") as file:
        json.dump(asdict(submitted), file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    logger.error("%s: its answer waits in %s for the database", attempt, path.name)


def drain() -> int:
    """Record what lies here; returns how many. What cannot be recorded yet stays."""
    done = 0
    for path in sorted(_folder().glob("*.json")):
        try:
            _record(path)
        except FileNotFoundError:
            continue  # another process took it
        except (ValueError, TypeError, StaleTransition, IntegrityError) as error:
            logger.error("%s cannot be recorded (%s): set aside", path, error)
            path.rename(path.with_name(f"{path.name}.bad"))
            continue
        except DatabaseError:
            logger.warning("the database is still away: %s stays", path.name)
            break
        path.unlink(missing_ok=True)
        done += 1
    return done


def waiting() -> list[Path]:
    """What lies here, half-written files included."""
    folder = _folder()
    return sorted(folder.iterdir()) if folder.exists() else []


def _record(path: Path) -> None:
    """Raises ValueError or TypeError where the file makes no sense in this database,
    StaleTransition or IntegrityError where the attempt is another task."""
    submitted = Submitted(**json.loads(path.read_text()))
    attempt = SubmitAttempt.objects.filter(pk=path.stem).first()
    if attempt is None:
        raise ValueError("no such attempt in this database")
    submissions.mark_submitted(attempt, submitted)


def _folder() -> Path:
    folder: Path = settings.VAR_DIR / "spool"
    return folder
