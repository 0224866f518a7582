"""The answers on the way to an order: kept for a day after the last one, then gone with the files.

Nothing is charged for a draft. It ends as an order (`place`), by its owner or by time.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from generations import lifecycle, uploads
from generations.crops import Box, centred, fitted
from generations.errors import DraftChanged
from generations.lifecycle import Order
from generations.lumiq.contract import FOOTBALL_RATIO, FOOTBALL_SECONDS
from generations.models import Draft, Generation, Upload
from generations.models.draft import LIFETIME

AT_ONCE = 50

Product = Generation.Product
Visibility = Generation.Visibility


def find(user: User, product: str) -> Draft | None:
    fresh = Draft.objects.filter(user=user, product=product, changed_at__gt=_oldest())
    return fresh.select_related("source", "photo", "clip").first()


def find_newest(user: User) -> Draft | None:
    """The one that the user worked on last."""
    return Draft.objects.filter(user=user, changed_at__gt=_oldest()).order_by("-changed_at").first()


def begin(user: User, product: str) -> Draft:
    """The one there is, or a new one."""
    if draft := find(user, product):
        return draft
    for stale in Draft.objects.filter(user=user, product=product, changed_at__lte=_oldest()):
        _remove_unchanged(stale)
    return Draft.objects.get_or_create(user=user, product=product, tenant=user.tenant)[0]


def change(draft: Draft, **fields: Any) -> None:
    """Write answers. What was ordered or thrown away meanwhile raises DraftChanged."""
    fields |= {"order_nonce": uuid.uuid4(), "changed_at": timezone.now()}
    if not Draft.objects.filter(pk=draft.pk).update(**fields):
        raise DraftChanged
    for field, value in fields.items():
        setattr(draft, field, value)


def put_photo(draft: Draft, source: Upload) -> None:
    """Another photo: shown from its middle, and agreed to anew."""
    photo, box = _crop(source, centred(source.width, source.height))
    before = (draft.source, draft.photo)
    change(draft, source=source, photo=photo, consents=[], **box)
    _discard(before, kept=draft)


def reuse_photo(draft: Draft, photo: Upload) -> None:
    """The photo of an earlier video, as it was sent then."""
    box = {"crop_left": 0, "crop_top": 0, "crop_width": photo.width}
    before = (draft.source, draft.photo)
    change(draft, source=photo, photo=photo, consents=[], **box)
    _discard(before, kept=draft)


def move_crop(draft: Draft, *, left: int, top: int, width: int) -> None:
    """The part that is sent, or the nearest possible one. Raises UnusableUpload."""
    source, before = draft.source, draft.photo
    assert source is not None, "there is no crop without a photo"
    if (left, top, width) == (draft.crop_left, draft.crop_top, draft.crop_width):
        return
    photo, box = _crop(
        source, fitted(source.width, source.height, left=left, top=top, box_width=width)
    )
    change(draft, photo=photo, **box)
    _discard((before,), kept=draft)


def put_clip(draft: Draft, clip: Upload, **fields: Any) -> None:
    """Another clip has another person in it, perhaps: agreed to anew."""
    before = draft.clip
    change(draft, clip=clip, consents=[], **fields)
    _discard((before,), kept=draft)


def place(user: User, product: str, nonce: uuid.UUID) -> Generation:
    """Order what the page with this nonce has shown: the order is there and the draft is gone, at
    once. Raises DraftChanged where that is not what the draft says now, else as lifecycle.queue."""
    with transaction.atomic():
        draft = Draft.objects.select_for_update().filter(user=user, product=product).first()
        if draft is None or draft.order_nonce != nonce or draft.open_step != "review":
            raise DraftChanged
        generation = lifecycle.queue(user, _build_order(draft))
        draft.delete()
    _discard((draft.source, draft.photo, draft.clip))
    return generation


def remove(draft: Draft) -> None:
    Draft.objects.filter(pk=draft.pk).delete()
    _discard((draft.source, draft.photo, draft.clip))


def remove_stale() -> int:
    """For beat. Returns how many are gone."""
    stale = Draft.objects.filter(changed_at__lte=_oldest())
    rows = list(stale.select_related("source", "photo", "clip")[:AT_ONCE])
    return sum(_remove_unchanged(draft) for draft in rows)


def _remove_unchanged(draft: Draft) -> bool:
    """False where its owner answered since it was read: the answer and its files stay."""
    as_read = Draft.objects.filter(pk=draft.pk, changed_at=draft.changed_at)
    if not as_read.delete()[0]:
        return False
    _discard((draft.source, draft.photo, draft.clip))
    return True


def _build_order(draft: Draft) -> Order:
    is_football = draft.product == Product.FOOTBALL
    assert draft.photo_id is not None, "its step is done"
    return Order(
        nonce=draft.order_nonce,
        product=Product(draft.product),
        photo_id=draft.photo_id,
        clip_id=None if is_football else draft.clip_id,
        credits=draft.price,
        duration_seconds=FOOTBALL_SECONDS if is_football else draft.duration_seconds,
        ratio=FOOTBALL_RATIO if is_football else draft.ratio,
        team_left=draft.team_left,
        team_right=draft.team_right,
        voice_id=draft.voice_id,
        visibility=Visibility.PUBLIC if draft.is_for_gallery else Visibility.LINK,
        consents=tuple(draft.consents),
    )


def _crop(source: Upload, box: Box) -> tuple[Upload, dict[str, int]]:
    photo = uploads.crop_photo(source, box)
    return photo, {"crop_left": box.left, "crop_top": box.top, "crop_width": box.width}


def _discard(files: tuple[Upload | None, ...], *, kept: Draft | None = None) -> None:
    """Those that nothing uses any more."""
    used = (kept.source, kept.photo, kept.clip) if kept else ()
    for upload in {file for file in files if file and file not in used}:
        uploads.discard(upload)


def _oldest() -> datetime:
    return timezone.now() - LIFETIME
