"""Answers to sends that get lost, with the real sandbox and beat alone."""

import pytest

from accounts import ledger
from generations import beat
from generations.audit import audit_all
from generations.models import Generation, SubmitAttempt
from generations.pace import Pace
from generations.states import Phase, Status
from tests.cast import SANDBOX_KEY, queue_video
from tests.fixtures.site import wait_until
from tests.sandbox_server import running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("scenario", "is_delivered"),
    [
        ("internal-error", True),
        ("reset-before", True),
        ("accepted-error", False),  # nobody is told the task: no callback comes through either
        ("reset-after", False),
    ],
)
def test_an_unclear_send_ends_in_one_charge_and_a_video(
    cast, settings, tmp_path, redis, scenario, is_delivered
):
    """With the real sandbox and beat alone: whatever the answer was lost by."""
    settings.LUMIQ_PACE = Pace().scaled(0.001)
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    settings.LUMIQ_REQUESTS_PER_MINUTE = 10_000
    options = {
        "keys": {SANDBOX_KEY: 9000},
        "requests_per_minute": 10_000,
        "renderer": "tests.ten_second_renderer",
    }
    with running_sandbox(tmp_path / "sandbox", **options) as sandbox:
        settings.LUMIQ_BASE_URL = sandbox.base_url

        def is_over():
            beat.run_pass(inline=True)
            return _status(generation) in (Status.READY, Status.FAILED)

        generation = queue_video(cast.alice)  # goes well: the figures are seen to move
        wait_until(is_over, "the first does not come to an end", seconds=20)
        sandbox.set_scenario(scenario, endpoints=["football"], times=1)
        generation = queue_video(cast.alice)
        wait_until(is_over, "it does not come to an end", seconds=20)
        wait_until(lambda: beat.run_pass(inline=True) and _books_are_closed(), "open books")
        charged = sum(charge["credits"] for charge in sandbox.record()["charges"])
    assert charged == 180
    delivered = ledger.spent_by(cast.alice)
    assert charged == delivered + ledger.total_of("upstream_suspense")
    assert delivered == (180 if is_delivered else 90)
    assert audit_all().problems == []


def _books_are_closed():
    return not SubmitAttempt.objects.filter(phase=Phase.UNCLEAR, settled_at=None).exists()


def _status(generation):
    return Generation.objects.values_list("status", flat=True).get(pk=generation.pk)
