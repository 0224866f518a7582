"""The master LUMIQ keys: which one to use, and what they can still pay. Nobody else reads a key.

Keys of one account at LUMIQ share its credits; each has a budget of requests and a breaker
(generations.breakers) of its own. The sandbox's key for test orders is a row beside them and none
of them: it takes no paid video, and what it could pay counts nowhere.
"""

import logging

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from generations.errors import UnusableKey
from generations.lumiq import contract
from generations.lumiq.client import LumiqClient
from generations.models import Generation, LumiqAccount, LumiqKey, SubmitAttempt
from generations.models.lumiq_key import fingerprint_of
from generations.pace import nth
from generations.states import UNBILLED, Phase

logger = logging.getLogger(__name__)

# The sandbox answers at once; one that hangs must not keep a worker from paid videos.
TEST_PATIENCE_SECONDS = 10
SCENARIO_HEADER = "X-Sandbox-Scenario"

CHEAPEST_CREDITS = min(contract.FOOTBALL_CREDITS, *contract.AVATAR_CREDITS.values())


def ensure_configured_key() -> LumiqKey:
    """The row of the key in the settings (the sandbox's own where none is set), made if missing.

    The key that was in the settings before takes no new videos; what it began stays with it.
    """
    row = _ensure(
        settings.LUMIQ_API_KEY or settings.SANDBOX_API_KEY,
        name="Sandbox" if settings.LUMIQ_USES_SANDBOX else "From the settings",
        is_from_settings=True,
    )
    replaced = LumiqKey.objects.filter(is_from_settings=True, is_active=True).exclude(pk=row.pk)
    if not settings.LUMIQ_USES_SANDBOX:
        # A database that has seen the sandbox: its pretended credits must not count any more.
        replaced |= _sandbox_keys().filter(is_active=True)
    replaced.update(is_active=False)
    return row


def ensure_test_key() -> LumiqKey | None:
    """The row of the key for test orders, made if missing. None where no sandbox is set up for
    them, or where its key is a master key as well, which a test order must never meet."""
    if not settings.PORTAL_TEST_LUMIQ_BASE_URL or not settings.PORTAL_TEST_LUMIQ_API_KEY:
        return None
    row = _ensure(settings.PORTAL_TEST_LUMIQ_API_KEY, name="For test orders", is_test=True)
    if not row.is_test:
        logger.error("PORTAL_TEST_LUMIQ_API_KEY is the master key %s: no test orders", row)
        return None
    return row


def client_for(key: LumiqKey, *, scenario: str = "") -> LumiqClient:
    """The sandbox's client where it is the key for test orders, which may wish for what goes wrong
    with a send. Raises UnusableKey."""
    try:
        if key.is_test:
            return LumiqClient(
                base_url=settings.PORTAL_TEST_LUMIQ_BASE_URL,
                api_key=key.read_key(),
                send_timeout=TEST_PATIENCE_SECONDS,
                read_timeout=TEST_PATIENCE_SECONDS,
                submit_headers={SCENARIO_HEADER: scenario} if scenario else {},
            )
        return LumiqClient(
            base_url=settings.LUMIQ_BASE_URL,
            api_key=key.read_key(),
            download_hosts=settings.LUMIQ_DOWNLOAD_HOSTS,
            read_timeout=settings.LUMIQ_PATIENCE_SECONDS,
        )
    except (InvalidToken, ValueError) as error:
        raise UnusableKey(f"{key} cannot be used") from error


def key_of_task(attempt: SubmitAttempt) -> LumiqKey:
    """The key to ask about a task with: the one that made it. Where LUMIQ_KEYS_SHARE_TASKS says
    that keys of one account know each other's tasks, another one while LUMIQ refuses that."""
    own = attempt.lumiq_key
    if own.breaker != LumiqKey.Breaker.REFUSED or not settings.LUMIQ_KEYS_SHARE_TASKS:
        return own
    others = LumiqKey.objects.filter(account=own.account_id).exclude(
        breaker=LumiqKey.Breaker.REFUSED
    )
    return others.exclude(account=None).order_by("-is_active", "pk").first() or own


def takers() -> list[LumiqKey]:
    """The keys that may take a video now, those of the richest account first.

    One whose breaker opened over unclear answers gets a single send for a trial (`try_out`).
    """
    now = timezone.now()
    trial = Q(breaker=LumiqKey.Breaker.UNCLEAR, probe_at__lte=now)
    rested = Q(rests_until=None) | Q(rests_until__lte=now)
    return list(
        LumiqKey.objects.masters()
        .filter(Q(breaker="") | trial, rested, is_active=True)
        .exclude(account=None)
        .select_related("account")
        .order_by("-account__balance_credits", "pk")
    )


def try_out(key: LumiqKey) -> bool:
    """Whether this worker may send with the key: of several, one gets an open breaker's trial."""
    if not key.breaker:
        return True
    again = timezone.now() + nth(settings.LUMIQ_PACE.probe_delays, key.probes)
    rows = LumiqKey.objects.filter(pk=key.pk, breaker=key.breaker, probe_at=key.probe_at)
    return rows.update(probe_at=again, probes=F("probes") + 1) == 1


def payable(account: LumiqAccount) -> int:
    """The account's credits as last seen, less what is on its way and may be charged."""
    on_its_way = SubmitAttempt.objects.filter(
        Q(phase__in=(Phase.STREAMING, Phase.COMMITTED)) | Q(phase=Phase.UNCLEAR, settled_at=None),
        lumiq_key__account=account,
    )
    return account.balance_credits - (on_its_way.aggregate(n=Sum("generation__credits"))["n"] or 0)


def record_remaining(key: LumiqKey, credits_remaining: int) -> None:
    """What an answer to a send says is left. Answers overtake each other: the lowest counts, until
    GET /account says more."""
    LumiqAccount.objects.filter(keys=key, balance_credits__gt=credits_remaining).update(
        balance_credits=credits_remaining
    )


def master_capacity() -> int | None:
    """Credits that the master keys can still take on: last seen balances less what is ordered and
    not billed yet. None where no balance has been seen.

    Inside a transaction it locks the accounts' rows, so that two orders cannot both count on the
    same credits. What is left of an account beyond whole videos counts for nothing.
    """
    accounts = LumiqAccount.objects.select_for_update(no_key=True).filter(
        pk__in=LumiqKey.objects.masters().filter(is_active=True).values("account")
    )
    balances = [account.balance_credits for account in accounts.order_by("pk")]
    if not balances:
        return None
    unbilled = Generation.objects.filter(status__in=UNBILLED).aggregate(n=Sum("credits"))["n"] or 0
    whole = balances if len(balances) == 1 else [n - n % CHEAPEST_CREDITS for n in balances]
    return sum(whole) - unbilled


def bought_credits() -> int:
    """All credits ever bought, since the portal knows the accounts."""
    known = LumiqKey.objects.masters()
    if not settings.LUMIQ_USES_SANDBOX:
        known = known.exclude(pk__in=_sandbox_keys())
    accounts = LumiqAccount.objects.filter(pk__in=known.values("account"))
    return accounts.aggregate(n=Sum("bought_credits"))["n"] or 0


def _ensure(plain: str, *, name: str, **fields: bool) -> LumiqKey:
    fresh = LumiqKey()
    fresh.set_key(plain)
    row, _ = LumiqKey.objects.get_or_create(
        fingerprint=fresh.fingerprint,
        defaults={"name": name, "encrypted_key": fresh.encrypted_key, **fields},
    )
    if not _is_readable(row):  # SECRET_KEY has changed since
        LumiqKey.objects.filter(pk=row.pk).update(encrypted_key=fresh.encrypted_key)
        row.encrypted_key = fresh.encrypted_key
    return row


def _is_readable(key: LumiqKey) -> bool:
    try:
        key.read_key()
    except InvalidToken:
        return False
    return True


def _sandbox_keys() -> QuerySet[LumiqKey]:
    return LumiqKey.objects.filter(fingerprint=fingerprint_of(settings.SANDBOX_API_KEY))
