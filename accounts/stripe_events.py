"""Stripe's events: check, store, answer; then look at what they are about. They are hints only.

An event that never came is fetched by `reconcile`, once an hour.
"""

import logging
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts import connected_accounts, kicks, purchases, stripe_gateway
from accounts.errors import (
    STRIPE_AWAY,
    ForgedEvent,
    StripeAccountLost,
    StripeObjectUnknown,
    StripeRefused,
)
from accounts.models import Purchase, StripeAccount, StripeEvent
from accounts.payments import Event

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024
ABOUT_SESSIONS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
ABOUT_PAYMENTS = (
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)
ABOUT_ACCOUNTS = ("account.updated", "account.application.deauthorized")
TYPES = (*ABOUT_SESSIONS, *ABOUT_PAYMENTS, *ABOUT_ACCOUNTS)

# Longer than a job may take, so that no two process one event; then ever more seldom.
LEASE = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)
RECONCILE_EVERY = timedelta(hours=1)
# Looked at anew each time, as an event may be written down late; Stripe keeps them for 30 days.
OVERLAP = timedelta(hours=72)
OLDEST = timedelta(days=30)
KEEP_FOR = timedelta(days=60)


def receive(body: bytes, signature: str, *, is_connect: bool) -> None:
    """Repetitions are no error. Raises ForgedEvent for what must be refused."""
    if len(body) > MAX_BODY_BYTES:
        raise ForgedEvent("it is too large")
    name = "STRIPE_CONNECT_WEBHOOK_SECRET" if is_connect else "STRIPE_WEBHOOK_SECRET"
    event = stripe_gateway.read_event(body, signature, secret=getattr(settings, name))
    if bool(event.account) != is_connect:
        raise ForgedEvent(f"{event.event_id} belongs to the other address")
    if is_connect and not StripeAccount.objects.filter(account_id=event.account).exists():
        raise ForgedEvent(f"{event.event_id} is of an account that we don't sell through")
    if event.livemode != stripe_gateway.is_live():
        # No fault of the sender: a Connect endpoint hears of both worlds.
        logger.warning("Stripe event %s is not of our mode: ignored", event.event_id)
    elif event.type in TYPES:
        _keep(event)


def process(event_pk: uuid.UUID) -> None:
    """Look at what the event is about. Where that cannot be done now, it is due again later."""
    event = _claim(event_pk)
    if event is None:
        return
    try:
        outcome = _act_on(event)
    except STRIPE_AWAY as error:
        logger.warning("Stripe event %s waits: %r", event.event_id, error)
        return
    except (StripeAccountLost, StripeObjectUnknown, StripeRefused) as error:
        outcome = f"nothing there: {type(error).__name__}"
    StripeEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now(), outcome=outcome)


def reconcile(account_pk: int) -> int:
    """Fetch the events that never came; returns how many there were.

    Raises StripeUnreachable or StripeNotConfigured.
    """
    now = timezone.now()
    rows = StripeAccount.objects.filter(pk=account_pk, due_at__lte=now)
    if not rows.update(due_at=now + RECONCILE_EVERY):
        return 0  # somebody else is at it
    account = StripeAccount.objects.get(pk=account_pk)
    try:
        missed = _fetch_missed(account, now)
    except StripeAccountLost:
        connected_accounts.mark_lost(account.account_id)
        return 0
    for event in missed:
        _keep(event)
    StripeAccount.objects.filter(pk=account_pk).update(reconciled_at=now)
    connected_accounts.refresh(account.account_id)
    if missed:
        logger.info("Stripe events that had not come by themselves: %s", len(missed))
    return len(missed)


def forget() -> int:
    old = timezone.now() - KEEP_FOR
    return StripeEvent.objects.filter(received_at__lt=old).exclude(processed_at=None).delete()[0]


def _keep(event: Event) -> None:
    row = StripeEvent(
        event_id=event.event_id,
        stripe_account=event.account,
        type=event.type,
        payload=event.payload,
    )
    # A repetition finds its row there, and leaves it as it is.
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    if StripeEvent.objects.filter(pk=row.pk).exists():
        kicks.kick_stripe_event(row.pk)


def _claim(event_pk: uuid.UUID) -> StripeEvent | None:
    now = timezone.now()
    event = StripeEvent.objects.due().filter(pk=event_pk).first()
    if event is None:
        return None
    wait = min(LEASE * 2 ** min(event.tries, 10), LONGEST_WAIT)
    won = StripeEvent.objects.filter(
        pk=event_pk, processed_at=None, due_at=event.due_at, tries=event.tries
    ).update(due_at=now + wait, tries=event.tries + 1)
    return event if won else None


def _act_on(event: StripeEvent) -> str:
    """What came of it, for people."""
    if event.type in ABOUT_ACCOUNTS:
        account = connected_accounts.refresh(event.stripe_account)
        return f"account: {account.shown_state}" if account else "no account of a portal"
    facts = stripe_gateway.build_event(event.payload)
    if event.type in ABOUT_SESSIONS:
        found = purchases.fulfil(facts.object_id, account=event.stripe_account)
    else:
        found = _settle_payment(facts.payment_intent, event.stripe_account)
    if found is None:
        logger.warning("Stripe event %s: no purchase of ours", event.event_id)
        return "no purchase of ours"
    return f"purchase {found.pk} is {found.status}"


def _settle_payment(payment_intent: str, account: str) -> Purchase | None:
    if not payment_intent:
        return None
    known = Purchase.objects.filter(payment_intent=payment_intent, stripe_account=account).first()
    if known is not None:
        return purchases.settle(known.pk)
    # Its session may be ours all the same, and not looked at since it was paid.
    session_id = stripe_gateway.find_session(payment_intent, account=account)
    return purchases.fulfil(session_id, account=account) if session_id else None


def _fetch_missed(account: StripeAccount, now: datetime) -> list[Event]:
    since = max((account.reconciled_at or now) - OVERLAP, now - OLDEST)
    told = list(stripe_gateway.fetch_events(list(TYPES), since=since, account=account.account_id))
    known = set(
        StripeEvent.objects.filter(
            stripe_account=account.account_id, received_at__gte=since - OVERLAP
        ).values_list("event_id", flat=True)
    )
    return [event for event in told if event.event_id not in known]
