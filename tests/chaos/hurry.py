"""The waits of the link to LUMIQ, so short that a test sees them end; but for the budget's."""

from dataclasses import replace
from datetime import timedelta

from generations.pace import Pace


def hurried_pace(factor):
    """All of it `factor` times as fast, but for what depends on the machine or on LUMIQ's clock."""
    usual = Pace()
    pace = usual.scaled(1 / factor)
    return replace(
        pace,
        budget_window=usual.budget_window,
        budget_margin=usual.budget_margin,
        # The client's patience, and a machine with too much to do.
        submit_lease=timedelta(seconds=20),
        retrieval_lease=timedelta(seconds=30),
        settling=max(pace.settling, timedelta(seconds=1)),
        # What LUMIQ never finishes must end within the test as well; what it has must be fetched.
        give_up=pace.unconfirmed_deadline * 2,
        copy_delays=(*pace.copy_delays[:5], timedelta(seconds=5)),
        queue_deadline=timedelta(hours=1),
        copy_until=timedelta(hours=1),
    )
