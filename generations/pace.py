"""How long the link to LUMIQ waits for what. Pure; `settings.LUMIQ_PACE` is the one in use."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from generations.lumiq import contract


@dataclass(frozen=True)
class Pace:
    # --- A send ---------------------------------------------------------------------------------
    # Longer than the client's longest wait for LUMIQ, so that a live worker never loses its row.
    submit_lease: timedelta = timedelta(minutes=5)
    # LUMIQ says that nothing takes longer than 30 minutes; after a little more nobody learns any
    # more what became of a send.
    unconfirmed_deadline: timedelta = timedelta(minutes=35)
    # No order holds credits for longer than this without being made.
    queue_deadline: timedelta = timedelta(hours=24)
    # So long after it was heard of last, a send that LUMIQ left unanswered is either charged or
    # never will be.
    settling: timedelta = timedelta(minutes=3)
    # Before a send that came to nothing is made again; doubled with each try, up to the longest.
    again_after: timedelta = timedelta(seconds=5)
    again_longest: timedelta = timedelta(minutes=5)
    # So long an order waits for its files to be made ready; then they are when it is its turn.
    preparation: timedelta = timedelta(minutes=1)
    # Before files of a deleted video, which a worker or the storage left, are removed again.
    removal_again: timedelta = timedelta(minutes=5)
    # Before a file of ours that the storage did not give is asked for again.
    source_again: timedelta = timedelta(minutes=1)
    adoption_again: timedelta = timedelta(seconds=30)

    # --- What LUMIQ makes -----------------------------------------------------------------------
    # The callback normally comes first. Counted from the answer to the submission.
    first_poll: timedelta = timedelta(minutes=4)
    poll_delays: tuple[timedelta, ...] = tuple(
        timedelta(minutes=minutes) for minutes in (2, 3, 4, 5, 6, 6, 5, 15)
    )
    give_up: timedelta = timedelta(hours=24)
    retrieval_lease: timedelta = timedelta(minutes=10)
    # Between tries to copy a finished file; then the last of them while LUMIQ keeps it.
    copy_delays: tuple[timedelta, ...] = tuple(
        timedelta(seconds=seconds) for seconds in (15, 30, 60, 120, 300, 900, 1800, 3600)
    )
    copy_is_late: timedelta = timedelta(days=20)
    copy_until: timedelta = timedelta(days=contract.FILE_LIFETIME_DAYS - 1)

    # Longer than any takes: a minute and a half for 30 seconds of video on a busy core.
    story_lease: timedelta = timedelta(minutes=12)
    story_again: timedelta = timedelta(minutes=1)

    # --- Webhooks to customers ------------------------------------------------------------------
    # Longer than the longest delivery (generations.outgoing.post.Limits).
    delivery_lease: timedelta = timedelta(seconds=60)
    # LUMIQ's own three come first: 1, 2 and 4 seconds; nothing hangs on their jitter.
    delivery_delays: tuple[timedelta, ...] = tuple(
        timedelta(seconds=seconds)
        for seconds in (1, 2, 4, 60, 5 * 60, 30 * 60, 2 * 3600, 8 * 3600, 24 * 3600)
    )
    # While a destination has as many deliveries in hand as it may.
    delivery_busy: timedelta = timedelta(seconds=2)
    # How long a server rests that has failed many times in a row, whatever was to be sent there.
    destination_rests: tuple[timedelta, ...] = tuple(
        timedelta(seconds=seconds) for seconds in (30, 60, 120, 300)
    )
    endpoint_give_up: timedelta = timedelta(days=5)
    secret_overlap: timedelta = timedelta(hours=24)

    # --- When the operators are told ------------------------------------------------------------
    # A row that has been due for so long is looked at by nobody.
    stuck_after: timedelta = timedelta(minutes=15)
    line_is_long_after: timedelta = timedelta(hours=1)

    # --- A key ----------------------------------------------------------------------------------
    account_every: timedelta = timedelta(minutes=5)
    account_while_unclear: timedelta = timedelta(minutes=1)
    account_again: timedelta = timedelta(seconds=20)
    # A key that LUMIQ refuses is asked about so often: first soon, then ever more seldom.
    probe_delays: tuple[timedelta, ...] = tuple(
        timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15)
    )
    # LUMIQ's minute, and what its clock may differ from the database's within one.
    budget_window: timedelta = timedelta(seconds=60)
    budget_margin: timedelta = timedelta(seconds=1)
    # A longer Retry-After than this is somebody's mistake.
    longest_rest: timedelta = timedelta(minutes=2)

    def scaled(self, factor: float) -> "Pace":
        """All of it faster or slower: for tests that cannot wait."""
        values = {field.name: _scale(getattr(self, field.name), factor) for field in fields(self)}
        return replace(self, **values)


def nth(delays: tuple[timedelta, ...], done: int) -> timedelta:
    """The delay after `done` tries; the last one stays."""
    return delays[min(done, len(delays) - 1)]


def _scale(value: Any, factor: float) -> Any:
    if isinstance(value, timedelta):
        return value * factor
    return tuple(delay * factor for delay in value)
