"""What is done with keys of the API: issue, edit, rotate, revoke; and what a key may still spend.

The text of a key is returned by `issue` and `rotate`, to be shown once; it is written nowhere.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import KeyCapReached, KeyIssuedAlready, KeyNotLive, TooManyKeys
from accounts.models import ApiKey, User

MOST_LIVE_KEYS = 20
ROTATION_OVERLAP = timedelta(hours=24)


@transaction.atomic
def issue(
    user: User,
    *,
    name: str,
    is_test: bool = False,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    allowed_networks: Sequence[str] = (),
    credit_cap: int | None = None,
    form_nonce: uuid.UUID | None = None,
) -> tuple[ApiKey, str]:
    """The new row, and the key. Without `scopes` it may do everything.

    Raises TooManyKeys; KeyIssuedAlready where `form_nonce` made a key before.
    """
    _check_room(user)
    try:
        with transaction.atomic():
            return ApiKey.issue(
                user=user,
                name=name,
                is_test=is_test,
                scopes=scopes,
                expires_at=expires_at,
                allowed_networks=allowed_networks,
                credit_cap=credit_cap,
                form_nonce=form_nonce,
            )
    except IntegrityError as error:
        raise KeyIssuedAlready from error


def edit(
    key: ApiKey,
    *,
    name: str,
    scopes: Sequence[str],
    allowed_networks: Sequence[str],
    credit_cap: int | None,
) -> None:
    """Holds from the key's next request on. Raises KeyNotLive."""
    changed = ApiKey.objects.live().filter(pk=key.pk)
    if not changed.update(
        name=name,
        scopes=list(scopes),
        allowed_networks=list(allowed_networks),
        credit_cap=credit_cap,
    ):
        raise KeyNotLive


@transaction.atomic
def rotate(key: ApiKey, *, overlap: timedelta = ROTATION_OVERLAP) -> tuple[ApiKey, str]:
    """A new key in this one's place, with its properties; this one ends after the overlap.

    What the cap allows is not allowed anew: the keys share it. Raises KeyNotLive, also for a key
    that was replaced before, and TooManyKeys.
    """
    _check_room(key.user)
    now = timezone.now()
    replaced = ApiKey.objects.live().filter(pk=key.pk, replaced_at=None)
    if replaced.update(replaced_at=now) != 1:
        raise KeyNotLive
    key.refresh_from_db()
    new = ApiKey.issue(
        user=key.user,
        name=key.name,
        is_test=key.is_test,
        scopes=key.scopes,
        expires_at=key.expires_at,
        allowed_networks=key.allowed_networks,
        credit_cap=key.credit_cap,
        origin=key.origin or key,
    )
    key.expires_at = min(now + overlap, key.expires_at or now + overlap)
    key.save(update_fields=["expires_at"])
    return new


def revoke(key: ApiKey) -> None:
    """At once and for good; a repetition does nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


def check_cap(key: ApiKey, needed: int) -> None:
    """Raises KeyCapReached where the key's orders now come to more than its cap.

    Called in the transaction of an order, after its hold for `needed` credits: the hold has locked
    the wallet (also where the pool pays), so orders with one user's keys are counted one after the
    other.
    """
    row = ApiKey.objects.filter(pk=key.pk)
    cap = row.values_list("credit_cap", flat=True).get()
    if cap is None:
        return  # most keys have none, and to add up what a busy one ordered takes its time
    used = row.with_used_credits().get().used_credits
    if used > cap:
        raise KeyCapReached(needed=needed, used=used - needed, cap=cap)


def _check_room(user: User) -> None:
    """Locks the user's row, so that parallel requests are counted one after the other."""
    User.objects.select_for_update().get(pk=user.pk)
    if ApiKey.objects.live().for_user(user).count() >= MOST_LIVE_KEYS:
        raise TooManyKeys
