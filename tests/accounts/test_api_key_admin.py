"""API keys in the platform's admin."""

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from accounts.models.api_key import all_scopes, hash_key
from tests.cast import PASSWORD, PLATFORM_HOST

pytestmark = pytest.mark.django_db

KEYS = "/admin/accounts/apikey/"
KEY = re.compile(r"aurora_(?:live|test)_[\w-]{43}")


@pytest.fixture
def staff(cast, visit):
    return visit(User.objects.create_superuser("staff@example.org", PASSWORD), PLATFORM_HOST)


@pytest.fixture
def key(cast):
    return api_keys.issue(cast.alice, name="Screen", credit_cap=900)[0]


def test_the_staff_see_all_of_a_key_but_its_hash(staff, key):
    for page in (staff.get(KEYS), staff.get(f"{KEYS}{key.pk}/change/")):
        body = page.content.decode()
        assert page.status_code == 200
        for words in (key.prefix, "Screen", "alice@example.org", "0 (of 900)", "live"):
            assert words in body
        assert key.key_hash not in body
        assert 'type="submit" name="_save"' not in body


@pytest.mark.parametrize("words", ["alice@", "Screen", "aurora_live_"])
def test_keys_are_found_by_user_name_and_prefix(cast, staff, key, words):
    other, _ = api_keys.issue(cast.mallory, name="Tablet")
    body = staff.get(KEYS, {"q": words}).content.decode()
    assert key.prefix in body
    assert other.prefix not in body


def test_the_staff_issue_a_key_that_is_shown_once(cast, staff):
    fields = new_key(cast.alice, allowed_networks="10.0.0.0/8", credit_cap="90", is_test="on")
    answer = staff.post(f"{KEYS}add/", fields)
    text = shown_key(answer)
    row = ApiKey.objects.get()
    assert row.key_hash == hash_key(text)
    assert (row.user, row.is_test, row.credit_cap) == (cast.alice, True, 90)
    assert row.allowed_networks == ["10.0.0.0/8"]
    again = staff.post(f"{KEYS}add/", fields)
    for page in (again, staff.get(KEYS), staff.get(f"{KEYS}{row.pk}/change/")):
        assert text not in page.content.decode()
    assert ApiKey.objects.count() == 1
    assert text not in str(LogEntry.objects.values())


def test_a_wrong_form_makes_no_key(cast, staff):
    platform = User.objects.get(email="staff@example.org")
    yesterday = timezone.now() - timedelta(days=1)
    for fields in (
        new_key(platform),
        new_key(cast.alice, scopes=[]),
        new_key(cast.alice, allowed_networks="nowhere"),
        new_key(cast.alice, expires_at_0=f"{yesterday:%Y-%m-%d}", expires_at_1="10:00"),
    ):
        answer = staff.post(f"{KEYS}add/", fields)
        assert answer.status_code == 200
        assert not KEY.findall(answer.content.decode())
    assert not ApiKey.objects.exists()


def test_the_twenty_first_key_is_refused(cast, staff):
    for _ in range(20):
        api_keys.issue(cast.alice, name="Screen")
    assert "20 live keys" in staff.post(f"{KEYS}add/", new_key(cast.alice)).content.decode()
    chosen = act("rotate", ApiKey.objects.first())
    assert "20 live keys" in staff.post(KEYS, chosen, follow=True).content.decode()


def test_the_staff_rotate_a_key(staff, key):
    answer = staff.post(KEYS, act("rotate", key))
    assert ApiKey.objects.exclude(pk=key.pk).get().key_hash == hash_key(shown_key(answer))
    again = staff.post(KEYS, act("rotate", key), follow=True)
    assert "replaced before" in again.content.decode()
    both = staff.post(KEYS, act("rotate", *ApiKey.objects.all()), follow=True)
    assert "Choose one key" in both.content.decode()
    assert ApiKey.objects.count() == 2


def test_the_staff_revoke_keys(staff, key):
    answer = staff.post(KEYS, act("revoke", key), follow=True)
    assert "Keys revoked: 1." in answer.content.decode()
    assert not ApiKey.objects.live().exists()


def test_staff_who_may_only_look_change_nothing(cast, visit, key):
    looker = User.objects.create_user(
        tenant=None, email="looker@example.org", password=PASSWORD, is_staff=True
    )
    looker.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client = visit(looker, PLATFORM_HOST)
    assert client.get(KEYS).status_code == 200
    assert client.get(f"{KEYS}add/").status_code == 403
    for name in ("rotate", "revoke"):
        client.post(KEYS, act(name, key))
    assert list(ApiKey.objects.live()) == [key]


def new_key(user, **fields):
    return {
        "user": user.pk,
        "name": "Screen",
        "scopes": all_scopes(),
        "form_nonce": str(uuid.uuid4()),
    } | fields


def act(name, *keys):
    return {"action": name, "_selected_action": [key.pk for key in keys]}


def shown_key(answer):
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    [text] = set(KEY.findall(answer.content.decode()))
    return text
