"""A failed video ordered again, with the files it was ordered with and a hold of its own."""

import uuid
from enum import StrEnum

from django.db import transaction

from generations import consents, lifecycle
from generations.lifecycle import Order
from generations.lumiq.contract import AVATAR_CREDITS, FOOTBALL_CREDITS
from generations.models import Generation
from generations.states import Reason, Status

MOST_RETRIES = 3
# The same files would come to the same end.
_FOR_ITS_FILES = frozenset(
    {Reason.PHOTO_UNUSABLE, Reason.CLIP_UNUSABLE, Reason.REFUSED_UPSTREAM}
)  # fmt: skip
# One retry for each failed video, however often and from wherever it is asked for.
_NONCES = uuid.UUID("0d7c5a4e-8f7b-4d0f-9a55-6f1f5a3b9d10")


class Obstacle(StrEnum):
    NOT_FAILED = "not_failed"
    FILES_UNFIT = "files_unfit"
    FILES_GONE = "files_gone"
    TOO_OFTEN = "too_often"
    DONE = "done"


class CannotRetry(Exception):
    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle)
        self.obstacle = obstacle


def retry(generation: Generation) -> Generation:
    """The new order, or the one that was made of the same wish before.

    Raises CannotRetry, and what lifecycle.queue raises; then nothing has changed.
    """
    with transaction.atomic():
        # Neither deleted nor delivered late while its files are ordered with.
        locked = Generation.objects.select_for_update(of=("self",)).get(pk=generation.pk)
        if earlier := find_retry(locked):
            return earlier
        if obstacle := find_obstacle(locked):
            raise CannotRetry(obstacle)
        return lifecycle.queue(locked.user, _same_order(locked))


def find_retry(generation: Generation) -> Generation | None:
    return generation.retries.filter(deleted_at=None).first()


def find_obstacle(generation: Generation) -> Obstacle | None:
    if generation.status != Status.FAILED or generation.deleted_at:
        return Obstacle.NOT_FAILED
    if generation.retries.exists():
        return Obstacle.DONE
    if generation.reason in _FOR_ITS_FILES:
        return Obstacle.FILES_UNFIT
    if not keeps_files(generation):
        return Obstacle.FILES_GONE
    if generation.retry_number >= MOST_RETRIES:
        return Obstacle.TOO_OFTEN
    return None


def keeps_files(generation: Generation) -> bool:
    return all(upload.file for upload in (generation.photo, generation.clip) if upload)


def price_of(generation: Generation) -> int:
    """As of today, in credits."""
    if generation.product == Generation.Product.FOOTBALL:
        return FOOTBALL_CREDITS
    return AVATAR_CREDITS[generation.duration_seconds]


def _same_order(generation: Generation) -> Order:
    files = [upload for upload in (generation.photo, generation.clip) if upload]
    return Order(
        nonce=uuid.uuid5(_NONCES, str(generation.pk)),
        product=Generation.Product(generation.product),
        photo_id=generation.photo_id,
        clip_id=generation.clip_id,
        credits=price_of(generation),
        duration_seconds=generation.duration_seconds,
        ratio=generation.ratio,
        team_left=generation.team_left,
        team_right=generation.team_right,
        voice_id=generation.voice_id,
        is_prepared=all(upload.is_prepared for upload in files),
        retry_of=generation,
        visibility=Generation.Visibility(generation.visibility),
        consents=consents.given_for(generation),
    )
