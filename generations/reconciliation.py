"""Lays LUMIQ's figures beside ours: which unanswered sends were charged, what nothing explains.

LUMIQ has no idempotency key, but it counts what it charges. Spending that no answered send explains
was charged for the unanswered ones; where there is none, they were not charged and may be sent
again. What can be tied to no order in the end is booked to suspense. docs/lumiq.md has the method.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import ledger
from generations import alerts, books, breakers, budget, keys, submissions
from generations.books import Reading
from generations.budget import Lane
from generations.errors import StaleTransition
from generations.evidence import Figures, Verdict, judge
from generations.lumiq import contract
from generations.models import AccountReading, AlertKind, LumiqAccount, LumiqKey, SubmitAttempt
from generations.states import Phase, Status

logger = logging.getLogger(__name__)

# The smallest purchase that LUMIQ sells. As long as fewer credits are in question, a purchase that
# the portal has not seen yet cannot make up for them.
SMALLEST_PURCHASE_CREDITS = 600
HISTORY_EVERY = timedelta(hours=1)


def read_account(key: LumiqKey) -> LumiqAccount:
    """Ask LUMIQ about the key's account and draw the consequences.

    Raises LumiqError, BudgetSpent or UnusableKey.
    """
    LumiqKey.objects.filter(pk=key.pk).update(asked_account_at=timezone.now())
    client = keys.client_for(key)
    with budget.request(key, Lane.ACCOUNT):
        began_at = timezone.now()
        told = client.fetch_account()
    return record_account(key, told, began_at=began_at)


def record_account(key: LumiqKey, told: contract.Account, *, began_at: datetime) -> LumiqAccount:
    """Take over an answer of GET /account that was asked for at `began_at`."""
    assert not key.is_test, "simulated credits must not count"
    account = _update_account(key, told, began_at)
    breakers.record_probe(key, told.credits_balance)
    alerts.check_balance(account.name, told.credits_balance)
    review(account)
    return account


def review(account: LumiqAccount) -> None:
    """Judge by the last answer of GET /account. Worth repeating: a send that was on its way at that
    moment may have its answer now, and tell by it whether it was charged before or after."""
    reading = _last_reading(account)
    if account.settled_at is None:
        _begin_books(account, reading)
    figures = books.collect(account, reading)
    verdict = judge(figures)
    _remember(account, reading, figures, verdict)
    _tell(account, figures, verdict)
    if verdict == Verdict.NONE_CHARGED:
        _send_again(account, reading)
    _settle(account, reading)


def look_at_answer(attempt: SubmitAttempt) -> None:
    """The answer to a send tells the balance: a look at the account that costs no request.

    It can prove that unclear sends were not charged; all else is left to GET /account.
    """
    account = LumiqAccount.objects.filter(keys=attempt.lumiq_key_id).first()
    if account is None or not books.unclear_sends(account).exists():
        return
    attempt.refresh_from_db()
    if attempt.credits_remaining is None or not (attempt.committed_at and attempt.answered_at):
        return
    reading = Reading(
        balance=attempt.credits_remaining,
        spent=account.bought_credits - attempt.credits_remaining,
        began_at=attempt.committed_at,
        ended_at=attempt.answered_at,
    )
    figures = books.collect(account, reading)
    in_question = sum(figures.unclear) + sum(figures.fresh)
    if in_question < SMALLEST_PURCHASE_CREDITS and judge(figures) == Verdict.NONE_CHARGED:
        _send_again(account, reading)


def accounts_in_question() -> QuerySet[LumiqAccount]:
    """Those with sends whose charge is not known."""
    return LumiqAccount.objects.filter(
        pk__in=SubmitAttempt.objects.filter(phase=Phase.UNCLEAR, settled_at=None).values(
            "lumiq_key__account"
        )
    )


def accounts_to_read() -> Iterable[LumiqKey]:
    """A usable key of each account whose figures are old, sooner where a send is unclear."""
    now = timezone.now()
    pace = settings.LUMIQ_PACE
    for account in LumiqAccount.objects.all():
        is_unclear = books.unclear_sends(account).exists()
        every = pace.account_while_unclear if is_unclear else pace.account_every
        usable = account.keys.exclude(breaker=LumiqKey.Breaker.REFUSED).exclude(
            asked_account_at__gt=now - pace.account_again
        )
        key = usable.order_by("-is_active", "pk").first()
        if key is not None and account.seen_at < now - every and _matters(account):
            yield key


def _update_account(key: LumiqKey, told: contract.Account, began_at: datetime) -> LumiqAccount:
    """The account's row with LUMIQ's figures, and the ledger's supply in line with them.

    Balance plus spending does not move when LUMIQ charges a video, so the supply is right whatever
    is in flight. What was spent before the portal knew the account does not count.
    """
    name = told.email or f"key {key.fingerprint}"
    now = timezone.now()
    figures = {
        "balance_credits": told.credits_balance,
        "bought_credits": told.credits_balance,
        "spent_credits": 0,
        "spent_before_credits": told.total_credits_spent,
        "read_at": began_at,
        "seen_at": now,
    }
    with transaction.atomic():
        if not LumiqAccount.objects.filter(name=name).exists():
            # The same account under a new address.
            LumiqAccount.objects.filter(keys=key).update(name=name)
        LumiqAccount.objects.get_or_create(name=name, defaults=figures)
        account = LumiqAccount.objects.select_for_update(no_key=True).get(name=name)
        account.balance_credits = told.credits_balance
        account.spent_credits = told.total_credits_spent - account.spent_before_credits
        account.bought_credits = account.balance_credits + account.spent_credits
        account.read_at, account.seen_at = began_at, now
        account.save(update_fields=[name for name in figures if name != "spent_before_credits"])
        LumiqKey.objects.filter(pk=key.pk).update(account=account)
        ledger.record_supply(
            keys.bought_credits(), reference=f"supply:{account.pk}:{now.isoformat()}", note=name
        )
    key.account = account
    return account


def _last_reading(account: LumiqAccount) -> Reading:
    return Reading(
        # Not `balance_credits`, which the answers to later sends have lowered.
        balance=account.bought_credits - account.spent_credits,
        spent=account.spent_credits,
        began_at=account.read_at,
        ended_at=account.seen_at,
    )


def _begin_books(account: LumiqAccount, reading: Reading) -> None:
    """The first look: what was spent on sends that nobody remembers is not in question."""
    account.booked_credits += books.collect(account, reading).left_over
    account.settled_at = reading.began_at
    LumiqAccount.objects.filter(pk=account.pk, settled_at=None).update(
        booked_credits=account.booked_credits, settled_at=account.settled_at
    )


def _send_again(account: LumiqAccount, reading: Reading) -> None:
    for attempt in books.old_unclear(account, reading).select_related("generation"):
        try:
            submissions.mark_not_charged(attempt)
            logger.info("%s was not charged, by LUMIQ's own figures", attempt)
        except StaleTransition:
            continue  # its callback, or its deadline, was faster


def _settle(account: LumiqAccount, reading: Reading) -> None:
    """Close the books where no send is in question any more: what is left over is the platform's
    loss. What LUMIQ gave back is taken off, as far as there were losses: figures that say less than
    what LUMIQ answered to have charged are not believed."""
    with transaction.atomic():
        account = LumiqAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        figures = books.collect(account, reading)
        given_up = books.old_unclear(account, reading).exclude(
            generation__status__in=(Status.SUBMITTING, Status.UNCONFIRMED)
        )
        if figures.fresh or given_up.count() != len(figures.unclear):
            return
        lowest = min(account.booked_credits, -books.total(books.failed_sends(account)))
        loss = max(figures.left_over, lowest - account.booked_credits)
        now = timezone.now()
        if loss:
            ledger.book_loss(
                loss,
                reference=f"unexplained:{account.pk}:{now.isoformat()}",
                note=f"spent by {account.name} on no known order",
            )
        account.booked_credits += loss
        account.missing_credits = max(0, loss - figures.left_over)
        account.settled_at = reading.began_at
        account.refunds_failed = _learn_refunds(account, reading)
        account.save(
            update_fields=["booked_credits", "missing_credits", "settled_at", "refunds_failed"]
        )
        given_up.update(settled_at=now)


def _learn_refunds(account: LumiqAccount, reading: Reading) -> bool | None:
    """Whether LUMIQ gave failed videos back. The books tell while nothing else is in them."""
    long_before = reading.began_at - settings.LUMIQ_PACE.settling
    failed = books.total(
        books.failed_sends(account).filter(generation__finished_at__lt=long_before)
    )
    if not failed or books.attempts_of(account).filter(phase=Phase.UNCLEAR).exists():
        return account.refunds_failed
    told_by = {0: False, -failed: True}
    return told_by.get(account.booked_credits, account.refunds_failed)


def _remember(account: LumiqAccount, reading: Reading, figures: Figures, verdict: Verdict) -> None:
    """Keeps one entry for each change and each hour."""
    in_flight = books.attempts_of(account).filter(
        phase=Phase.ACCEPTED, generation__status__in=(Status.PROCESSING, Status.RETRIEVING)
    )
    entry = AccountReading(
        account=account,
        read_at=reading.began_at,
        balance_credits=reading.balance,
        spent_credits=reading.spent,
        explained_credits=figures.explained,
        in_flight_credits=books.total(in_flight),
        unclear_credits=sum(figures.unclear) + sum(figures.fresh),
        booked_credits=figures.booked,
        drift_credits=figures.left_over,
        verdict=verdict.value,
    )
    last = account.readings.first()
    if last is None or _differs(last, entry) or last.read_at < reading.began_at - HISTORY_EVERY:
        entry.save()


def _differs(last: AccountReading, entry: AccountReading) -> bool:
    names = ("balance", "spent", "explained", "in_flight", "unclear", "booked", "drift")
    return last.verdict != entry.verdict or any(
        getattr(last, f"{name}_credits") != getattr(entry, f"{name}_credits") for name in names
    )


def _tell(account: LumiqAccount, figures: Figures, verdict: Verdict) -> None:
    if verdict != Verdict.DRIFT:
        alerts.close(AlertKind.DRIFT, account.name)
        return
    alerts.open(
        AlertKind.DRIFT,
        account.name,
        title=f"LUMIQ's figures for {account.name} do not add up",
        text=f"LUMIQ says that {figures.spent} credits were spent. Sends that it answered explain "
        f"{figures.explained}, {figures.booked} are in suspense, "
        f"{sum(figures.unclear) + sum(figures.fresh)} may have gone into sends without an answer. "
        f"{figures.left_over} are left over.",
    )


def _matters(account: LumiqAccount) -> bool:
    """Takes new videos, or has some whose end is open."""
    return account.keys.filter(is_active=True).exists() or (
        books.attempts_of(account)
        .filter(
            Q(phase=Phase.UNCLEAR, settled_at=None)
            | Q(generation__status__in=(Status.SUBMITTING, Status.PROCESSING))
        )
        .exists()
    )
