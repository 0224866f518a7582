"""Carries out what `settlement` decided: purchase, disputes and ledger in one transaction.

For accounts.purchases only.
"""

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import ledger
from accounts.errors import InsufficientCredits
from accounts.ledger import Kind, Pot
from accounts.mails import outbox
from accounts.models import Purchase, PurchaseDispute
from accounts.payments import Payment
from accounts.settlement import (
    Close,
    Contest,
    Contested,
    Credit,
    Mismatch,
    Refund,
    Standing,
    Step,
    Wait,
    decide,
)

logger = logging.getLogger(__name__)

Status = Purchase.Status
Reason = Purchase.Reason
Trouble = Purchase.Trouble
State = PurchaseDispute.State

LOOK_AGAIN = timedelta(minutes=5)
# A delayed payment takes days, and a pool that is too small waits for its owner.
LOOK_SELDOM = timedelta(hours=1)


class StaleLook(Exception):
    """Somebody else has brought the purchase in line since this look at Stripe began."""


@transaction.atomic
def apply(seen: Purchase, payment: Payment, *, reason: Purchase.Reason) -> Purchase:
    """`payment` must have been fetched after `seen` was read. Raises StaleLook."""
    purchase = _lock(seen.pk)
    if purchase.revision != seen.revision:
        raise StaleLook
    purchase.revision += 1
    purchase.payment_intent = payment.payment_intent or purchase.payment_intent
    purchase.receipt_url = payment.receipt_url or purchase.receipt_url
    purchase.trouble = Trouble.NONE
    try:
        for step in decide(_standing_of(purchase), payment):
            if not _take(purchase, step, reason):
                purchase.trouble = Trouble.SHORT
                break
    except Mismatch as error:
        logger.error("Purchase %s: nothing is credited, its %s", purchase.pk, error)
        purchase.trouble = Trouble.MISMATCH
        if purchase.is_reserving:
            _close(purchase, Status.FAILED, Reason.MISMATCH)
    purchase.due_at = _next_look(purchase)
    purchase.save(
        update_fields=[
            "revision", "payment_intent", "receipt_url", "status", "reason", "paid_at", "due_at",
            "refunded_minor", "refunded_credits", "trouble",
        ]
    )  # fmt: skip
    return purchase


@transaction.atomic
def close(purchase_id: uuid.UUID, status: Purchase.Status, reason: Purchase.Reason) -> Purchase:
    """End a purchase without Stripe; does nothing to one that has ended."""
    purchase = _lock(purchase_id)
    if purchase.is_reserving:
        _close(purchase, status, reason)
        purchase.revision += 1
        purchase.due_at = None
        purchase.save(update_fields=["revision", "status", "reason", "due_at"])
    return purchase


def _lock(purchase_id: uuid.UUID) -> Purchase:
    rows = Purchase.objects.select_related("user", "tenant")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=purchase_id)


def _standing_of(purchase: Purchase) -> Standing:
    disputes = purchase.disputes.all()
    return Standing(
        reference=str(purchase.pk),
        session_id=purchase.session_id,
        status=purchase.status,
        credits=purchase.credits,
        amount_minor=purchase.amount_minor,
        currency=purchase.currency,
        livemode=purchase.livemode,
        refunded_minor=purchase.refunded_minor,
        refunded_credits=purchase.refunded_credits,
        contests=tuple(Contest(row.dispute_id, row.state, row.credits) for row in disputes),
    )


def _take(purchase: Purchase, step: Step, reason: Purchase.Reason) -> bool:
    """False where credits are missing: nothing of this step is done then, and it is due again."""
    try:
        with transaction.atomic():
            match step:
                case Credit():
                    _credit(purchase, step)
                case Wait():
                    purchase.status = Status.PENDING
                case Close(is_declined=True):
                    _close(purchase, Status.FAILED, Reason.DECLINED)
                case Close():
                    _close(purchase, Status.EXPIRED, reason)
                case Refund():
                    _refund(purchase, step)
                case Contested():
                    _contest(purchase, step)
    except InsufficientCredits as error:
        logger.error(
            "Purchase %s: %s credits are missing for %s",
            *(purchase.pk, error.needed - error.available, step),
        )
        return False
    return True


def _credit(purchase: Purchase, step: Credit) -> None:
    if step.is_late:
        # Paid after we gave it up: out of the pool once more, as far as there is enough.
        ledger.reserve(
            purchase.tenant, purchase.credits, reference=f"reserve-late:{purchase.pk}",
            source=purchase.source, is_late=True, note=_note(purchase),
        )  # fmt: skip
    ledger.credit(
        purchase.receiver,
        purchase.credits,
        reference=f"purchase:{purchase.pk}",
        kind=Kind.PURCHASE,
        source=Pot.RESERVED,
        note=_note(purchase),
    )
    purchase.status, purchase.reason = Status.PAID, Reason.NONE
    purchase.paid_at = timezone.now()
    facts = {"purchase": str(purchase.pk)}
    outbox.post("purchase_paid", purchase.user, about=purchase.pk, facts=facts)


def _close(purchase: Purchase, status: Purchase.Status, reason: Purchase.Reason) -> None:
    ledger.unreserve(
        purchase.tenant,
        purchase.credits,
        reference=f"unreserve:{purchase.pk}",
        target=purchase.source,
        note=_note(purchase),
    )
    purchase.status, purchase.reason = status, reason


def _refund(purchase: Purchase, step: Refund) -> None:
    reference = f"refund:{purchase.pk}:{purchase.revision}"
    if step.credits > 0:
        ledger.take_back(
            purchase.receiver, step.credits, reference=reference, kind=Kind.REFUND,
            into=purchase.source, note=_note(purchase),
        )  # fmt: skip
    elif step.credits < 0:
        # A refund that the bank sent back.
        ledger.credit(
            purchase.receiver, -step.credits, reference=reference, kind=Kind.REFUND,
            source=purchase.source, note=_note(purchase),
        )  # fmt: skip
    _tell_of_refund(purchase, step)
    purchase.refunded_minor = step.total_minor
    purchase.refunded_credits += step.credits


def _tell_of_refund(purchase: Purchase, step: Refund) -> None:
    """Not of one that the bank sent back."""
    amount_minor = step.total_minor - purchase.refunded_minor
    if amount_minor <= 0:
        return
    facts = {"purchase": str(purchase.pk), "amount_minor": amount_minor, "credits": step.credits}
    about = f"{purchase.pk}:{purchase.revision}"
    outbox.post("purchase_refunded", purchase.user, about=about, facts=facts)


def _contest(purchase: Purchase, step: Contested) -> None:
    dispute, _ = PurchaseDispute.objects.get_or_create(
        dispute_id=step.dispute_id,
        defaults={
            "purchase": purchase,
            "amount_minor": step.amount_minor,
            "state": State.INQUIRY,
        },
    )
    before, dispute.state = dispute.state, State(step.state)
    if step.credits:
        dispute.credits = step.credits
        dispute.taken_credits, _owed = ledger.take_back(
            purchase.receiver, step.credits, reference=f"dispute:{step.dispute_id}",
            kind=Kind.DISPUTE, into=Pot.RESERVED, note=_note(purchase),
        )  # fmt: skip
    if dispute.state == State.LOST and dispute.taken_credits:
        ledger.unreserve(
            purchase.tenant, dispute.taken_credits, reference=f"dispute-lost:{step.dispute_id}",
            target=purchase.source, note=_note(purchase),
        )  # fmt: skip
    if dispute.state == State.WON and dispute.credits:
        ledger.give_back(
            purchase.receiver,
            dispute.credits,
            reserved=0 if before == State.LOST else dispute.taken_credits,
            reference=f"dispute-won:{step.dispute_id}",
            kind=Kind.DISPUTE_WON,
            note=_note(purchase),
        )
    dispute.closed_at = timezone.now() if dispute.state in (State.LOST, State.WON) else None
    dispute.save(update_fields=["state", "credits", "taken_credits", "closed_at"])


def _note(purchase: Purchase) -> str:
    return f"{purchase.pack_name}, {purchase.amount_text}"


def _next_look(purchase: Purchase) -> datetime | None:
    now = timezone.now()
    if purchase.trouble == Trouble.SHORT or purchase.status == Status.PENDING:
        return now + LOOK_SELDOM
    if purchase.status == Status.OPEN:
        return max(purchase.expires_at, now) + LOOK_AGAIN
    return None
