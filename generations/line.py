"""The line that queued videos wait in: joining it, whose turn it is, what a turn costs.

The rows; the arithmetic is generations.fairness. Who chooses must still claim the row: two workers
may choose the same one, and submissions.start lets one of them have it.
"""

import uuid
from dataclasses import dataclass

from django.db.models import Max, OuterRef, Q, Subquery
from django.utils import timezone

from generations import fairness
from generations.models import Generation, Line
from generations.models.generation import GenerationQuerySet
from generations.states import Status


@dataclass(frozen=True)
class Waiting:
    generation_id: uuid.UUID
    tenant_id: int
    credits: int


def choose_next(*, most_credits: int | None = None) -> Waiting | None:
    """The due video whose turn it is; of those only that cost `most_credits` or less, if given.

    Changes nothing. A portal that is passed over for the price keeps its position, and so goes
    first once somebody can pay; whether that comes to be is the caller's business.
    """
    due = Generation.objects.filter(status=Status.QUEUED, due_at__lte=timezone.now())
    if most_credits is not None:
        due = due.filter(credits__lte=most_credits)
    # One probe of an index a portal, in the order of positions, up to the first that has a video.
    # EXISTS would leave the database free to join all that waits instead, and with stale
    # statistics it does.
    of_tenant = due.filter(tenant=OuterRef("tenant")).order_by("round", "created_at")
    first = (
        Line.objects.annotate(chosen=Subquery(of_tenant.values("pk")[:1]))
        .filter(chosen__isnull=False)
        .order_by("position", "tenant_id")
        .values_list("chosen", flat=True)
        .first()
    )
    if first is None:
        return None
    row = Generation.objects.filter(pk=first).values_list("pk", "tenant_id", "credits").first()
    return Waiting(*row) if row else None


def join(generation: Generation) -> None:
    """Give a new order its round. In the order's transaction, after its hold.

    The hold has locked the user's wallet, so that orders at the same moment see each other and
    get a round each.
    """
    line, _ = Line.objects.get_or_create(tenant_id=generation.tenant_id)
    own = Generation.objects.filter(user_id=generation.user_id, status=Status.QUEUED)
    own_round = own.exclude(pk=generation.pk).aggregate(latest=Max("round"))["latest"]
    generation.round = fairness.next_round(chosen_round=line.round, own_round=own_round or 0)
    generation.save(update_fields=["round"])


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
    return _queued(generation).filter(before, round__lte=generation.round).count() + 1


def _queued(generation: Generation) -> GenerationQuerySet:
    queued: GenerationQuerySet = Generation.objects.filter(
        tenant_id=generation.tenant_id, status=Status.QUEUED
    )
    return queued
