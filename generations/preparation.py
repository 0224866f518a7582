"""Makes an order's files ready to be sent: a worker's work, so that the order is answered at once.

An order with files as they came waits for this (`Pace.preparation`); where the job was lost, the
worker whose turn it is does it.
"""

import uuid

from django.utils import timezone

from generations import kicks, lifecycle, uploads
from generations.errors import StaleTransition, UnusableUpload
from generations.lumiq.errors import LumiqSourceBroken
from generations.models import Generation, Upload
from generations.states import Reason, Status
from generations.storing import StorageAway, named_failures


class UnusableFile(Exception):
    """A file of the order turned out to be unusable; `reason` says which."""

    def __init__(self, reason: Reason, note: str) -> None:
        super().__init__(note)
        self.reason = reason
        self.note = note


def prepare(generation_id: uuid.UUID) -> None:
    """Then it is the order's turn; or its credits go back, where a file is unusable."""
    queued = Generation.objects.filter(pk=generation_id, status=Status.QUEUED)
    generation = queued.select_related("photo", "clip").first()
    if generation is None:
        return
    try:
        prepare_files(generation)
    except LumiqSourceBroken:
        return  # tried again when it is its turn
    except UnusableFile as error:
        _give_up(generation, error)
        return
    now = timezone.now()
    queued.filter(due_at__gt=now).update(due_at=now)
    kicks.kick_dispatch(generation_id)


def prepare_files(generation: Generation) -> None:
    """Raises UnusableFile, or LumiqSourceBroken where the storage does not give or take it now."""
    for upload in filter(None, (generation.photo, generation.clip)):
        is_clip = upload.kind == Upload.Kind.CLIP
        try:
            with named_failures():
                uploads.prepare(upload)
        except UnusableUpload as error:
            reason = Reason.CLIP_UNUSABLE if is_clip else Reason.PHOTO_UNUSABLE
            raise UnusableFile(reason, error.message) from error
        except StorageAway as error:
            raise LumiqSourceBroken(str(error), field="video" if is_clip else "photo") from error


def _give_up(generation: Generation, error: UnusableFile) -> None:
    try:
        lifecycle.refuse_files(generation.pk, error.reason, note=error.note)
    except StaleTransition:
        return  # cancelled, or the worker whose turn it is found the same
