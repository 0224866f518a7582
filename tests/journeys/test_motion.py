"""Whoever asks for less motion gets none."""

import pytest
from playwright.sync_api import expect

from tests.cast import AURORA_HOST, queue_video
from tests.journeys.visitors import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

ABLE_TO_MOVE = """() => [...document.querySelectorAll("body, body *")].flatMap(
    element => [null, "::before", "::after"].map(part => getComputedStyle(element, part))
).filter(style => parseFloat(style.transitionDuration) || style.animationName !== "none").length"""


@pytest.mark.parametrize("wish", ["reduce", "no-preference"])
def test_nothing_moves_for_whoever_asks_for_less_motion(
    cast, live_server, redis, open_browser, wish
):
    """And for all others something does on each of these pages, or this would see nothing."""
    home = f"http://{AURORA_HOST}:{live_server.thread.port}"
    waiting = queue_video(cast.alice)
    page = open_browser(reduced_motion=wish)
    sign_in(page, home, cast.alice)
    for path in ("/", "/create/football/teams/", f"/videos/{waiting.pk}/"):
        page.goto(f"{home}{path}")
        for swap in page.get_by_role("button", name="Swap sides").all():
            expect(swap).to_be_visible()
            swap.click()
        if wish == "reduce":
            assert page.evaluate(ABLE_TO_MOVE) == 0, path
            assert page.evaluate("document.getAnimations().length") == 0, path
        else:
            assert page.evaluate(ABLE_TO_MOVE) > 0, path
