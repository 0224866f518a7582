"""Every kind of page on two brands, in English and Arabic, on a phone and a desk, light and dark:
its weight, where it asks, whether anything moves, words cut or lying on others, the focus, axe."""

import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from lumiq_portal.font_finder import build_missing
from tests.cast import AURORA_HOST, BOREALIS_HOST, PLATFORM_HOST, build_user
from tests.journeys import broken_urls
from tests.journeys.examination import Visitor
from tests.journeys.visitors import sign_in
from tests.pages import FAN, STATUSES, all_pages, empty_pages
from tests.showcase import fill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

# Their forms are sent as they are, and come back with what there is to mend.
FORMS = ("sign-in", "sign-up", "password-reset", "password-reset-confirm", "share-password")
EMPTY_FORMS = (
    "create-photo", "create-teams", "create-consent", "avatar-clip", "voucher", "api-keys",
    "webhooks",
)  # fmt: skip
# Those whose first picture is the busiest, or that a script finishes.
SLOW = (
    "home", "gallery", "match", "share", "sign-in", "create-photo", "create-teams", "avatar-clip",
    "videos", "wallet", "video-ready", "video-being-made", "api-playground", "link-form",
    "video-embedding", "api-docs",
)  # fmt: skip
SIZES = {360: 740, 1440: 900}
FIRST_PICTURE = """() => new Promise(done => new PerformanceObserver(() => done()).observe(
    {type: "paint", buffered: true}))"""


@pytest.fixture
def portal(cast, live_server, redis, settings):
    """portal(host) → the address of its pages, and a newcomer there."""
    settings.STRIPE_SECRET_KEY = "sk_test_of_a_stripe_that_is_never_called"
    settings.PORTAL_URLCONF = broken_urls.__name__
    build_missing(Path(django_settings.VAR_DIR) / "fonts")  # before the first page waits for them

    def find(host):
        tenant = cast.aurora if host == AURORA_HOST else cast.borealis
        fan = build_user(tenant, "fan@example.org", display_name="Robin")
        return f"http://{host}:{live_server.thread.port}", fan

    return find


@pytest.mark.parametrize(("host", "language"), [(AURORA_HOST, "en"), (BOREALIS_HOST, "ar")])
def test_every_page_is_sound(portal, open_browser, host, language):
    home, fan = portal(host)
    walk = Walk(open_browser, home, fan, language=language, asks_axe=True)
    walk.visit(empty_pages())
    walk.send_empty(visitor=walk.fan, pages={name: FAN[name] for name in EMPTY_FORMS})
    pages = all_pages(fill(fan))
    walk.visit(pages)
    walk.send_empty(
        visitor=walk.stranger, pages={name: path for name, path, _ in pages if name in FORMS}
    )
    for name, (path, status) in broken_urls.PAGES.items():
        walk.look_at(name, walk.stranger.arrive(f"{home}{path}", status=status), walk.stranger)
    nowhere = home.replace(host, "nobody.localhost")
    walk.look_at("no portal", walk.stranger.arrive(f"{nowhere}/", status=404), walk.stranger)
    assert not walk.found, "\n".join(walk.found)


@pytest.mark.parametrize(("host", "language"), [(BOREALIS_HOST, "en"), (AURORA_HOST, "ar")])
def test_every_page_is_laid_out_well_in_the_other_language_too(
    portal, open_browser, host, language
):
    """No rule of axe hangs on the brand and the language together; the room for words does."""
    home, fan = portal(host)
    walk = Walk(open_browser, home, fan, language=language, asks_axe=False)
    walk.visit(all_pages(fill(fan)))
    assert not walk.found, "\n".join(walk.found)


def test_the_page_of_the_platform_is_sound(portal, open_browser):
    home, fan = portal(AURORA_HOST)
    platform = home.replace(AURORA_HOST, PLATFORM_HOST)
    walk = Walk(open_browser, platform, fan, language="en", asks_axe=True)
    walk.visit([("platform", "/", False)])
    assert not walk.found, "\n".join(walk.found)


@pytest.mark.parametrize(("host", "width"), [(AURORA_HOST, 360), (BOREALIS_HOST, 1440)])
def test_nothing_moves_when_fonts_scripts_and_pictures_come_late(portal, open_browser, host, width):
    home, fan = portal(host)
    pages = {name: path for name, path, _ in all_pages(fill(fan))}
    page = open_browser(viewport={"width": width, "height": SIZES[width]})
    visitor = Visitor(page, language="en")
    sign_in(page, home, fan)
    late = Late(page)
    found = []
    for name in SLOW:
        page.goto(f"{home}{pages[name]}", wait_until="commit")
        late.come_after_the_first_picture()
        found += [f"{name}: {line}" for line in visitor.look_at_arrival()]
    assert not found, "\n".join(found)


def test_what_is_wrong_is_told(portal, open_browser):
    home, _ = portal(AURORA_HOST)
    visitor = Visitor(open_browser(), language="en")
    told = visitor.arrive(f"{home}/error/all/")
    told += visitor.look(width=360, height=740, mode="light")
    told += visitor.ask_axe(mode="light", colours_in="dark")
    for complaint in (
        "came with 418", "weighs 15", "asks http://platform.localhost/", "is in fr,",
        "asks in vain for", "pixels too wide", "cut off, “Cut words”",
        "“One line” lies on “Another”", "has the focus unseen: button",
        "has the focus behind something: button", "image-alt at",
    ):  # fmt: skip
        assert any(complaint in line for line in told), f"{complaint}: not in {told}"


class Walk:
    """Of a stranger and a fan, each in a browser; `found` is what is wrong, one line each."""

    def __init__(self, open_browser, home, fan, *, language, asks_axe):
        # Colours that are still on their way from the other mode would be measured too.
        options = {"locale": language, "reduced_motion": "reduce"}
        self.stranger, self.fan = (
            Visitor(open_browser(**options), language=language) for _ in range(2)
        )
        sign_in(self.fan.page, home, fan)
        self.home = home
        self.asks_axe = asks_axe
        self.found = []

    def visit(self, pages):
        for name, path, needs_fan in pages:
            visitor = self.fan if needs_fan else self.stranger
            status = STATUSES.get(name, 200)
            self.look_at(name, visitor.arrive(f"{self.home}{path}", status=status), visitor)

    def send_empty(self, *, visitor, pages):
        for name, path in pages.items():
            self.look_at(f"{name}, sent empty", visitor.send_empty(f"{self.home}{path}"), visitor)

    def look_at(self, name, told, visitor):
        for width, mode, other in ((1440, "light", "dark"), (360, "dark", "light")):
            told += visitor.look(width=width, height=SIZES[width], mode=mode)
            if self.asks_axe:
                told += visitor.ask_axe(mode=mode, colours_in=other)
        self.found += [f"{name}: {line}" for line in told]


class Late:
    """Holds back what a page does not wait for with its first picture."""

    def __init__(self, page):
        self.page = page
        self.held = []
        self.is_open = False
        page.route(re.compile(r"\.(woff2|js|jpg)$"), self._hold)

    def _hold(self, route):
        if self.is_open:
            route.continue_()
        else:
            self.held.append(route)

    def come_after_the_first_picture(self):
        self.page.evaluate(FIRST_PICTURE)
        self.is_open = True
        for route in self.held:
            route.continue_()
        self.page.wait_for_load_state()
        self.held.clear()
        self.is_open = False
