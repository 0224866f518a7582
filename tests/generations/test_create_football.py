"""The steps to a football fan video over HTTP: one order for one wish, and a plain sentence where
it cannot be."""

import re
import threading
import uuid
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import close_old_connections
from django.test import Client

from accounts import ledger
from accounts.models import CreditHold
from generations import lifecycle
from generations.audit import audit_all
from generations.models import Draft, Generation, LumiqAccount, Upload
from tests.cast import (
    AURORA_HOST,
    build_order,
    build_photo_bytes,
    build_upload,
    fill_supply,
    give,
    make_ready,
    queue_video,
)
from tests.orders import (
    FOOTBALL,
    draft_of,
    fill_football,
    nonce_of,
    order,
    put_consent,
    put_photo,
    put_teams,
)

pytestmark = pytest.mark.django_db

PHOTO, TEAMS, CONSENT, REVIEW, REMOVAL = (
    f"{FOOTBALL}{step}/" for step in ("photo", "teams", "consent", "review", "removal")
)
FULL_WALLET = 1000


@pytest.fixture
def alice(cast):
    give(cast.alice, FULL_WALLET)
    return cast.alice


@pytest.fixture
def browser(alice, visit):
    return visit(alice)


def photo(data, name="photo.jpg"):
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def test_each_step_leads_to_the_next_and_the_last_one_orders_once(browser, alice):
    assert browser.get(FOOTBALL).url == PHOTO
    assert put_photo(browser).url == PHOTO, "to look at what is sent"
    assert browser.post(PHOTO).url == TEAMS
    assert put_teams(browser).url == CONSENT
    assert put_consent(browser).url == REVIEW
    answer = order(browser)
    generation = Generation.objects.get()
    assert answer.url == f"/videos/{generation.pk}/"
    assert (generation.team_left, generation.team_right) == ("Brazil", "France")
    assert (generation.credits, generation.duration_seconds, generation.ratio) == (90, 10, "16:9")
    assert (generation.user, generation.tenant) == (alice, alice.tenant)
    assert generation.visibility == "link"
    assert ledger.balance_of(alice) == ledger.Balance(available=FULL_WALLET - 90, held=90)
    assert CreditHold.objects.count() == 1
    assert not Draft.objects.exists()
    assert audit_all().problems == []
    assert browser.get(answer.url).status_code == 200


def test_the_step_bar_says_which_step_it_is(browser):
    for number, address in enumerate((PHOTO, TEAMS, CONSENT), start=1):
        page = browser.get(address).content.decode()
        assert f"Step {number} of 4" in page
        assert page.count('aria-current="step"') == 1


def test_every_step_shows_price_and_balance(browser):
    fill_football(browser)
    for address in (PHOTO, TEAMS, CONSENT, REVIEW):
        page = browser.get(address)
        assert page.status_code == 200
        assert (page.context["price"], page.context["balance_after"]) == (90, FULL_WALLET - 90)
        assert "You have 1,000" in page.content.decode()
        assert "910 left after" in page.content.decode()


def test_looking_at_a_step_begins_nothing(browser):
    for address in (FOOTBALL, PHOTO, TEAMS, CONSENT, REVIEW):
        browser.get(address)
    assert not Draft.objects.exists()


def test_the_review_comes_after_all_other_steps(browser):
    assert browser.get(REVIEW, follow=True).redirect_chain[-1][0] == PHOTO
    put_photo(browser)
    assert browser.get(REVIEW).url == TEAMS
    put_teams(browser)
    assert browser.get(REVIEW).url == CONSENT


def test_a_changed_answer_leads_back_to_the_review(browser):
    fill_football(browser)
    assert put_teams(browser, team_right="Italy").url == REVIEW
    assert "Italy" in browser.get(REVIEW).content.decode()


def test_answers_are_shown_again_on_any_device(browser, alice, visit):
    fill_football(browser, consent={"relation": "adult", "subject_name": "Robin", "gallery": "on"})
    other_device = visit(alice)
    assert other_device.get(FOOTBALL).url == REVIEW
    teams = other_device.get(TEAMS).context["form"]
    assert (teams["team_left"].value(), teams["team_right"].value()) == ("Brazil", "France")
    consent = other_device.get(CONSENT).context["form"]
    assert consent["relation"].value() == "adult"
    assert consent["subject_name"].value() == "Robin"
    assert consent["making"].value() is consent["gallery"].value() is True
    assert f"/uploads/{draft_of(alice).photo_id}/" in other_device.get(PHOTO).content.decode()


def test_teams_can_be_chosen_by_the_address(browser, alice):
    assert browser.get(FOOTBALL, {"left": "Brazil", "right": "Atlantis"}).url == PHOTO
    assert (draft_of(alice).team_left, draft_of(alice).team_right) == ("Brazil", "")
    browser.get(FOOTBALL, {"right": "France"})
    assert (draft_of(alice).team_left, draft_of(alice).team_right) == ("Brazil", "France")


@pytest.mark.parametrize(
    ("wish", "teams"),
    [
        ({"left": "France"}, ("France", "")),
        ({"right": "Brazil"}, ("", "Brazil")),
        ({"left": "Italy", "right": "Italy"}, ("Italy", "")),
    ],
)
def test_no_address_puts_a_team_on_both_sides(browser, alice, wish, teams):
    put_teams(browser)
    browser.get(FOOTBALL, wish)
    assert (draft_of(alice).team_left, draft_of(alice).team_right) == teams


def test_a_wish_survives_signing_up(cast, visit):
    client = visit()
    sign_in = client.get(FOOTBALL, {"left": "Brazil", "right": "Ivory Coast"}).url
    page = client.get(sign_in).content.decode()
    sign_up = re.search(r'href="(/account/sign-up/\?next=[^"]+)"', page)[1]
    form = client.get(unescape(sign_up))
    fields = {"email": "new@example.org", "password": "northern lights 1"}
    answer = client.post("/account/sign-up/", {**fields, "next": form.context["next"]}, follow=True)
    assert answer.redirect_chain[-1][0] == PHOTO
    draft = Draft.objects.get()
    assert (draft.team_left, draft.team_right) == ("Brazil", "Ivory Coast")


def test_an_earlier_photo_is_used_again_for_another_opponent(browser, alice, media_folder):
    earlier = make_ready(alice)
    answer = browser.get(FOOTBALL, {"photo": earlier.photo_id, "left": "Brazil"})
    assert answer.url == TEAMS
    put_teams(browser, team_right="Italy")
    assert put_consent(browser).url == REVIEW
    assert order(browser).status_code == 302
    assert Generation.objects.latest("created_at").photo_id == earlier.photo_id
    assert Upload.objects.count() == 1


def test_another_photo_leaves_the_earlier_videos_photo_alone(browser, alice, media_folder):
    earlier = make_ready(alice)
    browser.get(FOOTBALL, {"photo": earlier.photo_id})
    put_photo(browser)
    assert Upload.objects.filter(pk=earlier.photo_id).exists()
    assert (media_folder / earlier.photo.file.name).exists()


@pytest.mark.parametrize("asked", ["bobs", "gone", "x", "a clip"])
def test_a_photo_that_cannot_be_used_again_is_told(browser, cast, alice, asked):
    ids = {
        "bobs": build_upload(cast.bob).pk,
        "gone": uuid.uuid4(),
        "x": "x",
        "a clip": build_upload(alice, kind=Upload.Kind.CLIP).pk,
    }
    page = browser.get(FOOTBALL, {"photo": ids[asked]}, follow=True)
    assert page.redirect_chain[-1][0] == PHOTO
    assert "not kept any more" in page.content.decode()
    assert not Draft.objects.exists()


def test_a_photo_whose_video_was_deleted_is_asked_for_again(browser, alice):
    earlier = make_ready(alice)
    fill_football(browser)
    browser.get(FOOTBALL, {"photo": earlier.photo_id})
    put_consent(browser)
    Upload.objects.filter(pk=earlier.photo_id).update(file="")
    assert browser.get(REVIEW).url == PHOTO
    assert browser.post(REVIEW, {"order_nonce": draft_of(alice).order_nonce}).url == PHOTO
    assert Generation.objects.count() == 1


BAD_FILES = {
    "empty": (b"", "empty"),
    "wrong type": (b"%PDF-1.7", "could not read"),
    "too large": (bytes(10 * 1024 * 1024 + 1), "at most 10 MB"),
    "too small": (build_photo_bytes(100, 100), "at least 256"),
    "corrupt": (build_photo_bytes()[:900], "could not read"),
}


@pytest.mark.parametrize(("data", "words"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_photo_is_told_in_one_sentence_and_leaves_no_file(
    browser, alice, media_folder, data, words
):
    sentence = only_error(put_photo(browser, photo(data)), "photo")
    assert words in sentence
    assert nothing_happened(alice)
    assert files_in(media_folder) == []


def test_a_step_without_a_photo_asks_for_one(browser, alice):
    assert "Add a photo" in only_error(browser.post(PHOTO), "photo")
    assert nothing_happened(alice)


def test_a_bad_new_photo_leaves_the_one_before(browser, alice):
    put_photo(browser)
    before = draft_of(alice).photo_id
    only_error(put_photo(browser, photo(b"%PDF")), "photo")
    assert draft_of(alice).photo_id == before


def test_a_new_photo_takes_the_place_of_the_one_before(browser, alice, media_folder):
    put_photo(browser)
    before = draft_of(alice).photo
    put_photo(browser, photo(build_photo_bytes(800, 1000)))
    after = draft_of(alice).photo
    assert after != before
    assert files_in(media_folder) == [after.file.name]


def test_a_new_photo_is_agreed_to_anew(browser, alice):
    fill_football(browser)
    put_photo(browser)
    assert browser.get(REVIEW).url == CONSENT


BAD_TEAMS = {
    "same team twice": ({"team_right": "Brazil"}, "team_right", "the same team"),
    "unknown team": ({"team_left": "Atlantis"}, "team_left", "no such team"),
    "no left team": ({"team_left": ""}, "team_left", "Pick your team"),
    "no right team": ({"team_right": ""}, "team_right", "Pick the other side"),
    "nonsense": ({"team_left": "\0"}, "team_left", ""),
}


@pytest.mark.parametrize(("fields", "field", "words"), BAD_TEAMS.values(), ids=BAD_TEAMS)
def test_wrong_teams_are_told_in_one_sentence_and_the_other_is_kept(
    browser, alice, fields, field, words
):
    page = put_teams(browser, **fields)
    assert words in only_error(page, field)
    if field == "team_left":
        assert '<option value="France" selected>' in page.content.decode()
    assert nothing_happened(alice)


def test_too_few_credits_lead_to_the_shop_with_the_draft_kept(cast, visit):
    give(cast.bob, 60)
    client = visit(cast.bob)
    fill_football(client)
    page = client.get(REVIEW)
    assert page.context["missing"] == 30
    assert "You need 30 more" in page.content.decode()
    assert "Make my video ·" not in page.content.decode()
    nonce = draft_of(cast.bob).order_nonce
    sentence = only_error(order(client, nonce=nonce), "__all__")
    assert "30 more credits" in sentence
    assert not CreditHold.objects.exists()
    give(cast.bob, 30)
    assert order(client, nonce=nonce).status_code == 302


def test_an_exhausted_master_key_takes_no_orders(browser, alice):
    fill_football(browser)
    LumiqAccount.objects.update(balance_credits=89)
    page = order(browser)
    sentence = only_error(page, "__all__")
    assert "Nothing was charged" in sentence
    assert "try again" in sentence
    assert "LUMIQ" not in page.content.decode()
    assert nothing_happened(alice)
    fill_supply()
    assert order(browser).status_code == 302


@pytest.mark.parametrize("nonce", ["", "not a uuid", "\0", "é" * 100])
def test_an_order_that_names_no_draft_is_shown_once_more(browser, alice, nonce):
    fill_football(browser)
    page = browser.post(REVIEW, {"order_nonce": nonce}, follow=True)
    assert page.status_code == 200
    assert "Nothing was charged" in page.content.decode()
    assert nothing_happened(alice)


def test_a_page_that_shows_old_answers_orders_nothing(browser, alice):
    fill_football(browser)
    nonce = nonce_of(browser)
    put_teams(browser, team_right="Italy")
    page = order(browser, nonce=nonce)
    assert page.status_code == 200
    assert "changed since this page was shown" in page.content.decode()
    assert "Italy" in page.content.decode()
    assert nothing_happened(alice)
    assert order(browser).status_code == 302


@pytest.mark.parametrize(
    "fields",
    [{}, {"photo": "a text"}, {"crop_left": "x"}, {"crop_left": "-9", "crop_width": "99999"},
     {"unknown": "é" * 100}, {"crop_width": "9" * 400}],
)  # fmt: skip
def test_nonsense_never_breaks_the_photo_step(browser, alice, fields):
    assert browser.post(PHOTO, fields).status_code == 422
    put_photo(browser)
    assert browser.post(PHOTO, fields).status_code in (302, 422)
    assert nothing_happened(alice)


def test_a_reload_after_the_order_is_the_same_order(browser, alice, media_folder):
    fill_football(browser)
    nonce = nonce_of(browser)
    answers = [order(browser, nonce=nonce) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == 1
    assert Generation.objects.count() == 1
    assert ledger.balance_of(alice).held == 90
    assert files_in(media_folder) == [Generation.objects.get().photo.file.name]


def test_the_page_of_an_order_made_in_another_tab_leads_to_that_order(browser, alice):
    fill_football(browser)
    nonce = nonce_of(browser)
    first = order(browser, nonce=nonce)
    fill_football(browser, team_right="Italy")
    assert order(browser, nonce=nonce).url == first.url
    assert Generation.objects.count() == 1
    assert draft_of(alice).team_right == "Italy"


def test_the_nonce_of_somebody_else_orders_nothing(browser, cast, visit):
    give(cast.bob, 90)
    theirs = visit(cast.bob)
    fill_football(browser)
    fill_football(theirs)
    nonce = nonce_of(theirs)
    assert order(browser, nonce=nonce).status_code == 200
    assert not Generation.objects.exists()
    assert order(theirs, nonce=nonce).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_make_one_order(alice, redis, visit, media_folder):
    client = visit(alice)
    fill_football(client)
    nonce, session = nonce_of(client), client.cookies
    answers = []

    def click():
        browser = Client(headers={"host": AURORA_HOST}, raise_request_exception=False)
        browser.cookies = session
        try:
            answers.append(order(browser, nonce=nonce))
        finally:
            close_old_connections()

    all_at_once(click, times=8)
    assert [answer.status_code for answer in answers] == [302] * 8
    generation = Generation.objects.get()
    assert {answer.url for answer in answers} == {f"/videos/{generation.pk}/"}
    assert ledger.balance_of(alice) == ledger.Balance(available=FULL_WALLET - 90, held=90)
    assert files_in(media_folder) == [generation.photo.file.name]
    assert redis.llen("rq:queue:dispatch") == 1
    assert audit_all().problems == []


def test_a_draft_is_thrown_away_with_its_photo(browser, alice, media_folder):
    put_photo(browser)
    assert browser.get(REMOVAL).status_code == 405
    assert browser.post(REMOVAL).url == PHOTO
    assert draft_of(alice) is None
    assert files_in(media_folder) == []
    assert browser.post(REMOVAL).url == PHOTO, "again is harmless"


def test_an_order_without_the_pages_token_is_refused(alice):
    browser = Client(headers={"host": AURORA_HOST}, enforce_csrf_checks=True)
    browser.force_login(alice)
    for address in (PHOTO, TEAMS, CONSENT, REVIEW, REMOVAL):
        assert browser.post(address).status_code == 403


def test_more_files_than_the_form_has_are_refused(browser, alice, media_folder):
    files = {f"file{number}": photo(b"x") for number in range(10)}
    assert browser.post(PHOTO, files).status_code == 400
    assert browser.post(PHOTO, {f"field{n}": "x" for n in range(300)}).status_code == 400
    assert nothing_happened(alice)
    assert files_in(media_folder) == []


def test_a_body_that_is_no_form_is_refused(browser, alice):
    for kind in ["multipart/form-data; boundary=x", "multipart/form-data", "application/json"]:
        answer = browser.generic("POST", PHOTO, b"--x\r\ngarbage", content_type=kind)
        assert answer.status_code in (400, 422)
    assert nothing_happened(alice)


def test_the_draft_of_another_fan_is_not_seen(browser, cast, visit):
    queue_video(cast.bob)
    put_photo(visit(cast.bob))
    page = browser.get(PHOTO).content.decode()
    assert "/uploads/" not in page


def test_a_queued_order_is_cancelled_by_its_owner_once(browser, alice):
    generation = lifecycle.queue(alice, build_order(alice))
    for _ in range(2):
        answer = browser.post(f"/videos/{generation.pk}/cancellation/")
        assert answer.headers["Location"] == f"/videos/{generation.pk}/"
        assert browser.get(answer.headers["Location"]).status_code == 200
    assert ledger.balance_of(alice) == ledger.Balance(available=FULL_WALLET, held=0)


def only_error(page, field):
    """The one sentence that the page says, which is about `field`."""
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert list(errors) == [field]
    [sentence] = errors[field]
    assert sentence.rstrip().endswith((".", ")"))
    assert sentence[0].isupper()
    return sentence


def nothing_happened(user):
    balance = ledger.balance_of(user)
    return (
        not Generation.objects.exists()
        and not CreditHold.objects.exists()
        and (balance.available, balance.held) == (FULL_WALLET, 0)
    )


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def all_at_once(act, *, times):
    barrier = threading.Barrier(times)

    def run():
        barrier.wait()
        act()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_short_address_leads_to_the_steps_with_its_teams(cast, visit):
    answer = visit(cast.alice).get("/create/?left=Brazil")
    assert (answer.status_code, answer.url) == (302, "/create/football/?left=Brazil")
