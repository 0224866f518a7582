"""Which mails a user wants."""

import pytest
from django.core import mail
from django.test import Client

from accounts import people
from accounts.mails import choices
from accounts.mails.choices import CHOICES
from accounts.models import User
from tests.cast import AURORA_HOST, BOREALIS_HOST, make_ready, send_mails

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_of_the_account_switches_each_kind(cast, visit):
    browser = visit(cast.alice)
    page = browser.get("/account/mails/")
    assert page.content.decode().count(" checked") == len(CHOICES)
    browser.post("/account/mails/", {"wants_ready_mails": "on"})
    cast.alice.refresh_from_db()
    assert [getattr(cast.alice, choice) for choice in CHOICES] == [True, False, False]
    browser.post("/account/mails/", {})
    cast.alice.refresh_from_db()
    assert not any(getattr(cast.alice, choice) for choice in CHOICES)


def test_only_mails_that_can_be_switched_off_say_how(cast):
    make_ready(cast.alice)
    people.send_password_reset(cast.aurora, cast.alice.email)
    send_mails()
    by_subject = {message.subject.split()[0]: message for message in mail.outbox}
    ready, reset = by_subject["Your"], by_subject["Set"]
    address = ready.extra_headers["List-Unsubscribe"].strip("<>")
    assert ready.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address.startswith(f"http://{AURORA_HOST}:8000/account/mails/off/")
    assert address in ready.body
    assert "List-Unsubscribe" not in reset.extra_headers


def test_one_click_switches_off_signed_out_without_cookie_or_token_of_a_form(cast):
    path = off_path(cast.alice)
    browser = Client(headers={"host": AURORA_HOST}, enforce_csrf_checks=True)
    looked = browser.get(path)
    assert looked.status_code == 200
    assert looked.headers["Referrer-Policy"] == "same-origin"
    cast.alice.refresh_from_db()
    assert cast.alice.wants_ready_mails, "a look changes nothing"
    for _ in range(2):
        assert browser.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    cast.alice.refresh_from_db()
    assert [getattr(cast.alice, choice) for choice in CHOICES] == [False, True, True]
    make_ready(cast.alice)
    send_mails()
    assert mail.outbox == []


def test_the_address_works_on_its_own_portal_only(cast, visit):
    path = off_path(cast.alice)
    assert visit(host=BOREALIS_HOST).post(path).status_code == 404
    for wrong in (path[:-2] + "x/", path.replace("off/", "off/x"), "/account/mails/off/x/"):
        assert visit().post(wrong).status_code == 404
    twin = User.objects.create_user(tenant=cast.borealis, email=cast.alice.email, password=None)
    assert visit(host=BOREALIS_HOST).post(off_path(cast.alice)).status_code == 404
    twin.refresh_from_db()
    assert twin.wants_ready_mails


def off_path(user):
    return "/" + choices.build_off_url(user, "wants_ready_mails").split("/", 3)[3]
