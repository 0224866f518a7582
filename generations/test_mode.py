"""Test orders: made by a sandbox for no credits, known to test keys only, gone after a week.

How they are sent: generations.dispatch; what goes wrong on request: generations.api.test_mode.
"""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from generations import uploads
from generations.models import Generation

KEPT_FOR = timedelta(days=7)
# Of one user at a time. A key of its own would be too easily had, and may be deleted meanwhile.
MOST_ON_THEIR_WAY = 5
# What hangs because it was wished for gives its place back.
HANGS_AFTER = timedelta(minutes=10)
AT_ONCE = 50


def has_room(user: User) -> bool:
    """Whether the user may order one more. Two at the same moment may both be told so."""
    recent = Generation.objects.for_user(user, is_test=True).filter(
        created_at__gt=timezone.now() - HANGS_AFTER
    )
    return recent.active().count() < MOST_ON_THEIR_WAY


def discard_old() -> int:
    """For beat. Nothing of them is in the books, so the rows go as well; returns how many."""
    now = timezone.now()
    old = Generation.objects.filter(is_test=True, created_at__lt=now - KEPT_FOR)
    old = old.filter(Q(lease_until=None) | Q(lease_until__lt=now))
    rows = list(old.select_related("photo", "clip")[:AT_ONCE])
    for generation in rows:
        _discard(generation)
    return len(rows)


def _discard(generation: Generation) -> None:
    """Files first: where the storage is away, the row stays and is tried again."""
    for file in (generation.video, generation.poster):
        if file:
            default_storage.delete(str(file.name))
    sources = [generation.photo, *([generation.clip] if generation.clip else [])]
    generation.delete()
    for upload in sources:
        uploads.discard(upload)
