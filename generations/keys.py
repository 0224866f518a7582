"""The master LUMIQ keys: which one to use, and what they can still pay. Nobody else reads a key."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts import ledger
from generations.lumiq.client import LumiqClient
from generations.lumiq.contract import Account
from generations.models import Generation, LumiqKey
from generations.models.lumiq_key import fingerprint_of
from generations.states import UNBILLED

# A key that LUMIQ refused is left alone for this long, then tried again.
REFUSED_PAUSE = timedelta(minutes=1)


def ensure_configured_key() -> LumiqKey:
    """The row of the key in the settings (the sandbox's own where none is set), made if missing."""
    plain = settings.LUMIQ_API_KEY or settings.SANDBOX_API_KEY
    row = LumiqKey.objects.filter(fingerprint=fingerprint_of(plain)).first()
    if row is None:
        fresh = LumiqKey(name="Sandbox" if settings.LUMIQ_USES_SANDBOX else "From the settings")
        fresh.set_key(plain)
        row, _ = LumiqKey.objects.get_or_create(
            fingerprint=fresh.fingerprint,
            defaults={"name": fresh.name, "encrypted_key": fresh.encrypted_key},
        )
    return row


def choose_key() -> LumiqKey | None:
    """The key for the next video: of the usable ones, the one with most credits."""
    return (
        LumiqKey.objects.filter(is_active=True)
        .exclude(refused_at__gt=timezone.now() - REFUSED_PAUSE)
        .order_by(F("balance_credits").desc(nulls_last=True), "pk")
        .first()
    )


def client_for(key: LumiqKey) -> LumiqClient:
    return LumiqClient(base_url=settings.LUMIQ_BASE_URL, api_key=key.read_key())


def master_capacity() -> int | None:
    """Credits the master keys can still take on: last seen balances less what is ordered unbilled.

    None where no balance has been seen yet. Inside a transaction it locks the keys' rows, so that
    two orders cannot both count on the same credits.
    """
    keys = list(LumiqKey.objects.select_for_update(no_key=True).filter(is_active=True))
    seen = [key.balance_credits for key in keys if key.balance_credits is not None]
    if not seen:
        return None
    unbilled = Generation.objects.filter(status__in=UNBILLED).aggregate(n=Sum("credits"))["n"] or 0
    return sum(seen) - unbilled


def record_remaining(key: LumiqKey, credits_remaining: int) -> None:
    LumiqKey.objects.filter(pk=key.pk).update(
        balance_credits=credits_remaining, seen_at=timezone.now(), refused_at=None
    )


def record_refusal(key: LumiqKey) -> None:
    LumiqKey.objects.filter(pk=key.pk).update(refused_at=timezone.now())


@transaction.atomic
def record_account(key: LumiqKey, account: Account) -> None:
    """Take over what GET /account said, and bring the ledger's supply in line with it.

    Balance plus spending does not move when LUMIQ bills a video, so the supply is right whatever is
    in flight. What was spent before the portal knew the key does not count.
    """
    LumiqKey.objects.filter(pk=key.pk, spent_before_credits=None).update(
        spent_before_credits=account.total_credits_spent
    )
    now = timezone.now()
    LumiqKey.objects.filter(pk=key.pk).update(
        balance_credits=account.credits_balance,
        spent_credits=account.total_credits_spent,
        seen_at=now,
        refused_at=None,
    )
    total = LumiqKey.objects.exclude(spent_credits=None).aggregate(
        n=Sum(F("balance_credits") + F("spent_credits") - F("spent_before_credits"))
    )["n"]
    ledger.record_supply(
        total or 0, reference=f"supply:{key.fingerprint}:{now.isoformat()}", note=key.name
    )
