"""The master LUMIQ keys: which one to use, and what they can still pay. Nobody else reads a key."""

from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from accounts import ledger
from generations.errors import UnusableKey
from generations.lumiq.client import LumiqClient
from generations.lumiq.contract import Account
from generations.models import Generation, LumiqKey
from generations.models.lumiq_key import fingerprint_of
from generations.states import UNBILLED

# A key that LUMIQ refused is left alone for this long, then tried again.
REFUSED_PAUSE = timedelta(minutes=1)


def ensure_configured_key() -> LumiqKey:
    """The row of the key in the settings (the sandbox's own where none is set), made if missing."""
    if not settings.LUMIQ_USES_SANDBOX:
        # A database that has seen the sandbox: its pretended credits must not count any more.
        _sandbox_keys().filter(is_active=True).update(is_active=False)
    plain = settings.LUMIQ_API_KEY or settings.SANDBOX_API_KEY
    fresh = LumiqKey(name="Sandbox" if settings.LUMIQ_USES_SANDBOX else "From the settings")
    fresh.set_key(plain)
    row, _ = LumiqKey.objects.get_or_create(
        fingerprint=fresh.fingerprint,
        defaults={"name": fresh.name, "encrypted_key": fresh.encrypted_key},
    )
    if not _is_readable(row):  # SECRET_KEY has changed since
        LumiqKey.objects.filter(pk=row.pk).update(encrypted_key=fresh.encrypted_key)
        row.encrypted_key = fresh.encrypted_key
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
    """Raises UnusableKey."""
    try:
        return LumiqClient(base_url=settings.LUMIQ_BASE_URL, api_key=key.read_key())
    except (InvalidToken, ValueError) as error:
        raise UnusableKey(f"{key} cannot be used") from error


def master_capacity() -> int | None:
    """Credits the master keys can still take on: last seen balances less what is ordered unbilled.

    None where no balance has been seen yet. Inside a transaction it locks the keys' rows, so that
    two orders cannot both count on the same credits. Keys of one account share its balance.
    """
    keys = LumiqKey.objects.select_for_update(no_key=True).filter(is_active=True)
    seen: dict[str, tuple[datetime, int]] = {}
    for key in keys.order_by("pk"):
        if key.balance_credits is not None and key.seen_at is not None:
            newest = (key.seen_at, key.balance_credits)
            seen[key.account] = max(seen.get(key.account, newest), newest)
    if not seen:
        return None
    unbilled = Generation.objects.filter(status__in=UNBILLED).aggregate(n=Sum("credits"))["n"] or 0
    return sum(balance for _, balance in seen.values()) - unbilled


def record_remaining(key: LumiqKey, credits_remaining: int) -> None:
    """What an answer to a submit says is left. Answers overtake each other: the lowest counts,
    until GET /account says more."""
    LumiqKey.objects.filter(pk=key.pk).update(seen_at=timezone.now(), refused_at=None)
    LumiqKey.objects.filter(pk=key.pk).filter(
        Q(balance_credits=None) | Q(balance_credits__gt=credits_remaining)
    ).update(balance_credits=credits_remaining)


def record_refusal(key: LumiqKey) -> None:
    LumiqKey.objects.filter(pk=key.pk).update(refused_at=timezone.now())


def record_dry(key: LumiqKey) -> None:
    """LUMIQ says the key cannot pay: nothing is left until GET /account says otherwise."""
    now = timezone.now()
    LumiqKey.objects.filter(pk=key.pk).update(
        refused_at=now, balance_credits=0, seen_at=now, account_seen_at=None
    )


@transaction.atomic
def record_account(key: LumiqKey, account: Account) -> None:
    """Take over what GET /account said, and bring the ledger's supply in line with it.

    Balance plus spending does not move when LUMIQ bills a video, so the supply is right whatever is
    in flight. What was spent before the portal knew the account does not count.
    """
    spent_before = (
        LumiqKey.objects.filter(account_email=account.email)
        .exclude(account_email="")
        .exclude(spent_before_credits=None)
        .values_list("spent_before_credits", flat=True)
        .first()
    )
    LumiqKey.objects.filter(pk=key.pk, spent_before_credits=None).update(
        spent_before_credits=account.total_credits_spent if spent_before is None else spent_before
    )
    before = LumiqKey.objects.values_list("spent_before_credits", flat=True).get(pk=key.pk)
    assert before is not None
    now = timezone.now()
    LumiqKey.objects.filter(pk=key.pk).update(
        account_email=account.email,
        bought_credits=account.credits_balance + account.total_credits_spent - before,
        balance_credits=account.credits_balance,
        seen_at=now,
        account_seen_at=now,
        refused_at=None,
    )
    ledger.record_supply(
        _bought(), reference=f"supply:{key.fingerprint}:{now.isoformat()}", note=key.name
    )


def _is_readable(key: LumiqKey) -> bool:
    try:
        key.read_key()
    except InvalidToken:
        return False
    return True


def _bought() -> int:
    """All credits ever bought, each account of LUMIQ counted once, by whichever key saw it last."""
    rows = LumiqKey.objects.exclude(bought_credits=None).order_by("account_seen_at", "pk")
    if not settings.LUMIQ_USES_SANDBOX:
        rows = rows.exclude(pk__in=_sandbox_keys())
    return sum({key.account: key.bought_credits or 0 for key in rows}.values())


def _sandbox_keys() -> QuerySet[LumiqKey]:
    return LumiqKey.objects.filter(fingerprint=fingerprint_of(settings.SANDBOX_API_KEY))
