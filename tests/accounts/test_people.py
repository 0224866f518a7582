"""Signing up, in and out, and a forgotten password, within one portal."""

import re
import threading

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.db import close_old_connections
from django.test import Client

from accounts import ledger
from accounts.ledger_audit import audit_ledger
from accounts.models import CreditTransaction, User
from accounts.people import password_reset_url
from tests.cast import AURORA_HOST, PASSWORD, PLATFORM_HOST, build_tenant, send_mails

pytestmark = pytest.mark.django_db

SIGN_UP, SIGN_IN, SIGN_OUT = "/account/sign-up/", "/account/sign-in/", "/account/sign-out/"
RESET = "/account/password-reset/"
NEW_PASSWORD = "brand new words"
GOOD = {"email": "new@example.org", "password": "a good long one", "display_name": "Nia"}


def test_a_new_fan_is_signed_in_and_led_to_the_first_video(cast, visit):
    browser = visit()
    answer = browser.post(SIGN_UP, GOOD)
    user = User.objects.get(email="new@example.org")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/create/football/")
    assert (user.tenant, user.display_name) == (cast.aurora, "Nia")
    assert user.check_password(GOOD["password"])
    assert not any([user.is_staff, user.is_superuser, user.is_tenant_staff])
    assert browser.get("/wallet/").status_code == 200
    assert ledger.balance_of(user).available == 0


def test_welcome_credits_come_from_the_pool_once(cast, visit):
    welcome(cast.aurora, 90)
    pool = ledger.pool_of(cast.aurora)
    visit().post(SIGN_UP, GOOD)
    user = User.objects.get(email="new@example.org")
    assert ledger.balance_of(user).available == 90
    assert ledger.pool_of(cast.aurora) == pool - 90
    assert CreditTransaction.objects.filter(reference=f"welcome:{user.pk}").count() == 1
    visit().post(SIGN_UP, GOOD)
    assert ledger.pool_of(cast.aurora) == pool - 90
    assert audit_ledger().problems == []


def test_a_pool_too_small_for_the_welcome_still_takes_the_fan(db, visit):
    tenant = build_tenant("Cumulus", "cumulus.localhost", pool=50, welcome_credits=90)
    assert visit(host="cumulus.localhost").post(SIGN_UP, GOOD).status_code == 302
    user = User.objects.get(tenant=tenant)
    assert ledger.balance_of(user).available == 0
    assert ledger.pool_of(tenant) == 50
    assert audit_ledger().problems == []


@pytest.mark.parametrize(
    "email", ["alice@example.org", "ALICE@example.org", "Alice@EXAMPLE.ORG", " alice@example.org "]
)
def test_an_address_has_one_account_however_it_is_written(cast, visit, email):
    page = visit().post(SIGN_UP, {**GOOD, "email": email})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["email"]
    assert User.objects.filter(email__iexact="alice@example.org").count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b\r\nBcc: c@d.org"}, "email"),
        ({"email": "x" * 300 + "@example.org"}, "email"),
        ({"password": ""}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "1234567890123"}, "password"),
        ({"password": "password"}, "password"),
        ({"password": "new@example.org"}, "password"),
        ({"display_name": "x" * 61}, "display_name"),
        ({"display_name": "a\0b"}, "display_name"),
    ],
    ids=str,
)
def test_a_wrong_sign_up_is_told_and_the_rest_is_kept(cast, visit, fields, field):
    before = User.objects.count()
    page = visit().post(SIGN_UP, {**GOOD, **fields})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert User.objects.count() == before
    text = page.content.decode()
    assert GOOD["password"] not in text
    if field != "display_name":
        assert 'value="Nia"' in text


def test_nobody_signs_up_as_staff(cast, visit):
    extra = {"is_staff": "1", "is_superuser": "1", "is_tenant_staff": "1", "tenant": "", "pk": "1"}
    visit().post(SIGN_UP, {**GOOD, **extra})
    user = User.objects.get(email="new@example.org")
    assert user.tenant == cast.aurora
    assert not any([user.is_staff, user.is_superuser, user.is_tenant_staff])


@pytest.mark.django_db(transaction=True)
def test_one_address_signed_up_five_times_at_once_is_one_account(cast, visit):
    welcome(cast.aurora, 90)
    pool = ledger.pool_of(cast.aurora)
    answers = []

    def sign_up():
        client = Client(headers={"host": AURORA_HOST}, raise_request_exception=False)
        try:
            answers.append(client.post(SIGN_UP, GOOD).status_code)
        finally:
            close_old_connections()

    threads = [threading.Thread(target=sign_up) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 422, 422, 422, 422]
    assert ledger.pool_of(cast.aurora) == pool - 90


def test_a_fan_signs_in_with_address_and_password(cast, visit):
    browser = visit()
    answer = sign_in(browser, "Alice@Example.org")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/videos/")
    assert browser.get("/").wsgi_request.user == cast.alice


@pytest.mark.parametrize(
    ("email", "password"),
    [("alice@example.org", "wrong"), ("nobody@example.org", PASSWORD),
     ("alice@example.org", PASSWORD + " "), ("alice@example.org", PASSWORD.upper())],
)  # fmt: skip
def test_a_wrong_address_and_a_wrong_password_are_told_alike(cast, visit, email, password):
    browser = visit()
    page = sign_in(browser, email, password)
    assert page.status_code == 422
    [sentence] = page.context["form"].errors["__all__"]
    assert sentence.startswith("Address and password do not belong together")
    assert not browser.get("/").wsgi_request.user.is_authenticated
    assert password not in page.content.decode()


def test_a_closed_account_does_not_get_in(cast, visit):
    browser = visit(cast.alice)
    cast.alice.is_active = False
    cast.alice.save(update_fields=["is_active"])
    assert sign_in(visit(), cast.alice.email).status_code == 422
    assert browser.get("/wallet/").status_code == 302


def test_signing_in_changes_the_session(cast, visit):
    browser = visit()
    browser.cookies["session"] = "chosen-by-somebody-else"
    sign_in(browser, cast.alice.email)
    assert browser.cookies["session"].value != "chosen-by-somebody-else"
    assert browser.cookies["session"]["httponly"]
    assert browser.cookies["session"]["samesite"] == "Lax"
    assert not browser.cookies["session"]["domain"]


@pytest.mark.parametrize("page", [SIGN_IN, SIGN_UP])
def test_the_page_asked_for_comes_after_the_sign_in(cast, visit, page):
    browser = visit()
    asked = browser.get("/create/avatar/?left=1")
    assert asked.headers["Location"].startswith(f"{SIGN_IN}?next=/create/avatar/")
    fields = {"username": cast.alice.email, "password": PASSWORD, **GOOD}
    if page == SIGN_IN:
        fields["password"] = PASSWORD
    answer = browser.post(page, {**fields, "next": "/create/avatar/?left=1"})
    assert answer.headers["Location"] == "/create/avatar/?left=1"


ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "///evil.example", "http:evil.example",
    "\\\\evil.example", "/\\evil.example", "javascript:alert(1)", "http://borealis.localhost/",
    "http://aurora.localhost@evil.example/", " //evil.example", "\t//evil.example",
    "https:/\\evil.example", "data:text/html,x",
]  # fmt: skip


def test_nobody_is_led_to_another_site(cast, visit):
    fields = {"username": cast.alice.email, "password": PASSWORD}
    signed_in = visit(cast.alice)
    for elsewhere in ELSEWHERE:
        for answer in [
            visit().post(SIGN_IN, {**fields, "next": elsewhere}),
            visit().post(f"{SIGN_IN}?next={elsewhere}", fields),
            signed_in.get(SIGN_IN, {"next": elsewhere}),
            signed_in.get(SIGN_UP, {"next": elsewhere}),
        ]:
            assert answer.status_code == 302
            assert answer.headers["Location"] == "/videos/", elsewhere


def test_signing_out_takes_a_post(cast, visit):
    browser = visit(cast.alice)
    assert browser.get(SIGN_OUT).status_code == 405
    assert browser.get("/wallet/").status_code == 200
    answer = browser.post(SIGN_OUT)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert browser.get("/wallet/").status_code == 302


def test_signing_out_of_one_browser_leaves_the_other(cast, visit):
    phone, laptop = visit(cast.alice), visit(cast.alice)
    phone.post(SIGN_OUT)
    assert laptop.get("/wallet/").status_code == 200


@pytest.mark.parametrize("path", [SIGN_IN, SIGN_UP, SIGN_OUT, RESET])
def test_the_forms_want_the_pages_token(cast, path):
    browser = Client(headers={"host": AURORA_HOST}, enforce_csrf_checks=True)
    fields = {"username": cast.alice.email, "password": PASSWORD, **GOOD}
    assert browser.post(path, fields).status_code == 403
    assert mail.outbox == []


def test_the_reset_mail_is_the_portals_own(cast, visit):
    cast.aurora.support_email = "help@aurora.example"
    cast.aurora.save(update_fields=["support_email"])
    answer = visit().post(RESET, {"email": "ALICE@example.org"})
    assert answer.headers["Location"] == f"{RESET}sent/"
    send_mails()
    [message] = mail.outbox
    assert message.to == [cast.alice.email]
    assert "Aurora" in message.subject
    assert message.from_email.startswith('"Aurora" <')
    assert message.reply_to == ["help@aurora.example"]
    [html] = [part.content for part in message.alternatives]
    assert link_in(message.body) in html
    for word in ("Borealis", "LUMIQ", "platform"):
        assert word not in message.body + html + message.subject


def test_an_unknown_address_is_answered_alike_and_gets_no_mail(cast, visit):
    cast.bob.is_active = False
    cast.bob.save(update_fields=["is_active"])
    for email in ("nobody@example.org", cast.bob.email, cast.mallory.email):
        answer = visit().post(RESET, {"email": email})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{RESET}sent/")
    assert visit().get(f"{RESET}sent/").status_code == 200
    send_mails()
    assert mail.outbox == []


def test_a_portal_with_a_strange_name_sends_mail_all_the_same(cast, visit):
    cast.aurora.name = 'Ümläut "FC", مصر'
    cast.aurora.save(update_fields=["name"])
    visit().post(RESET, {"email": cast.alice.email})
    send_mails()
    [message] = mail.outbox
    assert message.message()["To"] == cast.alice.email
    assert "Ümläut" in message.subject


def test_a_reset_link_works_once(cast, visit):
    visit().post(RESET, {"email": cast.alice.email})
    send_mails()
    path = path_of(link_in(mail.outbox[0].body))
    browser = visit()
    page = browser.get(path)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]
    assert new_password(browser, path).headers["Location"] == f"{RESET}done/"
    assert browser.get(f"{RESET}done/").status_code == 200
    assert browser.get(path).status_code == 404
    assert new_password(visit(), path, "yet another one").status_code == 404
    assert sign_in(visit(), cast.alice.email, NEW_PASSWORD).status_code == 302
    assert sign_in(visit(), cast.alice.email, PASSWORD).status_code == 422


def test_a_new_password_ends_the_sessions_of_the_old_one(cast, visit):
    thief = visit(cast.alice)
    assert thief.get("/wallet/").status_code == 200
    new_password(visit(), path_of(password_reset_url(cast.alice)))
    assert thief.get("/wallet/").status_code == 302


def test_a_reset_link_ends_when_the_password_changes_or_three_hours_have_passed(
    cast, visit, settings
):
    changed = path_of(password_reset_url(cast.bob))
    cast.bob.set_password("something else")
    cast.bob.save(update_fields=["password"])
    assert visit().get(changed).status_code == 404
    late = path_of(password_reset_url(cast.alice))
    assert settings.PASSWORD_RESET_TIMEOUT == 3 * 3600
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert visit().get(late).status_code == 404


@pytest.mark.parametrize("uid", ["MQ", "x", "é", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "AA"])
def test_a_made_up_link_is_not_found(cast, visit, uid):
    token = default_token_generator.make_token(cast.alice)
    for wrong in ("x", "set-password", token[:-1] + "!", token.upper()):
        assert visit().get(f"{RESET}{uid}/{wrong}/").status_code == 404


def test_a_weak_new_password_is_told(cast, visit):
    path = path_of(password_reset_url(cast.alice))
    for fields in [("12345678", "12345678"), ("brand new words", "other words"), ("", "")]:
        page = visit().post(path, {"new_password1": fields[0], "new_password2": fields[1]})
        assert page.status_code == 422
        assert page.context["form"].errors
    assert sign_in(visit(), cast.alice.email).status_code == 302


def test_the_wallet_lists_what_moved(cast, visit):
    welcome(cast.aurora, 90)
    browser = visit()
    browser.post(SIGN_UP, GOOD)
    page = browser.get("/wallet/")
    assert len(page.context["lines"]) == 1
    for odd in ("0", "-1", "x", "999", "\0"):
        assert browser.get("/wallet/", {"page": odd}).status_code == 200


def welcome(tenant, credits):
    tenant.welcome_credits = credits
    tenant.save(update_fields=["welcome_credits"])


def sign_in(browser, email, password=PASSWORD):
    return browser.post(SIGN_IN, {"username": email, "password": password})


def new_password(browser, path, password=NEW_PASSWORD):
    return browser.post(path, {"new_password1": password, "new_password2": password})


def link_in(text):
    [link] = re.findall(r"https?://\S+", text)
    return link


def path_of(url):
    return "/" + url.split("/", 3)[3]


@pytest.mark.parametrize(
    ("host", "page", "sign_in"),
    [
        (PLATFORM_HOST, "/admin/accounts/tenant/", "/admin/login/"),
        (AURORA_HOST, "/admin/accounts/user/", "/account/sign-in/"),
        (AURORA_HOST, "/wallet/", "/account/sign-in/"),
    ],
)
def test_visitors_are_led_to_the_sign_in_of_that_place(cast, visit, host, page, sign_in):
    answer = visit(host=host).get(page)
    assert answer.status_code == 302
    assert answer.url == f"{sign_in}?next={page}"
