"""Lays purchases beside the ledger: what was paid is what was credited (I8). Reads only."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, Sum

from accounts.ledger_audit import Audit
from accounts.models import (
    CreditAccount,
    CreditLeg,
    CreditTransaction,
    Purchase,
    PurchaseDispute,
)

Kind = CreditTransaction.Kind
Pot = CreditAccount.Kind
State = PurchaseDispute.State

_FOR_PURCHASES = (Kind.PURCHASE, Kind.REFUND, Kind.DISPUTE, Kind.DISPUTE_WON)


def check_purchases(audit: Audit) -> None:
    _compare(audit, "reserved for purchases", _promised(), _in_reserve())
    _compare(audit, "bought and kept", _kept(is_top_up=False), _credited(is_top_up=False))
    _compare(
        audit, "bought for the pool and kept", _kept(is_top_up=True), _credited(is_top_up=True)
    )


def _compare(audit: Audit, what: str, expected: Counter[int], found: Counter[int]) -> None:
    for tenant in sorted(expected.keys() | found.keys()):
        if expected[tenant] != found[tenant]:
            audit.problems.append(
                f"tenant {tenant}: {expected[tenant]} credits {what}, "
                f"the ledger has {found[tenant]}"
            )


def _promised() -> Counter[int]:
    """Of open purchases, and what open disputes have set aside."""
    disputes = PurchaseDispute.objects.filter(state=State.OPEN)
    promised = _add_up(Purchase.objects.unpaid().values_list("tenant", "credits"))
    promised.update(_add_up(disputes.values_list("purchase__tenant", "taken_credits")))
    return promised


def _in_reserve() -> Counter[int]:
    rows = CreditAccount.objects.filter(kind=Pot.RESERVED)
    return _add_up(rows.values_list("tenant", "balance"))


def _kept(*, is_top_up: bool) -> Counter[int]:
    """Paid, and neither refunded nor contested."""
    paid = Purchase.objects.filter(status=Purchase.Status.PAID, is_top_up=is_top_up)
    kept = _add_up(paid.values_list("tenant", F("credits") - F("refunded_credits")))
    away = PurchaseDispute.objects.filter(
        state__in=(State.OPEN, State.LOST), purchase__is_top_up=is_top_up
    )
    kept.subtract(_add_up(away.values_list("purchase__tenant", "credits")))
    return kept


def _credited(*, is_top_up: bool) -> Counter[int]:
    """What payments have moved in wallets (pools), and in debts the other way.

    What a user pays or gets back may move the pool as well; a top-up moves nothing of a user's.
    """
    of_users = CreditLeg.objects.filter(
        transaction=OuterRef("transaction"), account__user__isnull=False
    )
    legs = CreditLeg.objects.filter(
        ~Exists(of_users) if is_top_up else Exists(of_users),
        transaction__kind__in=_FOR_PURCHASES,
        account__user__isnull=is_top_up,
    ).order_by()
    sums = legs.values("account__tenant").annotate(n=Sum("amount"))
    purse = Pot.POOL if is_top_up else Pot.WALLET
    credited, debts = (
        _add_up(sums.filter(account__kind=pot).values_list("account__tenant", "n"))
        for pot in (purse, Pot.DEBT)
    )
    credited.subtract(debts)
    return credited


def _add_up(pairs: Iterable[Any]) -> Counter[int]:
    """From pairs of a tenant and credits."""
    total: Counter[int] = Counter()
    for tenant, credits in pairs:
        total[tenant] += credits
    return total
