"""The account's pages of API keys."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey
from accounts.models.api_key import all_scopes, hash_key
from tests.cast import AURORA_HOST

pytestmark = pytest.mark.django_db

KEYS = "/account/keys/"
KEY = re.compile(r"aurora_(?:live|test)_[\w-]{43}")


@pytest.fixture
def alice(cast, visit):
    return visit(cast.alice)


@pytest.fixture
def key(cast):
    return api_keys.issue(cast.alice, name="Screen", credit_cap=900)[0]


def test_a_new_key_is_shown_and_opens_the_api(cast, alice):
    answer = alice.post(KEYS, new_key(credit_cap="450", allowed_networks="127.0.0.1\n10.0.0.0/8"))
    assert answer.status_code == 200
    text = shown_key(answer)
    row = ApiKey.objects.get(user=cast.alice)
    assert row.key_hash == hash_key(text)
    assert (row.name, row.credit_cap, row.expires_at) == ("Screen", 450, None)
    assert row.allowed_networks == ["127.0.0.1/32", "10.0.0.0/8"]
    client = Client(headers={"host": AURORA_HOST, "x-api-key": text})
    assert client.get("/api/v1/account").json()["email"] == cast.alice.email


def test_a_new_key_is_shown_once_and_nobody_keeps_the_page(alice):
    fields = new_key()
    answer = alice.post(KEYS, fields)
    text = shown_key(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert 'name="referrer" content="same-origin"' in answer.content.decode()
    again = alice.post(KEYS, fields, follow=True)
    assert again.redirect_chain == [(KEYS, 302)]
    assert "shown once only" in again.content.decode()
    for page in (again, alice.get(KEYS), alice.get(address_of(ApiKey.objects.get()))):
        assert text not in page.content.decode()
        assert text not in str(page.client.session.items())
    assert ApiKey.objects.count() == 1


def test_a_key_may_be_for_tests_with_few_scopes_and_an_end(cast, alice):
    answer = alice.post(KEYS, new_key(kind="test", scopes=["read", "account"], lifetime="30"))
    row = ApiKey.objects.get()
    assert shown_key(answer).startswith("aurora_test_")
    assert row.is_test
    assert row.scopes == ["read", "account"]
    assert timedelta(days=29) < row.expires_at - timezone.now() <= timedelta(days=30)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Give the key a name"),
        ({"name": "x" * 61}, "60"),
        ({"name": "a\0b"}, "Null characters"),
        ({"kind": ""}, "required"),
        ({"kind": "gold"}, "gold"),
        ({"scopes": []}, "at least one thing"),
        ({"scopes": ["everything"]}, "everything"),
        ({"lifetime": "36500"}, "36500"),
        ({"credit_cap": "-1"}, "0"),
        ({"credit_cap": "1" * 20}, "1000000000"),
        ({"credit_cap": "many"}, "whole number"),
        ({"allowed_networks": "my house"}, "“my” is no address"),
        ({"allowed_networks": "10.0.0.5/8"}, "10.0.0.0/8 or 10.0.0.5?"),
        ({"allowed_networks": " ".join(f"10.0.0.{n}" for n in range(21))}, "at most 20"),
        ({"form_nonce": "x"}, "UUID"),
    ],
    ids=str,
)
def test_a_wrong_form_makes_no_key_and_says_why(alice, fields, words):
    answer = alice.post(KEYS, new_key(**fields))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_what_was_typed_stays_in_a_form_with_an_error(alice):
    body = alice.post(KEYS, new_key(name="", allowed_networks="10.0.0.7")).content.decode()
    assert "10.0.0.7</textarea>" in body


def test_the_twenty_first_key_is_refused_in_words(cast, alice):
    for _ in range(20):
        api_keys.issue(cast.alice, name="Screen")
    answer = alice.post(KEYS, new_key())
    assert "20 live keys" in answer.content.decode()
    assert "20 live keys" in alice.get(KEYS).content.decode()
    assert ApiKey.objects.count() == 20


def test_the_list_shows_what_each_key_is_and_never_its_hash(cast, alice, key):
    api_keys.rotate(api_keys.issue(cast.alice, name="Tablet", scopes=["read"])[0])
    api_keys.revoke(api_keys.issue(cast.alice, name="Laptop", is_test=True)[0])
    body = alice.get(KEYS).content.decode()
    for words in (
        "Screen", f"{key.prefix}…", "0 of 900", "Do everything", "See videos and download them",
        "Being replaced", "Works", "Revoked", "Not used yet", "no cap", f"http://{AURORA_HOST}/api/v1",
    ):  # fmt: skip
        assert words in body, words
    for row in ApiKey.objects.all():
        assert row.key_hash not in body


def test_the_list_takes_as_many_queries_for_many_keys(cast, alice, django_assert_max_num_queries):
    for _ in range(20):
        api_keys.issue(cast.alice, name="Screen", credit_cap=90)
    with django_assert_max_num_queries(12):
        alice.get(KEYS)


def test_keys_are_where_a_user_looks_for_them(alice):
    assert f'href="{KEYS}"' in alice.get("/wallet/").content.decode()
    assert 'href="/wallet/"' in alice.get(KEYS).content.decode()


def test_a_key_can_be_changed(alice, key):
    fields = {
        "name": "Tablet",
        "scopes": ["read"],
        "allowed_networks": "10.0.0.7",
        "credit_cap": "",
    }
    assert alice.post(address_of(key), fields).status_code == 302
    key.refresh_from_db()
    assert (key.name, key.scopes, key.credit_cap) == ("Tablet", ["read"], None)
    assert key.allowed_networks == ["10.0.0.7/32"]
    body = alice.get(address_of(key)).content.decode()
    assert "10.0.0.7</textarea>" in body


def test_a_change_with_an_error_changes_nothing(alice, key):
    fields = {"name": "", "scopes": ["read"]}
    assert alice.post(address_of(key), fields).status_code == 422
    key.refresh_from_db()
    assert key.name == "Screen"


def test_a_rotation_shows_the_new_key_once(alice, key):
    answer = alice.post(f"{address_of(key)}rotation/")
    text = shown_key(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert f"{key.prefix}… works until" in answer.content.decode()
    assert ApiKey.objects.exclude(pk=key.pk).get().key_hash == hash_key(text)
    again = alice.post(f"{address_of(key)}rotation/", follow=True)
    assert "shown once only" in again.content.decode()
    assert ApiKey.objects.count() == 2


def test_a_revoked_key_has_ended_for_good(alice, key):
    answer = alice.post(f"{address_of(key)}revocation/", follow=True)
    assert "is revoked" in answer.content.decode()
    fields = {"name": "Tablet", "scopes": all_scopes()}
    assert "has ended" in alice.post(address_of(key), fields, follow=True).content.decode()
    answer = alice.post(f"{address_of(key)}rotation/", follow=True)
    assert "has ended" in answer.content.decode()
    assert "<form class" not in alice.get(address_of(key)).content.decode()
    assert ApiKey.objects.get().name == "Screen"


def test_keys_of_others_are_not_found(cast, visit, key):
    for client in (visit(cast.bob), visit(cast.olga), visit(cast.mallory, "borealis.localhost")):
        assert client.get(address_of(key)).status_code == 404
        for part in ("", "rotation/", "revocation/"):
            assert client.post(address_of(key) + part, new_key()).status_code == 404
        assert key.prefix not in client.get(KEYS).content.decode()
    key.refresh_from_db()
    assert (key.name, key.revoked_at, key.replaced_at) == ("Screen", None, None)


@pytest.mark.parametrize("part", ["rotation/", "revocation/"])
def test_a_link_alone_changes_nothing(alice, key, part):
    assert alice.get(address_of(key) + part).status_code == 405


def test_a_form_of_another_site_makes_no_key(cast):
    client = Client(headers={"host": AURORA_HOST}, enforce_csrf_checks=True)
    client.force_login(cast.alice)
    assert client.post(KEYS, new_key()).status_code == 403
    assert not ApiKey.objects.exists()


def new_key(**fields):
    return {
        "form_nonce": str(uuid.uuid4()),
        "name": "Screen",
        "kind": "live",
        "scopes": all_scopes(),
        "lifetime": "",
        "credit_cap": "",
        "allowed_networks": "",
    } | fields


def address_of(key):
    return f"{KEYS}{key.pk}/"


def shown_key(answer):
    assert answer.status_code == 200
    [text] = set(KEY.findall(answer.content.decode()))
    return text
