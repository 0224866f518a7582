"""Every kind of page, in both brands, light and dark, against the rules of axe for WCAG 2.2 AA."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.cast import AURORA_HOST, BOREALIS_HOST, build_user
from tests.journeys.visitors import sign_in
from tests.pages import all_pages
from tests.showcase import fill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"type": "rule", "values": ["color-contrast"]}


@pytest.mark.parametrize("host", [AURORA_HOST, BOREALIS_HOST])
def test_axe_finds_nothing_on_any_page(cast, live_server, open_browser, settings, host):
    """All rules at one width in the one mode and at the other in the other; colours in both."""
    settings.STRIPE_SECRET_KEY = "sk_test_of_a_stripe_that_is_never_called"
    tenant = cast.aurora if host == AURORA_HOST else cast.borealis
    fan = build_user(tenant, "fan@example.org", display_name="Robin")
    pages = all_pages(fill(fan))
    home = f"http://{host}:{live_server.thread.port}"
    # Colours that are still on their way from the other mode would be measured too.
    stranger, signed_in = (open_browser(reduced_motion="reduce") for _ in range(2))
    sign_in(signed_in, home, fan)
    found = []
    for name, path, needs_fan in pages:
        page = signed_in if needs_fan else stranger
        page.goto(f"{home}{path}")
        for width, mode, other in ((1440, "light", "dark"), (360, "dark", "light")):
            page.set_viewport_size({"width": width, "height": 800})
            told = complaints(page, mode, RULES) + complaints(page, other, COLOURS)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            told += [f"{wide} pixels too wide"] if wide > 0 else []
            found += [f"{name} at {width}: {line}" for line in told]
    assert found == []


def complaints(page, mode, rules):
    """One line for each rule that is broken, with the first place."""
    page.evaluate("mode => document.documentElement.dataset.mode = mode", mode)
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    broken = Axe().run(page, options=options).response["violations"]
    return [
        f"{mode}, {each['id']} at {each['nodes'][0]['target']}: {each['help']}" for each in broken
    ]
