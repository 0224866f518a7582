"""The fan's whole way on two portals, in a real browser, with a real football video."""

import re

import pytest
from playwright.sync_api import expect

from accounts import ledger
from accounts.models import User
from generations.audit import audit_all
from generations.models import Generation
from tests.cast import AURORA_HOST, BOREALIS_HOST, PASSWORD, give
from tests.journeys.ordering import add_photo, agree, pick

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

REAL_DRAWING = "generations.sandbox.rendering"
READY_TIMEOUT = 120_000


@pytest.fixture
def site(start_site, collected_static):
    port, _ = start_site(renderer=REAL_DRAWING)
    return port


@pytest.mark.parametrize(
    ("slug", "left", "right"), [("aurora", "Brazil", "France"), ("borealis", "Nigeria", "Italy")]
)
def test_a_fan_makes_shares_and_publishes_a_video(cast, site, open_browser, slug, left, right):
    page = open_browser()
    home = f"http://{slug}.localhost:{site}/"
    _sign_up(page, home, "fan@example.org")
    fan = User.objects.get_by_email(tenant=getattr(cast, slug), email="fan@example.org")
    give(fan, 180)

    _order(page, home, left=left, right=right)
    expect(page.get_by_text("90 credits held")).to_be_visible()
    assert ledger.balance_of(fan) == ledger.Balance(available=90, held=90)
    expect(page.locator("video")).to_be_attached(timeout=READY_TIMEOUT)
    generation = Generation.objects.get(user=fan)
    assert ledger.balance_of(fan) == ledger.Balance(available=90, held=0)
    _plays_and_seeks(page)

    page.goto(f"{home}wallet/")
    expect(page.get_by_text("Video charged")).to_be_visible()
    page.goto(f"{home}videos/{generation.pk}/")
    page.get_by_label("Everybody").check()
    expect(page.get_by_label("Everybody")).to_be_checked()
    share_address = f"{home}v/{generation.share_links.get().code}/"
    page.wait_for_load_state()

    stranger = open_browser()
    stranger.goto(f"{home}gallery/")
    stranger.locator("a.card").first.click()
    expect(stranger).to_have_url(share_address)
    _plays_and_seeks(stranger)
    card = stranger.locator("meta[property='og:video']").get_attribute("content")
    assert card.startswith(f"{home}v/")
    assert audit_all().problems == []


def test_one_address_on_two_portals_is_two_people(cast, site, open_browser):
    page = open_browser()
    aurora, borealis = (f"http://{host}:{site}/" for host in (AURORA_HOST, BOREALIS_HOST))
    _sign_up(page, aurora, "both@example.org")
    on_aurora = User.objects.get_by_email(tenant=cast.aurora, email="both@example.org")
    give(on_aurora, 90)
    _order(page, aurora, left="Mexico", right="Germany")
    expect(page.locator("video")).to_be_attached(timeout=READY_TIMEOUT)
    generation = Generation.objects.get()

    # In the same browser: nobody on the other portal, and then somebody else.
    page.goto(f"{borealis}videos/")
    expect(page).to_have_url(re.compile(r"/account/sign-in/"))
    _sign_up(page, borealis, "both@example.org", password=f"{PASSWORD} too")
    page.goto(f"{borealis}videos/")
    expect(page.get_by_text("Mexico")).to_have_count(0)
    assert page.goto(f"{borealis}videos/{generation.pk}/").status == 404
    code = generation.share_links.get().code
    assert page.goto(f"{borealis}v/{code}/").status == 404
    assert page.goto(f"{aurora}v/{code}/").status == 200


def test_bad_input_keeps_what_was_filled_in_and_costs_nothing(cast, site, open_browser):
    page = open_browser(viewport={"width": 360, "height": 740})
    home = f"http://{AURORA_HOST}:{site}/"
    _sign_up(page, home, "fan@example.org")
    fan = User.objects.get_by_email(tenant=cast.aurora, email="fan@example.org")
    give(fan, 90)
    page.goto(f"{home}create/football/?left=Japan&right=Italy")
    add_photo(page, b"no photo")
    expect(page.get_by_text("We could not read this photo").first).to_be_visible()
    page.goto(f"{home}create/football/teams/")
    assert page.locator("[name=team_left]").first.input_value() == "Japan"
    assert ledger.balance_of(fan) == ledger.Balance(available=90, held=0)
    assert not Generation.objects.exists()


def _sign_up(page, home, email, password=PASSWORD):
    page.goto(f"{home}account/sign-up/")
    page.fill("[name=email]", email)
    page.fill("[name=display_name]", "Robin")
    page.fill("[name=password]", password)
    page.get_by_role("button", name="Create an account").click()
    expect(page).to_have_url(re.compile(r"/create/football/"))


def _order(page, home, *, left, right):
    page.goto(f"{home}create/football/")
    add_photo(page)
    page.get_by_role("button", name="Next: teams").click()
    pick(page, left)
    pick(page, right)
    page.get_by_role("button", name="Next: consent").click()
    agree(page)
    dock = page.locator(".dock")
    expect(dock.get_by_text("90 credits").first).to_be_visible()
    expect(dock.get_by_text(re.compile(r"You have [\d,]+"))).to_be_visible()
    page.get_by_role("button", name="Make my video · 90 credits").click()
    expect(page).to_have_url(re.compile(r"/videos/[0-9a-f-]{36}/"))


def _plays_and_seeks(page):
    """Without `wait_for_function`: it evaluates a string, which the site's policy forbids."""
    video = page.locator("video")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    video.evaluate(
        """video => new Promise(resolve => {
            const look = () => video.currentTime > 0.3 && resolve();
            video.addEventListener("timeupdate", look);
            look();
        })"""
    )
    assert abs(video.evaluate("video => video.duration") - 10) <= 0.2
    video.evaluate(
        """video => new Promise(resolve => {
            video.pause();
            video.addEventListener("seeked", resolve, {once: true});
            video.currentTime = 8;
        })"""
    )
    assert video.evaluate("video => video.currentTime") == pytest.approx(8, abs=0.1)
