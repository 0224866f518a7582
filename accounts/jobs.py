"""What RQ runs for payments and mails. Each job takes an id, calls one function, and may run any
number of times.

Stripe may be away: the row stays due, and beat has it done later.
"""

import logging
import uuid

from accounts import purchases, stripe_events
from accounts.errors import STRIPE_AWAY
from accounts.mails import outbox

logger = logging.getLogger(__name__)


def stripe_event(event_id: str) -> None:
    stripe_events.process(uuid.UUID(event_id))


def mail(mail_id: str) -> None:
    outbox.send(uuid.UUID(mail_id))


def purchase(purchase_id: str) -> None:
    try:
        purchases.settle_if_due(uuid.UUID(purchase_id))
    except STRIPE_AWAY as error:
        logger.warning("Purchase %s waits: %r", purchase_id, error)


def reconcile_stripe(account_pk: str) -> None:
    try:
        stripe_events.reconcile(int(account_pk))
    except STRIPE_AWAY as error:
        logger.warning("Stripe is not reconciled: %r", error)
