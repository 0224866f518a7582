"""Tells the operators what purchases and Stripe accounts need people for: a duty of beat.

The rows say what the trouble is and when it is over, so nobody has to open or close an alert.
"""

from collections.abc import Iterator
from typing import NamedTuple

from accounts.models import Purchase, StripeAccount
from generations import alerts
from generations.models import Alert, AlertKind

AT_ONCE = 20
KINDS = {
    Purchase.Trouble.MISMATCH: AlertKind.PURCHASE_MISMATCH,
    Purchase.Trouble.SHORT: AlertKind.PURCHASE_SHORT,
}


class Trouble(NamedTuple):
    kind: AlertKind
    about: str
    title: str
    text: str


def review() -> int:
    """Opens what began and closes what is over; returns how many troubles there are."""
    troubles = list(_find())
    for trouble in troubles:
        alerts.open(trouble.kind, trouble.about, title=trouble.title, text=trouble.text)
    known = {(trouble.kind, trouble.about) for trouble in troubles}
    kinds = [*KINDS.values(), AlertKind.ACCOUNT_STOPPED]
    for alert in Alert.objects.still_open().filter(kind__in=kinds):
        if (alert.kind, alert.about) not in known:
            alerts.close(AlertKind(alert.kind), alert.about)
    return len(troubles)


def _find() -> Iterator[Trouble]:
    """Of many purchases with trouble the oldest: they are told when those are over."""
    purchases = Purchase.objects.exclude(trouble=Purchase.Trouble.NONE).select_related("tenant")
    for purchase in purchases.order_by("created_at")[:AT_ONCE]:
        kind = KINDS[Purchase.Trouble(purchase.trouble)]
        yield Trouble(
            kind,
            f"purchase {purchase.pk}",
            f"{kind.label}: {purchase.tenant}",
            f"Purchase {purchase.pk} of {purchase.tenant}: {purchase.pack_name}, "
            f"{purchase.credits} credits, {purchase.amount_text}"
            f"{', for its pool' if purchase.is_top_up else ''}. Session {purchase.session_id}, "
            f"account {purchase.stripe_account or 'of the platform'}.",
        )
    for account in StripeAccount.objects.out_of_order().select_related("tenant"):
        yield Trouble(
            AlertKind.ACCOUNT_STOPPED,
            f"account {account}",
            f"{account.tenant} can't take payments any more",
            f"The Stripe account {account} of {account.tenant}: {account.shown_state}.",
        )
