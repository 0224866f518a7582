"""The steps to an avatar video over HTTP."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import ledger
from generations.models import Draft, Generation, Upload, Voice
from tests.cast import give
from tests.clips import build_clip_bytes
from tests.orders import AVATAR, draft_of, fill_avatar, order, put_clip, put_consent, put_photo

pytestmark = pytest.mark.django_db

CLIP, CONSENT, REVIEW = (f"{AVATAR}{step}/" for step in ("clip", "consent", "review"))
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


@pytest.mark.parametrize(("seconds", "price"), [(10, 90), (20, 180), (30, 270)])
def test_an_avatar_costs_by_its_length(browser, alice, clip, seconds, price):
    Voice.objects.create(voice_id="anna", name="Anna, calm")
    fill_avatar(browser, clip, duration_seconds=seconds, ratio="1:1", voice_id="anna")
    page = browser.get(REVIEW)
    assert page.context["price"] == price
    assert "Anna, calm" in page.content.decode()
    answer = order(browser, at=AVATAR)
    generation = Generation.objects.get()
    assert answer.url == f"/videos/{generation.pk}/"
    assert (generation.product, generation.credits) == ("avatar", price)
    assert (generation.duration_seconds, generation.ratio) == (seconds, "1:1")
    assert generation.voice_id == "anna"
    assert generation.clip.kind == "clip"
    assert ledger.balance_of(alice) == ledger.Balance(available=FULL_WALLET - price, held=price)
    assert not Draft.objects.exists()


def test_a_clip_is_shown_before_it_goes_on(browser, alice, clip):
    assert put_clip(browser, clip).url == CLIP
    page = browser.get(CLIP).content.decode()
    assert "6.0 seconds · 160 × 120" in page
    assert put_clip(browser, None).url == CONSENT


@pytest.mark.parametrize(("seconds", "is_warned"), [(10, True), (20, True)])
def test_a_clip_shorter_than_the_video_is_told_and_taken(browser, clip, seconds, is_warned):
    fill_avatar(browser, clip, duration_seconds=seconds)
    assert ("Your clip lasts 6.0 seconds" in browser.get(CLIP).content.decode()) is is_warned
    assert "shorter than the video" in browser.get(REVIEW).content.decode()
    assert order(browser, at=AVATAR).status_code == 302


def test_only_voices_that_are_offered_can_be_chosen(browser):
    Voice.objects.create(voice_id="anna", name="Anna, calm")
    Voice.objects.create(voice_id="old", name="Old", is_active=False)
    page = browser.get(CLIP).content.decode()
    assert "Anna, calm" in page
    assert "Standard voice" in page
    assert "Old" not in page
    assert list(put_clip(browser, None, voice_id="old").context["form"].errors) == ["voice_id"]


BAD_FIELDS = [
    ({"duration_seconds": "15"}, "duration_seconds"),
    ({"duration_seconds": ""}, "duration_seconds"),
    ({"ratio": "3:2"}, "ratio"),
    ({"voice_id": "x" * 81}, "voice_id"),
]


@pytest.mark.parametrize(("fields", "field"), BAD_FIELDS, ids=str)
def test_a_wrong_field_is_told(browser, alice, fields, field):
    page = put_clip(browser, None, **fields)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]


@pytest.mark.parametrize("data", [b"#EXTM3U\n", b"", None])
def test_a_clip_that_cannot_be_used_is_told(browser, alice, media_folder, data):
    file = None if data is None else SimpleUploadedFile("clip.mp4", data)
    page = put_clip(browser, file)
    assert page.status_code == 422
    [sentence] = page.context["form"].errors["clip"]
    assert sentence.endswith(("Nothing was charged.", "empty."))
    assert not list(media_folder.rglob("*.mp4"))


def test_another_clip_takes_the_place_of_the_one_before(browser, alice, clip, tmp_path):
    fill_avatar(browser, clip)
    before = draft_of(alice, "avatar").clip
    longer = SimpleUploadedFile("clip.mp4", build_clip_bytes(tmp_path, seconds=7))
    put_clip(browser, longer)
    assert not Upload.objects.filter(pk=before.pk).exists()
    assert browser.get(REVIEW).url == CONSENT, "another person may be in it"


def test_both_products_have_a_draft_of_their_own(browser, alice, clip):
    put_photo(browser)
    put_photo(browser, at=AVATAR)
    put_clip(browser, clip)
    put_consent(browser, at=AVATAR)
    order(browser, at=AVATAR)
    assert draft_of(alice).photo is not None
    assert draft_of(alice, "avatar") is None
