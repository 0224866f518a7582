"""The style guide in a browser: its frames fit what is in them, and each component keeps to axe."""

import pytest

from generations.style_guide.components import COMPONENTS
from tests.cast import AURORA_HOST
from tests.journeys.examination import Visitor
from tests.journeys.visitors import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


@pytest.fixture
def guide(cast, live_server, open_browser):
    """A browser of the portal's staff, and the address of the guide."""
    home = f"http://{AURORA_HOST}:{live_server.thread.port}"
    page = open_browser(reduced_motion="reduce")
    sign_in(page, home, cast.olga)
    return page, f"{home}/styleguide/"


def test_axe_finds_nothing_in_any_component(guide):
    """All rules in the dark, colours in the light: on the phone; from right to left when wide."""
    page, address = guide
    visitor = Visitor(page, language="en")
    found = []
    for component in COMPONENTS:
        for width, query in ((360, ""), (1440, "?dir=rtl")):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{address}{component.slug}/{query}")
            told = visitor.ask_axe(mode="dark", colours_in="light")
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            told += [f"{wide} pixels too wide"] if wide > 0 else []
            found += [f"{component.slug} at {width}: {line}" for line in told]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [360, 1440])
def test_a_frame_is_as_high_as_its_component(guide, width):
    page, address = guide
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    frame = page.locator("#buttons iframe").first
    frame.scroll_into_view_if_needed()
    page.wait_for_function(
        "frame => frame.contentDocument?.documentElement?.dataset.mode === 'light'"
        " && parseInt(frame.style.blockSize) > 100",
        arg=frame.element_handle(),
    )
    inner = frame.element_handle().content_frame()
    assert inner.evaluate("document.documentElement.scrollHeight - innerHeight") == 0
    assert inner.evaluate("document.documentElement.dataset.mode") == "light"
