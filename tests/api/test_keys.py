"""What a key may do: its scopes, its networks, its end, its cap."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import api_keys, ledger
from accounts.models import ApiKey
from accounts.models.api_key import Scope
from generations.api.api import api
from generations.models import Generation, Upload
from tests.cast import AURORA_HOST, build_photo_file, give, make_ready

pytestmark = pytest.mark.django_db

FOOTBALL, ACCOUNT = "/api/v1/football", "/api/v1/account"


@pytest.fixture
def call_with(cast):
    """call_with(credit_cap=90, …) → a client with a new key of alice's."""

    def build(**properties):
        _, key = api_keys.issue(cast.alice, name="Screen", **properties)
        return Client(headers={"host": AURORA_HOST, "x-api-key": key})

    return build


def test_each_operation_names_its_scope():
    operations = [
        operation
        for _, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
    ]
    assert operations
    for operation in operations:
        [auth] = operation.auth_callbacks
        assert isinstance(auth.scope, Scope), operation.view_func


@pytest.mark.parametrize("missing", ["create", "read", "account"])
def test_a_key_without_the_scope_is_told_which_it_needs(cast, call_with, missing):
    video = make_ready(cast.alice)
    calls = {
        "create": [lambda client: client.post(FOOTBALL, football())],
        "read": [
            lambda client: client.get(f"/api/v1/status/{video.pk}"),
            lambda client: client.get(f"/api/v1/download/{video.pk}"),
        ],
        "account": [lambda client: client.get(ACCOUNT)],
    }
    give(cast.alice, 90)
    client = call_with(scopes=[scope for scope in Scope if scope != missing])
    for scope, attempts in calls.items():
        for attempt in attempts:
            answer = attempt(client)
            assert answer.status_code == (403 if scope == missing else 200)
            if answer.streaming:
                assert b"".join(answer.streaming_content)
            if scope == missing:
                assert answer.json()["error"] == "Missing scope"
                assert answer.json()["success"] is False
                assert f"scope {missing}" in answer.json()["detail"]


def test_a_key_is_refused_before_its_body_is_read(call_with):
    class Unreadable:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

    for client, status in [
        (call_with(scopes=["read"]), 403),
        (call_with(allowed_networks=["10.0.0.0/8"]), 401),
        (call_with(expires_at=timezone.now()), 401),
        (Client(headers={"host": AURORA_HOST, "x-api-key": "aurora_live_unknown"}), 401),
    ]:
        answer = client.post(
            FOOTBALL,
            **{
                "wsgi.input": Unreadable(),
                "CONTENT_LENGTH": "100000000",
                "content_type": "multipart/form-data; boundary=x",
            },
        )
        assert answer.status_code == status


def test_an_expired_key_says_so(call_with):
    client = call_with(expires_at=timezone.now() + timedelta(hours=1))
    assert client.get(ACCOUNT).status_code == 200
    ApiKey.objects.update(expires_at=timezone.now())
    assert is_invalid(client.get(ACCOUNT), "expired")


def test_a_revoked_key_says_so(call_with):
    client = call_with()
    api_keys.revoke(ApiKey.objects.get())
    assert is_invalid(client.get(ACCOUNT), "revoked")


def test_a_replaced_key_works_until_its_end(cast):
    row, old = api_keys.issue(cast.alice, name="Screen")
    _, new = api_keys.rotate(row)
    for key in (old, new):
        headers = {"host": AURORA_HOST, "x-api-key": key}
        assert Client(headers=headers).get(ACCOUNT).status_code == 200
    ApiKey.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    assert is_invalid(Client(headers={"host": AURORA_HOST, "x-api-key": old}).get(ACCOUNT), "")


@pytest.mark.parametrize(
    ("address", "is_let_in"),
    [("203.0.113.7", True), ("::ffff:203.0.113.7", True), ("203.0.114.7", False), ("", False)],
)
def test_a_key_with_networks_works_from_there_only(call_with, address, is_let_in):
    client = call_with(allowed_networks=["203.0.113.0/24"])
    for forged in ({}, {"x-forwarded-for": "203.0.113.7", "x-real-ip": "203.0.113.7"}):
        answer = client.get(ACCOUNT, headers=forged, REMOTE_ADDR=address)
        if is_let_in:
            assert answer.status_code == 200
        else:
            assert is_invalid(answer, address or "unknown address")
    assert (ApiKey.objects.get().last_used_at is not None) is is_let_in


def test_an_order_beyond_the_keys_cap_is_a_402_that_names_it(cast, call_with, media_folder):
    give(cast.alice, 900)
    client = call_with(credit_cap=100)
    assert client.post(FOOTBALL, football()).status_code == 200
    answer = client.post(FOOTBALL, football())
    assert answer.status_code == 402
    assert answer.json()["error"] == "Insufficient credits"
    assert "credit cap is 100" in answer.json()["detail"]
    assert "90 are held or spent" in answer.json()["detail"]
    assert Generation.objects.get().api_key == ApiKey.objects.get()
    assert Upload.objects.count() == 1
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=810, held=90)


def is_invalid(answer, word):
    body = answer.json()
    return (
        answer.status_code == 401
        and (body["success"], body["error"]) == (False, "Invalid API key")
        and word in body["detail"]
    )


def football():
    return {"photo": build_photo_file(), "team_left": "Brazil", "team_right": "France"}
