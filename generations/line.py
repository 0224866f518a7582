"""The line that queued videos wait in: joining it, whose turn it is, what a turn costs.

The rows; the arithmetic is generations.fairness. Who chooses must still claim the row: two workers
may choose the same one, and submissions.start lets one of them have it.
"""

import uuid
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone

from generations import fairness
from generations.fairness import Standing
from generations.models import Generation, Line
from generations.states import Status


@dataclass(frozen=True)
class Waiting:
    generation_id: uuid.UUID
    tenant_id: int
    credits: int


# One probe of the index `in_line` a portal, in the order of positions, up to the first that has a
# video. By hand: a subquery with a limit cannot be turned into a join with all that waits, as
# EXISTS can, and building this from querysets takes several times as long as running it.
_NEXT = """
SELECT id, tenant_id, credits FROM generations_generation
WHERE status = 'queued' AND NOT is_test
  AND due_at <= %(now)s AND credits <= %(most)s AND tenant_id = (
    SELECT line.tenant_id FROM generations_line AS line
    WHERE (
        SELECT 1 FROM generations_generation AS video
        WHERE video.tenant_id = line.tenant_id
            AND status = 'queued' AND NOT is_test
            AND due_at <= %(now)s AND credits <= %(most)s
        ORDER BY video.round, created_at LIMIT 1
    ) IS NOT NULL
    ORDER BY line.position, line.tenant_id LIMIT 1
)
ORDER BY round, created_at LIMIT 1
"""
_ANY_CREDITS = 2**31 - 1


def choose_next(*, most_credits: int | None = None) -> Waiting | None:
    """The due video whose turn it is; of those only that cost `most_credits` or less, if given.

    Changes nothing. A portal that is passed over for the price keeps its position, and so goes
    first once somebody can pay; whether that comes to be is the caller's business.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    most = _ANY_CREDITS if most_credits is None else most_credits
    for row in Generation.objects.raw(_NEXT, {"now": now, "most": most}):
        return Waiting(row.pk, row.tenant_id, row.credits)
    return None


def join(generation: Generation) -> None:
    """Give a new order its round. In the order's transaction, after its hold.

    The hold has locked the user's wallet, so that orders at the same moment see each other and
    get a round each.
    """
    line, _ = Line.objects.get_or_create(tenant_id=generation.tenant_id)
    generation.round = _round_after(line.round, generation.user_id)
    generation.save(update_fields=["round"])


def next_round(tenant_id: int, user_id: int) -> int:
    """Of a video that the user orders now. A new order's own round is 0 until it has one."""
    line = Line.objects.filter(tenant_id=tenant_id).order_by().first()
    return _round_after(line.round if line else 0, user_id)


def charge(generation: Generation) -> None:
    """Its portal has had this turn. In the transaction that claims the row, after the claim.

    What comes back unsent is not refunded: the try took a request out of the budget, which is what
    the portals share, and with its old round it is the first of its portal again.
    """
    locked = Line.objects.select_for_update(no_key=True)
    line, _ = locked.get_or_create(tenant_id=generation.tenant_id)
    present = Line.objects.aggregate(latest=Max("began"))["latest"]
    turn = fairness.take_turn(line.position, present=present, weight=line.weight)
    Line.objects.filter(pk=line.pk).update(
        position=turn.next_position, began=turn.began, round=max(line.round, generation.round)
    )


def place_within_portal(generation: Generation) -> int:
    """1 is the next of this portal."""
    before = Q(round__lt=generation.round) | Q(created_at__lt=generation.created_at)
    queued = Generation.objects.filter(
        tenant_id=generation.tenant_id, status=Status.QUEUED, is_test=False
    )
    return queued.filter(before, round__lte=generation.round).count() + 1


_STANDINGS = """
SELECT line.id, line.tenant_id, position, weight, began, COALESCE(waiting, 0) AS waiting
FROM generations_line AS line LEFT JOIN (
    SELECT tenant_id, COUNT(*) AS waiting FROM generations_generation
    WHERE status = 'queued' AND NOT is_test GROUP BY tenant_id
) AS counted ON counted.tenant_id = line.tenant_id
"""


def standings() -> tuple[list[Standing], int]:
    """All portals with the number of their queued videos, and the present.

    Counts all that waits: for generations.estimates, which keeps the result for some seconds.
    """
    found, present = [], 0
    for row in Line.objects.raw(_STANDINGS):
        waiting: int = row.waiting  # type: ignore[attr-defined]
        found.append(Standing(row.tenant_id, row.position, row.weight, waiting))
        present = max(present, row.began)
    return found, present


def _round_after(chosen_round: int, user_id: int) -> int:
    own = Generation.objects.filter(user_id=user_id, status=Status.QUEUED, is_test=False)
    own_round = own.aggregate(latest=Max("round"))["latest"]
    return fairness.next_round(chosen_round=chosen_round, own_round=own_round or 0)
