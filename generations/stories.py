"""Vertical versions of videos: asked for by the owner, made by a worker, kept beside the video.

The row is the truth and its job a hint: who makes one claims the row first, and beat wakes another
worker where that one died.
"""

import hashlib
import logging
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import F
from django.utils import timezone

from generations import kicks, storing, story_film
from generations.errors import UnusableVideo
from generations.models import Generation, Story
from generations.storing import StorageAway, named_failures

logger = logging.getLogger(__name__)

MOST_TRIES = 3
# A video of this shape fills a telephone's screen by itself.
UPRIGHT = "9:16"
_CHUNK_BYTES = 1024 * 1024


def ask(generation: Generation) -> None:
    """Have it made, if it isn't made or being made already. One that was given up is tried anew."""
    now = timezone.now()
    story, is_new = Story.objects.get_or_create(
        generation=generation, defaults={"asked_at": now, "due_at": now}
    )
    given_up = Story.objects.filter(pk=story.pk, file="", due_at=None)
    if is_new or given_up.update(asked_at=now, due_at=now, tries=0):
        kicks.kick_story(generation.pk)


def find(generation: Generation) -> Story | None:
    return Story.objects.filter(generation=generation).first()


def due(most: int) -> Sequence[uuid.UUID]:
    """For beat: the videos whose story waits for a worker."""
    rows = Story.objects.unmade().filter(due_at__lte=timezone.now()).order_by("due_at")
    return list(rows.values_list("generation_id", flat=True)[:most])


def make(generation_id: uuid.UUID) -> None:
    """Harmless to repeat, also at once: one worker works on the row until its lease is over."""
    _give_up_tried(generation_id)
    token = _claim(generation_id)
    if token is None:
        return
    generation = Generation.objects.select_related("story").get(pk=generation_id)
    try:
        name, size = _film(generation)
    except (UnusableVideo, StorageAway) as error:
        _give_back(generation, token, error)
        return
    _keep(generation, token, name, size)


def withdraw(generation: Generation) -> None:
    """Within the transaction of a deletion: whoever is making it now makes it for nobody."""
    Story.objects.filter(generation=generation).update(due_at=None, lease_token=None)


def _give_up_tried(generation_id: uuid.UUID) -> None:
    """Whoever tried last has died over it, as those before."""
    tried = Story.objects.filter(generation_id=generation_id, tries__gte=MOST_TRIES)
    tried.filter(due_at__lte=timezone.now()).update(due_at=None, lease_token=None)


def _claim(generation_id: uuid.UUID) -> uuid.UUID | None:
    token, now = uuid.uuid4(), timezone.now()
    won = (
        Story.objects.unmade()
        .filter(generation_id=generation_id, due_at__lte=now)
        .update(lease_token=token, due_at=now + settings.LUMIQ_PACE.story_lease,
                tries=F("tries") + 1)
    )  # fmt: skip
    return token if won else None


def _film(generation: Generation) -> tuple[str, int]:
    """Its name in the storage, and its size. Raises UnusableVideo or StorageAway."""
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        source, target = Path(folder) / "video.mp4", Path(folder) / "story.mp4"
        _fetch(str(generation.video.name), source)
        story_film.make_vertical(
            source, target, left=generation.left_kit, right=generation.right_kit
        )
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        stem = f"t/{generation.tenant_id}/g/{generation.pk}/{digest[:8]}"
        return storing.store(f"{stem}-story.mp4", target), target.stat().st_size


def _fetch(name: str, target: Path) -> None:
    with named_failures(), default_storage.open(name, "rb") as stored, target.open("wb") as file:
        while chunk := stored.read(_CHUNK_BYTES):
            file.write(chunk)


def _keep(generation: Generation, token: uuid.UUID, name: str, size: int) -> None:
    mine = Story.objects.filter(generation=generation, lease_token=token)
    made = {"file": name, "size_bytes": size, "made_at": timezone.now()}
    if not mine.update(**made, due_at=None, lease_token=None):
        _remove_unless_kept(generation, name)


def _give_back(generation: Generation, token: uuid.UUID, error: Exception) -> None:
    """An unreadable video stays one, while the storage may be there in a minute."""
    is_over = isinstance(error, UnusableVideo) or generation.story.tries >= MOST_TRIES
    logger.warning("no story of %s%s: %s", generation.pk, "" if is_over else " yet", error)
    again = None if is_over else timezone.now() + settings.LUMIQ_PACE.story_again
    Story.objects.filter(generation=generation, lease_token=token).update(
        due_at=again, lease_token=None
    )


def _remove_unless_kept(generation: Generation, name: str) -> None:
    """The video was deleted meanwhile, or another worker was faster; with the same bytes, maybe."""
    if not Story.objects.filter(generation=generation, file=name).exists():
        with named_failures():
            default_storage.delete(name)
