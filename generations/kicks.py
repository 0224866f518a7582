"""Wakes the workers for videos. A kick is a hint: the row is the truth, beat repeats the missed."""

import uuid
from functools import partial

from django.db import transaction

from accounts import kicks
from accounts.kicks import PATIENCE_SECONDS

__all__ = [
    "PATIENCE_SECONDS",
    "enqueue",
    "kick_dispatch",
    "kick_fetch",
    "kick_outbound",
    "kick_prepare",
    "kick_story",
]


def kick_dispatch(generation_id: uuid.UUID) -> None:
    """Call from inside or outside a transaction: the job is enqueued once the row is committed."""
    _kick("dispatch", generation_id)


def kick_fetch(generation_id: uuid.UUID) -> None:
    _kick("fetch", generation_id)


def kick_prepare(generation_id: uuid.UUID) -> None:
    _kick("fetch", generation_id, "prepare")


def kick_story(generation_id: uuid.UUID) -> None:
    _kick("fetch", generation_id, "story")


def kick_outbound(delivery_id: uuid.UUID) -> None:
    _kick("outbound", delivery_id)


def _kick(queue: str, row_id: uuid.UUID, job: str = "") -> None:
    transaction.on_commit(partial(enqueue, queue, row_id, job), robust=True)


def enqueue(queue: str, row_id: uuid.UUID, job: str = "") -> bool:
    """False where Redis is away. `job` is the function in generations.jobs, if it is not named as
    the queue."""
    return kicks.enqueue(queue, f"generations.jobs.{job or queue}", row_id)
