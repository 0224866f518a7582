"""Whose video is next. Pure: counts and times in, one id out."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Waiting:
    generation_id: uuid.UUID
    tenant_id: int
    user_id: int
    created_at: datetime


def choose_next(
    waiting: Iterable[Waiting],
    *,
    in_flight_of_tenant: Mapping[int, int],
    in_flight_of_user: Mapping[int, int],
) -> Waiting | None:
    """The oldest video of the least served user of the least served tenant."""
    return min(
        waiting,
        key=lambda row: (
            in_flight_of_tenant.get(row.tenant_id, 0),
            in_flight_of_user.get(row.user_id, 0),
            row.created_at,
            row.generation_id,
        ),
        default=None,
    )
