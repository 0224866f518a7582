"""What the portal and Stripe tell each other, in plain values. Pure: no Django, no `stripe`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# Of Stripe's `payment_status`.
PAID = frozenset(("paid", "no_payment_required"))
# Of a payment intent behind a session that was completed by a delayed method.
INTENT_FAILED = frozenset(("requires_payment_method", "canceled"))


@dataclass(frozen=True)
class Order:
    """What a checkout is opened for. `account` is the Stripe account that sells; "": the
    platform's own."""

    reference: str
    description: str
    amount_minor: int
    currency: str
    account: str
    customer_email: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    idempotency_key: str
    metadata: dict[str, str]
    has_automatic_tax: bool
    fee_minor: int = 0


@dataclass(frozen=True)
class Checkout:
    """`url` is Stripe's page; None once it is closed."""

    session_id: str
    url: str | None


@dataclass(frozen=True)
class DisputeFacts:
    dispute_id: str
    amount_minor: int
    status: str


@dataclass(frozen=True)
class Payment:
    """All that Stripe says at one moment about a session, and what was paid through it."""

    session_id: str
    reference: str
    session_status: str
    payment_status: str
    amount_minor: int
    currency: str
    livemode: bool
    payment_intent: str | None = None
    intent_status: str = ""
    refunded_minor: int = 0
    receipt_url: str = ""
    disputes: tuple[DisputeFacts, ...] = ()

    @property
    def is_paid(self) -> bool:
        return self.payment_status in PAID

    @property
    def has_failed(self) -> bool:
        """The buyer finished, and the bank said no later."""
        return self.session_status == "complete" and self.intent_status in INTENT_FAILED


@dataclass(frozen=True)
class AccountFacts:
    """A connected account as Stripe describes it."""

    can_charge: bool
    has_details: bool
    is_wanted_more: bool


@dataclass(frozen=True)
class Event:
    """`object_id` and `payment_intent` say what it is about, as far as it says so."""

    event_id: str
    type: str
    account: str
    livemode: bool
    object_id: str
    payment_intent: str
    payload: dict[str, Any] = field(repr=False)
