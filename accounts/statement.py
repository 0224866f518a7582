"""The wallet's history in words: what each line of the ledger means to its owner."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import CreditAccount, CreditHold, CreditLeg, CreditTransaction, User

Kind = CreditTransaction.Kind


@dataclass(frozen=True)
class Line:
    """`amount` is signed; `balance_after` is the running balance; `entry` the ledger's number."""

    when: datetime
    label: str
    detail: str
    generation: uuid.UUID | None
    amount: int
    balance_after: int
    entry: int


def wallet_legs(user: User) -> QuerySet[CreditLeg]:
    """Newest first."""
    return CreditLeg.objects.filter(
        account__user=user, account__kind=CreditAccount.Kind.WALLET
    ).select_related("transaction")


def build_lines(legs: Sequence[CreditLeg]) -> list[Line]:
    generation_ids = [leg.transaction.generation_id for leg in legs]
    holds = CreditHold.objects.filter(generation_id__in=[pk for pk in generation_ids if pk])
    states = {hold.generation_id: hold.state for hold in holds}
    return [_line(leg, states) for leg in legs]


def _line(leg: CreditLeg, hold_states: dict[uuid.UUID, str]) -> Line:
    posted = leg.transaction
    captured = (
        posted.generation_id is not None
        and hold_states.get(posted.generation_id) == CreditHold.State.CAPTURED
    )
    labels = {
        # The wallet moves once for a video, when it is ordered; the words follow what became of it.
        Kind.HOLD: _("Video charged") if captured else _("Held for a video"),
        Kind.RELEASE: _("Returned: not charged"),
        Kind.WELCOME: _("Welcome credits"),
        Kind.ALLOCATION: _("Credits added"),
    }
    return Line(
        when=posted.created_at,
        label=str(labels.get(Kind(posted.kind), posted.get_kind_display())),
        detail=posted.note,
        generation=posted.generation_id,
        amount=leg.amount,
        balance_after=leg.balance_after,
        entry=posted.pk,
    )
