"""What is agreed to before a video, and the proof of it."""

import hashlib

import pytest
from django.db import DatabaseError, transaction

from generations.models import Consent, Generation
from tests.cast import give, make_ready
from tests.orders import FOOTBALL, fill_football, order, put_consent

pytestmark = pytest.mark.django_db

PAGE = f"{FOOTBALL}consent/"


@pytest.fixture
def browser(cast, visit):
    give(cast.alice, 180)
    return visit(cast.alice)


def test_no_box_is_ticked_beforehand(browser):
    page = browser.get(PAGE).content.decode()
    assert page.count('type="checkbox"') == 2
    assert page.count('type="radio"') == 2
    assert "checked" not in page


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"making": None}, "making", "Tick this box"),
        ({"relation": None}, "relation", "Say who"),
        ({"relation": "child"}, "relation", ""),
    ],
)
def test_what_is_needed_is_told(browser, fields, field, words):
    page = put_consent(browser, **fields)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert words in page.context["form"].errors[field][0]


def test_an_order_keeps_the_proof(browser, cast):
    browser.defaults |= {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "Browser/1"}
    fields = {"relation": "adult", "subject_name": "Robin\n", "gallery": None}
    fill_football(browser, consent=fields)
    order(browser)
    consent = Consent.objects.get()
    assert consent.generation == Generation.objects.get()
    assert (consent.tenant, consent.user) == (cast.aurora, cast.alice)
    assert (consent.purpose, consent.relation) == ("making", "adult")
    assert consent.subject_name == "Robin"
    assert "sent to the service" in consent.statement
    assert consent.statement_sha256 == sha256(consent.statement)
    assert (consent.statement_version, consent.locale) == ("2026-11", "en")
    assert consent.network == "203.0.113.0/24"
    assert consent.user_agent_sha256 == sha256("Browser/1")
    assert Generation.objects.get().visibility == "link"


@pytest.mark.parametrize(
    ("address", "network"), [("2001:db8:aa:bb::1", "2001:db8:aa::/48"), ("", ""), ("x", "")]
)
def test_only_the_network_of_an_address_is_kept(browser, address, network):
    browser.defaults["REMOTE_ADDR"] = address
    fill_football(browser)
    order(browser)
    assert Consent.objects.get().network == network


def test_the_gallery_is_a_choice_of_its_own(browser):
    fill_football(browser, consent={"gallery": "on"})
    assert "Everybody, in the gallery" in browser.get(f"{FOOTBALL}review/").content.decode()
    order(browser)
    assert set(Consent.objects.values_list("purpose", flat=True)) == {"making", "gallery"}
    assert Generation.objects.get().visibility == "public"


def test_what_is_not_ready_is_not_in_the_gallery(browser, cast):
    fill_football(browser, consent={"gallery": "on"})
    order(browser)
    assert not Generation.objects.in_gallery(cast.aurora).exists()


def test_the_name_of_oneself_is_not_asked(browser):
    fill_football(browser, consent={"subject_name": "Robin"})
    order(browser)
    assert Consent.objects.get().subject_name == ""


def test_an_order_that_fails_keeps_no_proof(cast, visit):
    client = visit(cast.bob)
    fill_football(client)
    assert order(client).status_code == 422
    assert not Consent.objects.exists()


def test_the_owner_opens_the_receipt(browser, cast, visit):
    fill_football(browser, consent={"relation": "adult", "subject_name": "Robin", "gallery": "on"})
    order(browser)
    address = f"/videos/{Generation.objects.get().pk}/consent/"
    page = browser.get(address).content.decode()
    for consent in Consent.objects.all():
        assert str(consent.pk) in page
        assert consent.statement_sha256 in page
    assert "Robin" in page
    assert visit(cast.bob).get(address).status_code == 404


def test_the_receipt_takes_what_was_agreed_to_back(browser):
    fill_football(browser, consent={"gallery": "on"})
    order(browser)
    video = Generation.objects.get()
    address = f"/videos/{video.pk}/consent/"
    page = browser.get(address).content.decode()
    assert f'href="/videos/deletion/?video={video.pk}"' in page
    assert 'name="visibility" value="link">Take it out of the gallery' in page
    browser.post(f"/videos/{video.pk}/visibility/", {"visibility": "link"})
    assert Generation.objects.get().visibility == "link"
    assert "It is not in the gallery now." in browser.get(address).content.decode()


def test_how_to_take_it_back_is_told_before_agreeing(browser):
    assert "You can take both back later" in browser.get(PAGE).content.decode()


def test_a_video_without_consents_has_no_receipt(cast, visit):
    video = make_ready(cast.alice)
    assert visit(cast.alice).get(f"/videos/{video.pk}/consent/").status_code == 404


def test_a_proof_is_not_changed(browser):
    fill_football(browser)
    order(browser)
    with pytest.raises(DatabaseError, match="do not change"), transaction.atomic():
        Consent.objects.update(subject_name="Somebody else")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()
