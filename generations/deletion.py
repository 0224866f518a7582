"""Removes a video at its owner's wish: our copies go, what it cost stays in the books.

First the row says so, then the files go; beat repeats what a dead process or an absent storage
left.
"""

import logging
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from generations import lifecycle, stories
from generations.lumiq.contract import FILE_LIFETIME_DAYS
from generations.models import Generation, ShareLink, Story, Upload
from generations.states import TERMINAL, Phase, Status
from generations.storing import StorageAway, named_failures

logger = logging.getLogger(__name__)

AT_ONCE = 50


class StillBeingMade(Exception):
    """LUMIQ has it, or is being sent it: what is paid upstream is delivered first."""


def delete(generation: Generation) -> None:
    """One that is in line is cancelled first. Raises StillBeingMade or StaleTransition."""
    with transaction.atomic():
        if generation.status == Status.QUEUED:
            lifecycle.cancel(generation)
        finished = Generation.objects.filter(pk=generation.pk, status__in=TERMINAL)
        now = timezone.now()
        if not finished.update(deleted_at=now, visibility=Generation.Visibility.PRIVATE):
            raise StillBeingMade
        stories.withdraw(generation)
        ShareLink.objects.live().filter(generation=generation).update(revoked_at=now)
    _remove_files(generation.pk)


def upstream_copy_expires_at(generation: Generation) -> datetime | None:
    """Until when LUMIQ keeps its own copy, which nobody can delete. None where it made none."""
    accepted = generation.attempts.filter(phase=Phase.ACCEPTED).order_by("number").last()
    if accepted is None or accepted.answered_at is None:
        return None
    return accepted.answered_at + timedelta(days=FILE_LIFETIME_DAYS)


def remove_leftovers() -> int:
    """For beat. Returns how many videos' files were removed."""
    long_enough = timezone.now() - settings.LUMIQ_PACE.removal_again
    rows = Generation.objects.filter(deleted_at__lt=long_enough, removed_at=None)
    return sum(_remove_files(pk) for pk in rows.values_list("pk", flat=True)[:AT_ONCE])


def _remove_files(generation_id: uuid.UUID) -> bool:
    generation = Generation.objects.select_related("photo", "clip").get(pk=generation_id)
    uploads = [upload for upload in (generation.photo, generation.clip) if upload]
    alone = [upload for upload in uploads if not _others_with(upload).exists()]
    story = stories.find(generation)
    files = [generation.video, generation.poster, *(upload.file for upload in alone)]
    files += [story.file] if story else []
    try:
        with named_failures():
            for file in filter(None, files):
                default_storage.delete(str(file.name))
    except StorageAway as error:
        logger.warning("files of %s not removed yet: %s", generation_id, error)
        return False
    Upload.objects.filter(pk__in=[upload.pk for upload in alone]).update(file="")
    Story.objects.filter(generation_id=generation_id).delete()
    Generation.objects.filter(pk=generation_id).update(
        video="", poster="", removed_at=timezone.now()
    )
    return True


def _others_with(upload: Upload) -> QuerySet[Generation]:
    return Generation.objects.filter(Q(photo=upload) | Q(clip=upload), deleted_at=None)
