"""What runs inside a drawing process: one job after the other, never longer than its server."""

import ctypes
import importlib
import logging
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from generations.sandbox.orders import FOOTBALL

PRIORITY_STEPS_DOWN = 10
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A video to draw. The file appears at `output` whole or not at all.

    With `is_test` it gets a watermark.
    """

    task_id: str
    kind: str
    parameters: dict[str, Any]
    photo: Path
    clip: Path
    unfinished: Path
    output: Path
    is_test: bool


def draw_jobs(connection: Connection, renderer: str, server_pid: int) -> None:
    """Answers each job with whether it was drawn; ends when the server closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to deal with.
    die_with_parent(server_pid)
    os.nice(PRIORITY_STEPS_DOWN)
    while True:
        try:
            job: Job = connection.recv()
            connection.send(_draw(job, renderer))
        except (EOFError, OSError):
            return


def die_with_parent(parent_pid: int) -> None:
    """Has the kernel kill this process when its parent is gone, even if by SIGKILL."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # It went before the kernel knew of our wish.
        os._exit(1)


def _draw(job: Job, renderer: str) -> bool:
    try:
        _render(job, renderer)
        job.unfinished.replace(job.output)
        return True
    except (ValueError, OSError) as failure:  # RenderError is a ValueError.
        logger.warning("task %s could not be drawn: %s", job.task_id, failure)
    except Exception:
        logger.exception("task %s could not be drawn", job.task_id)
    job.unfinished.unlink(missing_ok=True)
    return False


def _render(job: Job, renderer: str) -> None:
    module = importlib.import_module(renderer)
    if job.kind == FOOTBALL:
        module.render_football(
            photo=job.photo, output=job.unfinished, is_test=job.is_test, **job.parameters
        )
    else:
        module.render_avatar(
            clip=job.clip, photo=job.photo, output=job.unfinished, is_test=job.is_test,
            # The pretended voices all sound alike, so voice_id is not handed on.
            duration_seconds=job.parameters["duration_seconds"], ratio=job.parameters["ratio"],
        )  # fmt: skip
