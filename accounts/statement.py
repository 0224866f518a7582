"""The wallet's history in words: what each line of the ledger means to its owner."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import spreadsheet
from accounts.models import CreditAccount, CreditHold, CreditLeg, CreditTransaction, User

Kind = CreditTransaction.Kind
Pot = CreditAccount.Kind

AT_ONCE = 500
LINES_PER_PAGE = 50


@dataclass(frozen=True)
class Line:
    """`amount` is signed; `balance_after` is the running balance; `entry` the ledger's number.
    `owed` is signed as well: what this added to the user's debt, or paid of it. `pooled` credits
    came out of the tenant's pool, or went back to it where negative."""

    when: datetime
    label: str
    detail: str
    generation: uuid.UUID | None
    amount: int
    balance_after: int
    owed: int
    entry: int
    pooled: int = 0

    @property
    def owed_words(self) -> str:
        if self.owed > 0:
            text = ngettext(
                "%(credits)d credit of it was spent already and is owed.",
                "%(credits)d credits of it were spent already and are owed.",
                self.owed,
            )
        elif self.owed < 0:
            text = ngettext(
                "%(credits)d credit paid what was owed.",
                "%(credits)d credits paid what was owed.",
                -self.owed,
            )
        else:
            return ""
        return text % {"credits": abs(self.owed)}

    @property
    def pooled_words(self) -> str:
        if self.pooled > 0:
            text = ngettext(
                "%(credits)d credit came out of the shared pool.",
                "%(credits)d credits came out of the shared pool.",
                self.pooled,
            )
        elif self.pooled < 0:
            text = ngettext(
                "%(credits)d credit went back to the shared pool.",
                "%(credits)d credits went back to the shared pool.",
                -self.pooled,
            )
        else:
            return ""
        return text % {"credits": abs(self.pooled)}


def wallet_legs(user: User) -> QuerySet[CreditLeg]:
    """Newest first: one leg for each transaction that moved the wallet, or only the debt, or for a
    video that the pool alone has paid."""
    mine = CreditLeg.objects.filter(account__user=user)
    wallet, debt = mine.filter(account__kind=Pot.WALLET), mine.filter(account__kind=Pot.DEBT)
    without_wallet = Q(account__kind=Pot.DEBT) | Q(
        account__kind=Pot.HELD, transaction__kind__in=(Kind.HOLD, Kind.RELEASE)
    )
    same = {"transaction": OuterRef("transaction")}
    # Both accounts move under the lock of the wallet's row, so that ids tell what was first.
    before = wallet.filter(pk__lt=OuterRef("pk")).order_by("-pk").values("balance_after")[:1]
    return (
        mine.filter(Q(account__kind=Pot.WALLET) | without_wallet & ~Exists(wallet.filter(**same)))
        .annotate(
            is_wallet=Q(account__kind=Pot.WALLET),
            owed=Coalesce(Subquery(debt.filter(**same).values("amount")[:1]), 0),
            wallet_after=Case(
                When(account__kind=Pot.WALLET, then=F("balance_after")),
                default=Coalesce(Subquery(before), 0),
            ),
        )
        .select_related("transaction")
    )


def build_lines(legs: Sequence[CreditLeg]) -> list[Line]:
    """Of legs as `wallet_legs` finds them."""
    generation_ids = [leg.transaction.generation_id for leg in legs]
    holds = CreditHold.objects.filter(generation_id__in=[pk for pk in generation_ids if pk])
    by_generation: dict[uuid.UUID | None, CreditHold] = {hold.generation_id: hold for hold in holds}
    return [_line(leg, by_generation.get(leg.transaction.generation_id)) for leg in legs]


def page_with(legs: QuerySet[CreditLeg], entry: str) -> int | None:
    """On which page of the history the ledger's entry of this number stands."""
    number = int(entry) if entry.isdecimal() and len(entry) < 19 else 0
    leg = legs.filter(transaction=number).first()
    return None if leg is None else legs.filter(pk__gt=leg.pk).count() // LINES_PER_PAGE + 1


def lines_of(user: User, generation_id: uuid.UUID) -> list[Line]:
    """What a video did to the wallet, the newest first."""
    return build_lines(list(wallet_legs(user).filter(transaction__generation_id=generation_id)))


def write_csv(user: User) -> Iterator[str]:
    """The whole history, newest first, in pieces."""
    header = [_("When (UTC)"), _("What"), _("Detail"), _("Credits"), _("Balance"),
              _("Change of what is owed"), _("Out of the shared pool"), _("Video"),
              _("Entry")]  # fmt: skip
    yield spreadsheet.begin(header)
    legs = wallet_legs(user).iterator(chunk_size=AT_ONCE)
    while piece := list(islice(legs, AT_ONCE)):
        yield "".join(spreadsheet.write_row(_cells(line)) for line in build_lines(piece))


def _line(leg: Any, hold: CreditHold | None) -> Line:
    posted = leg.transaction
    captured = hold is not None and hold.state == CreditHold.State.CAPTURED
    from_pool = hold.from_pool if hold else 0
    return Line(
        when=posted.created_at,
        label=_label(Kind(posted.kind), captured=captured),
        detail=posted.note,
        generation=posted.generation_id,
        amount=leg.amount if leg.is_wallet else 0,
        balance_after=leg.wallet_after,
        owed=leg.owed,
        entry=posted.pk,
        pooled=-from_pool if posted.kind == Kind.RELEASE else from_pool,
    )


def _label(kind: CreditTransaction.Kind, *, captured: bool) -> str:
    labels = {
        # The wallet moves once for a video, when it is ordered; the words follow what became of it.
        Kind.HOLD: _("Video charged") if captured else _("Held for a video"),
        Kind.RELEASE: _("Returned: not charged"),
        Kind.WELCOME: _("Welcome credits"),
        Kind.ALLOCATION: _("Credits added"),
        Kind.PURCHASE: _("Credits bought"),
        Kind.VOUCHER: _("Voucher redeemed"),
        Kind.REFUND: _("Refund: credits taken back"),
        Kind.DISPUTE: _("Payment disputed: credits taken back"),
        Kind.DISPUTE_WON: _("Dispute settled: credits returned"),
        Kind.EXPIRY: _("Credits expired"),
        Kind.REVERSAL: _("Correction"),
    }
    return labels.get(kind, str(kind.label))


def _cells(line: Line) -> list[str | int]:
    return [
        line.when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        line.label,
        line.detail,
        line.amount,
        line.balance_after,
        line.owed,
        line.pooled,
        str(line.generation or ""),
        line.entry,
    ]
