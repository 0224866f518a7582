"""Every kind of page, in both brands, light and dark, against the rules of axe for WCAG 2.2 AA."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as portal

from tests.cast import AURORA_HOST, BOREALIS_HOST, build_user
from tests.pages import all_pages
from tests.showcase import fill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("host", [AURORA_HOST, BOREALIS_HOST])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_on_any_page(
    cast, live_server, open_browser, visit, settings, host, width
):
    settings.STRIPE_SECRET_KEY = "sk_test_of_a_stripe_that_is_never_called"
    tenant = cast.aurora if host == AURORA_HOST else cast.borealis
    fan = build_user(tenant, "fan@example.org", display_name="Robin")
    pages = all_pages(fill(fan))
    home = f"http://{host}:{live_server.thread.port}"
    # Colours that are still on their way from the other mode would be measured too.
    options = {"viewport": {"width": width, "height": 800}, "reduced_motion": "reduce"}
    stranger, signed_in = open_browser(**options), open_browser(**options)
    sign_in(signed_in, home, visit(fan, host))
    found = []
    for name, path, needs_fan in pages:
        page = signed_in if needs_fan else stranger
        page.goto(f"{home}{path}")
        for mode in ("light", "dark"):
            page.evaluate("mode => document.documentElement.dataset.mode = mode", mode)
            found += [f"{name}, {mode}: {line}" for line in complaints(page)]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [f"{name}: {wide} pixels too wide"] if wide > 0 else []
    assert found == []


def complaints(page):
    """One line for each rule that is broken, with the first place."""
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    broken = Axe().run(page, options=options).response["violations"]
    return [f"{each['id']} at {each['nodes'][0]['target']}: {each['help']}" for each in broken]


def sign_in(page, home, client):
    session = client.cookies[portal.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": portal.SESSION_COOKIE_NAME, "value": session, "url": home}])
