"""The order pages over HTTP: one order for one wish, and a plain sentence where it cannot be."""

import threading
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import close_old_connections
from django.test import Client

from accounts import ledger
from accounts.models import CreditHold
from generations import lifecycle
from generations.audit import audit_all
from generations.models import Generation, LumiqAccount, Upload
from tests.cast import (
    AURORA_HOST,
    build_order,
    build_photo_bytes,
    build_photo_file,
    build_upload,
    fill_supply,
    give,
    queue_video,
)
from tests.clips import build_clip_bytes

pytestmark = pytest.mark.django_db

FOOTBALL, AVATAR = "/create/football/", "/create/avatar/"
FULL_WALLET = 1000


@pytest.fixture
def alice(cast):
    give(cast.alice, FULL_WALLET)
    return cast.alice


@pytest.fixture
def browser(alice, visit):
    return visit(alice)


@pytest.fixture
def clip(tmp_path):
    return SimpleUploadedFile("clip.mp4", build_clip_bytes(tmp_path), content_type="video/mp4")


def test_the_page_shows_price_and_balance_and_a_fresh_nonce(browser):
    first, second = browser.get(FOOTBALL), browser.get(FOOTBALL)
    assert first.status_code == 200
    assert (first.context["price"], first.context["balance_after"]) == (90, FULL_WALLET - 90)
    assert nonce_of(first) != nonce_of(second)
    assert str(nonce_of(first)) in first.content.decode()


def test_teams_can_be_chosen_by_the_address(browser):
    page = browser.get(FOOTBALL, {"left": "Brazil", "right": "Atlantis"})
    assert chosen(page, "team_left") == "Brazil"
    assert not chosen(page, "team_right")


def test_a_football_order_is_taken_and_its_price_held_once(browser, alice):
    answer = browser.post(FOOTBALL, football())
    generation = Generation.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/videos/{generation.pk}/"
    assert (generation.team_left, generation.team_right) == ("Brazil", "France")
    assert (generation.credits, generation.duration_seconds, generation.ratio) == (90, 10, "16:9")
    assert (generation.user, generation.tenant) == (alice, alice.tenant)
    assert ledger.balance_of(alice) == ledger.Balance(available=FULL_WALLET - 90, held=90)
    assert CreditHold.objects.count() == 1
    assert audit_all().problems == []
    assert browser.get(answer.headers["Location"]).status_code == 200


def photo(data, name="photo.jpg"):
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


BAD_FIELDS = {
    "same team twice": ({"team_right": "Brazil"}, "team_right", "the same team"),
    "unknown team": ({"team_left": "Atlantis"}, "team_left", "no such team"),
    "no left team": ({"team_left": ""}, "team_left", "Pick your team"),
    "no right team": ({"team_right": ""}, "team_right", "Pick the other side"),
    "no consent": ({"consent": ""}, "consent", "Tick the box"),
}
BAD_FILES = {
    "missing": (None, "Add a photo"),
    "empty": (b"", "empty"),
    "wrong type": (b"%PDF-1.7", "could not read"),
    "too large": (bytes(10 * 1024 * 1024 + 1), "at most 10 MB"),
    "too small": (build_photo_bytes(100, 100), "at least 256"),
    "corrupt": (build_photo_bytes()[:900], "could not read"),
}


@pytest.mark.parametrize(("fields", "field", "words"), BAD_FIELDS.values(), ids=BAD_FIELDS)
def test_a_wrong_field_is_told_in_one_sentence_and_the_rest_is_kept(
    browser, alice, fields, field, words
):
    page = browser.post(FOOTBALL, football(**fields))
    sentence = only_error(page, field)
    assert words in sentence
    assert nothing_happened(alice)
    for kept in {"team_left", "team_right"} - {field}:
        assert chosen(page, kept) == football()[kept]
        assert f'<option value="{football()[kept]}" selected>' in page.content.decode()
    draft = Upload.objects.get()
    assert f'name="draft_photo" value="{draft.pk}"' in page.content.decode()


@pytest.mark.parametrize(("data", "words"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_photo_is_told_in_one_sentence_and_leaves_no_file(
    browser, alice, media_folder, data, words
):
    page = browser.post(FOOTBALL, football(photo=None if data is None else photo(data)))
    sentence = only_error(page, "photo")
    assert words in sentence
    assert nothing_happened(alice)
    assert files_in(media_folder) == []
    assert not Upload.objects.exists()
    assert chosen(page, "team_left") == "Brazil"
    assert chosen(page, "team_right") == "France"


def test_a_kept_photo_is_used_by_the_next_try(browser, alice, media_folder):
    first = browser.post(FOOTBALL, football(team_right="Brazil"))
    draft = Upload.objects.get()
    preview = browser.get(f"/uploads/{draft.pk}/")
    assert b"".join(preview.streaming_content).startswith(b"\xff\xd8")
    again = football(photo=None, draft_photo=draft.pk, order_nonce=nonce_of(first))
    assert browser.post(FOOTBALL, again).status_code == 302
    assert Generation.objects.get().photo == draft
    assert files_in(media_folder) == [draft.file.name]


def test_a_new_photo_takes_the_place_of_the_kept_one(browser, media_folder):
    browser.post(FOOTBALL, football(team_right="Brazil"))
    draft = Upload.objects.get()
    assert browser.post(FOOTBALL, football(draft_photo=draft.pk)).status_code == 302
    used = Generation.objects.get().photo
    assert used != draft
    assert files_in(media_folder) == [used.file.name]


def test_a_bad_new_photo_leaves_the_kept_one(browser, alice):
    browser.post(FOOTBALL, football(team_right="Brazil"))
    draft = Upload.objects.get()
    page = browser.post(FOOTBALL, football(photo=photo(b"%PDF"), draft_photo=draft.pk))
    only_error(page, "photo")
    assert f'name="draft_photo" value="{draft.pk}"' in page.content.decode()
    assert nothing_happened(alice)


@pytest.mark.parametrize("owner", ["bob", "mallory"])
def test_a_draft_of_somebody_else_is_not_usable(browser, cast, alice, owner):
    theirs = build_upload(getattr(cast, owner))
    page = browser.post(FOOTBALL, football(photo=None, draft_photo=theirs.pk))
    assert "Choose it again" in only_error(page, "photo")
    assert str(theirs.pk) not in page.content.decode().replace(f'value="{theirs.pk}"', "")
    assert nothing_happened(alice)
    assert Upload.objects.filter(pk=theirs.pk).exists()


def test_the_photo_of_an_earlier_video_is_no_draft(browser, cast):
    used = queue_video(cast.alice).photo
    page = browser.post(FOOTBALL, football(photo=None, draft_photo=used.pk))
    only_error(page, "photo")
    assert Generation.objects.count() == 1


def test_a_draft_that_is_gone_is_told(browser, alice):
    page = browser.post(FOOTBALL, football(photo=None, draft_photo=uuid.uuid4()))
    assert "Choose it again" in only_error(page, "photo")
    assert nothing_happened(alice)


@pytest.mark.parametrize(("has", "missing"), [(0, "90 more credits"), (89, "1 more credit ")])
def test_too_few_credits_are_told_with_what_is_missing(cast, visit, has, missing):
    if has:
        give(cast.bob, has)
    page = visit(cast.bob).post(FOOTBALL, football())
    assert missing in only_error(page, "__all__")
    assert nothing_happened(cast.bob)
    draft = Upload.objects.get()
    give(cast.bob, 90)
    again = football(photo=None, draft_photo=draft.pk, order_nonce=nonce_of(page))
    assert visit(cast.bob).post(FOOTBALL, again).status_code == 302


def test_an_exhausted_master_key_takes_no_orders(browser, alice):
    LumiqAccount.objects.update(balance_credits=89)
    page = browser.post(FOOTBALL, football())
    sentence = only_error(page, "__all__")
    assert "Nothing was charged" in sentence
    assert "try again" in sentence
    assert "LUMIQ" not in page.content.decode()
    assert nothing_happened(alice)
    fill_supply()
    again = football(photo=None, draft_photo=Upload.objects.get().pk, order_nonce=nonce_of(page))
    assert browser.post(FOOTBALL, again).status_code == 302


def test_several_mistakes_are_told_at_once(browser, alice):
    page = browser.post(FOOTBALL, {"order_nonce": uuid.uuid4()})
    assert set(page.context["form"].errors) == {"photo", "team_left", "team_right", "consent"}
    assert page.status_code == 422
    assert nothing_happened(alice)


@pytest.mark.parametrize(
    "fields",
    [{}, {"order_nonce": "not a uuid"}, {"order_nonce": "\0"}, {"draft_photo": "x"},
     {"team_left": "\0"}, {"team_left": ["Brazil", "France"]}, {"photo": "a text"},
     {"consent": "x" * 5000}, {"clip": "x"}, {"unknown": "é" * 100}],
)  # fmt: skip
def test_nonsense_never_breaks_the_page(browser, alice, fields):
    answer = browser.post(FOOTBALL, football(photo=None) | fields)
    assert answer.status_code == 422
    assert nothing_happened(alice)


def test_a_reload_after_the_order_is_the_same_order(browser, alice, media_folder):
    fields = {"order_nonce": uuid.uuid4()}
    answers = [browser.post(FOOTBALL, football(**fields)) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert Generation.objects.count() == 1
    assert ledger.balance_of(alice).held == 90
    assert len(files_in(media_folder)) == 1


def test_the_same_nonce_of_another_fan_is_another_order(browser, cast, visit):
    give(cast.bob, 90)
    nonce = uuid.uuid4()
    addresses = {
        client.post(FOOTBALL, football(order_nonce=nonce)).headers["Location"]
        for client in (browser, visit(cast.bob))
    }
    assert len(addresses) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("photo_is_kept", [False, True])
def test_eight_clicks_at_once_make_one_order(alice, redis, visit, media_folder, photo_is_kept):
    session = visit(alice).cookies
    fields = {"order_nonce": uuid.uuid4()}
    if photo_is_kept:
        fields |= {"photo": None, "draft_photo": build_upload(alice).pk}
    answers = []

    def click():
        browser = Client(headers={"host": AURORA_HOST}, raise_request_exception=False)
        browser.cookies = session
        try:
            answers.append(browser.post(FOOTBALL, football(**fields)))
        finally:
            close_old_connections()

    all_at_once(click, times=8)
    assert [answer.status_code for answer in answers] == [302] * 8
    generation = Generation.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {f"/videos/{generation.pk}/"}
    assert ledger.balance_of(alice) == ledger.Balance(available=FULL_WALLET - 90, held=90)
    assert files_in(media_folder) == [generation.photo.file.name]
    assert redis.llen("rq:queue:dispatch") == 1
    assert audit_all().problems == []


@pytest.mark.parametrize(("seconds", "price"), [(10, 90), (20, 180), (30, 270)])
def test_an_avatar_costs_by_its_length(browser, alice, clip, seconds, price):
    answer = browser.post(AVATAR, avatar(clip, duration=seconds, ratio="1:1", voice_id="anna"))
    generation = Generation.objects.get()
    assert answer.headers["Location"] == f"/videos/{generation.pk}/"
    assert (generation.product, generation.credits) == ("avatar", price)
    assert (generation.duration_seconds, generation.ratio) == (seconds, "1:1")
    assert generation.voice_id == "anna"
    assert generation.clip.kind == "clip"
    assert ledger.balance_of(alice) == ledger.Balance(available=FULL_WALLET - price, held=price)
    assert browser.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"clip": None}, "clip"),
        ({"clip": photo(b"#EXTM3U\n", "clip.mp4")}, "clip"),
        ({"clip": photo(b"", "clip.mp4")}, "clip"),
        ({"photo": None}, "photo"),
        ({"duration": "15"}, "duration"),
        ({"duration": ""}, "duration"),
        ({"ratio": "3:2"}, "ratio"),
        ({"voice_id": "x" * 81}, "voice_id"),
        ({"consent": ""}, "consent"),
    ],
    ids=str,
)
def test_a_wrong_avatar_order_is_told_in_one_sentence(browser, alice, clip, fields, field):
    page = browser.post(AVATAR, avatar(**{"clip": clip, **fields}))
    only_error(page, field)
    assert nothing_happened(alice)


def test_a_kept_clip_is_used_by_the_next_try(browser, alice, clip):
    browser.post(AVATAR, avatar(clip, consent=""))
    kept = {upload.kind: upload for upload in Upload.objects.all()}
    fields = {"photo": None, "draft_photo": kept["photo"].pk, "draft_clip": kept["clip"].pk}
    assert browser.post(AVATAR, avatar(None, **fields)).status_code == 302
    generation = Generation.objects.get()
    assert (generation.photo, generation.clip) == (kept["photo"], kept["clip"])


def test_a_photo_cannot_stand_in_for_a_clip(browser, alice):
    fields = {"draft_clip": build_upload(alice).pk}
    only_error(browser.post(AVATAR, avatar(None, **fields)), "clip")
    assert nothing_happened(alice)


def test_an_order_without_the_pages_token_is_refused(alice):
    browser = Client(headers={"host": AURORA_HOST}, enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post(FOOTBALL, football()).status_code == 403
    assert nothing_happened(alice)


def test_more_files_than_the_form_has_are_refused(browser, alice, media_folder):
    files = {f"file{number}": photo(b"x") for number in range(10)}
    assert browser.post(FOOTBALL, football(**files)).status_code == 400
    assert browser.post(FOOTBALL, {f"field{n}": "x" for n in range(300)}).status_code == 400
    assert nothing_happened(alice)
    assert files_in(media_folder) == []


def test_a_body_that_is_no_form_is_refused(browser, alice):
    for kind in ["multipart/form-data; boundary=x", "multipart/form-data", "application/json"]:
        answer = browser.generic("POST", FOOTBALL, b"--x\r\ngarbage", content_type=kind)
        assert answer.status_code in (400, 422)
    assert nothing_happened(alice)


def test_a_queued_order_is_cancelled_by_its_owner_once(browser, alice):
    generation = lifecycle.queue(alice, build_order(alice))
    for _ in range(2):
        answer = browser.post(f"/videos/{generation.pk}/cancellation/")
        assert answer.headers["Location"] == f"/videos/{generation.pk}/"
        assert browser.get(answer.headers["Location"]).status_code == 200
    assert ledger.balance_of(alice) == ledger.Balance(available=FULL_WALLET, held=0)


def football(**fields):
    """The form as a browser sends it; None leaves a field out."""
    whole = {
        "order_nonce": uuid.uuid4(),
        "photo": build_photo_file(),
        "team_left": "Brazil",
        "team_right": "France",
        "consent": "on",
    }
    return without_nothing(whole | fields)


def avatar(clip, **fields):
    whole = {
        "order_nonce": uuid.uuid4(),
        "photo": build_photo_file(),
        "clip": clip,
        "duration": 10,
        "ratio": "9:16",
        "consent": "on",
    }
    return without_nothing(whole | fields)


def without_nothing(fields):
    return {name: value for name, value in fields.items() if value is not None}


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
        and balance.held == 0
        and balance.available in (FULL_WALLET, 0, 89)
    )


def chosen(page, field):
    return page.context["form"][field].value()


def nonce_of(page):
    return page.context["form"]["order_nonce"].value()


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
