"""The API answers as LUMIQ's documentation says: shapes, types, errors; and never with a 500."""

import json
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from accounts import ledger
from accounts.models import ApiKey
from generations import lifecycle
from generations.lumiq import contract
from generations.models import Generation, LumiqAccount
from generations.states import Status
from tests.api.asking import FOOTBALL, football, is_error, nothing_happened
from tests.cast import (
    AURORA_HOST,
    BOREALIS_HOST,
    build_photo_bytes,
    build_photo_file,
    give,
    make_ready,
    queue_video,
)

pytestmark = pytest.mark.django_db

ACCOUNT = "/api/v1/account"
GARBAGE = [
    b"",
    b"--x",
    b"--x\r\n\r\n",
    b"\0" * 500,
    b"--x\r\nContent-Disposition: form-data\r\n\r\n",
]


def test_an_order_is_answered_as_documented(cast, caller):
    answer = caller.post(FOOTBALL, football())
    body = answer.json()
    assert answer.status_code == 200
    assert body == {
        "success": True,
        "task_id": str(Generation.objects.get().pk),
        "status": "processing",
        "credits_used": 90,
        "credits_remaining": 210,
        "estimated_time": "3-5 minutes",
        "check_status": f"http://{AURORA_HOST}/api/v1/status/{body['task_id']}",
    }
    contract.Submitted.from_json(body)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=210, held=90)


def test_the_answers_addresses_lead_on(caller):
    order = caller.post(FOOTBALL, football()).json()
    answer = caller.get(order["check_status"].replace(f"http://{AURORA_HOST}", ""))
    assert answer.json()["task_id"] == order["task_id"]


@pytest.mark.parametrize(
    "status", [Status.QUEUED, Status.SUBMITTING, Status.UNCONFIRMED, Status.PROCESSING,
               Status.RETRIEVING],
)  # fmt: skip
def test_a_video_on_its_way_is_processing(cast, caller, status):
    generation = queue_video(cast.alice)
    Generation.objects.update(status=status)
    assert caller.get(f"/api/v1/status/{generation.pk}").json() == {
        "task_id": str(generation.pk),
        "status": "processing",
        "created_at": generation.created_at.strftime("%Y-%m-%d %H:%M:%S"),
    }


def test_a_finished_video_has_the_address_of_its_file(cast, caller):
    generation = make_ready(cast.alice, video=b"the file")
    body = caller.get(f"/api/v1/status/{generation.pk}").json()
    assert set(body) == {"task_id", "status", "created_at", "video_url"}
    assert body["status"] == "completed"
    assert body["video_url"] == f"http://{AURORA_HOST}/api/v1/download/{generation.pk}"
    file = caller.get(body["video_url"].replace(f"http://{AURORA_HOST}", ""))
    assert b"".join(file.streaming_content) == b"the file"
    assert file.headers["Content-Type"] == "video/mp4"
    assert file.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_video_that_will_not_come_is_failed(cast, caller, status):
    generation = queue_video(cast.alice)
    if status == Status.CANCELLED:
        lifecycle.cancel(generation)
    Generation.objects.update(status=status)
    body = caller.get(f"/api/v1/status/{generation.pk}").json()
    assert set(body) == {"task_id", "status", "created_at"}
    assert body["status"] == "failed"


def test_created_at_has_the_documented_form(cast, caller):
    generation = queue_video(cast.alice)
    moment = timezone.now().replace(2026, 6, 4, 3, 2, 1, 999_999)
    Generation.objects.update(created_at=moment)
    body = caller.get(f"/api/v1/status/{generation.pk}").json()
    assert body["created_at"] == "2026-06-04 03:02:01"
    contract.TaskStatus.from_json(body)


def test_the_account_tells_its_figures(cast, caller):
    make_ready(cast.alice)
    queue_video(cast.alice)
    make_ready(cast.bob)
    body = caller.get(ACCOUNT).json()
    assert body == {
        "credits_balance": 300,
        "email": cast.alice.email,
        "total_api_calls": 2,
        "total_credits_spent": 90,
    }
    contract.Account.from_json(body)


def test_a_new_account_has_zeros(cast, call_as):
    body = call_as(cast.bob).get(ACCOUNT).json()
    assert (body["credits_balance"], body["total_credits_spent"]) == (0, 0)
    assert body["total_api_calls"] == 0


@pytest.mark.parametrize("headers", [{}, {"x-api-key": ""}])
def test_without_a_key_the_api_says_so(cast, headers):
    client = Client(headers={"host": AURORA_HOST, **headers})
    for answer in all_endpoints(client):
        assert is_error(answer, contract.MISSING_KEY)


@pytest.mark.parametrize("key", ["wrong", "lmq_" + "x" * 40, "é", "x" * 5000, "aurora_'; --", " "])
def test_a_wrong_key_is_refused(cast, key):
    client = Client(headers={"host": AURORA_HOST, "x-api-key": key})
    for answer in all_endpoints(client):
        assert is_error(answer, contract.INVALID_KEY)


def test_a_key_of_another_portal_is_refused(cast, call_as):
    for client in [call_as(cast.mallory), call_as(cast.alice, BOREALIS_HOST)]:
        for answer in all_endpoints(client):
            assert is_error(answer, contract.INVALID_KEY)


def test_a_revoked_key_and_a_closed_account_are_refused(cast, call_as):
    client = call_as(cast.alice)
    assert client.get(ACCOUNT).status_code == 200
    ApiKey.objects.update(revoked_at=timezone.now())
    assert is_error(client.get(ACCOUNT), contract.INVALID_KEY)
    ApiKey.objects.update(revoked_at=None)
    cast.alice.is_active = False
    cast.alice.save(update_fields=["is_active"])
    assert is_error(client.get(ACCOUNT), contract.INVALID_KEY)


def test_the_key_is_kept_as_a_hash_and_its_use_is_noted(cast):
    row, key = ApiKey.issue(user=cast.alice, name="test")
    assert key not in json.dumps(list(ApiKey.objects.values()), default=str)
    assert row.last_used_at is None
    Client(headers={"host": AURORA_HOST, "x-api-key": key}).get(ACCOUNT)
    row.refresh_from_db()
    assert row.last_used_at is not None


def test_a_video_of_somebody_else_is_not_found(cast, caller):
    for theirs in (make_ready(cast.bob), make_ready(cast.mallory)):
        for part in ("status", "download"):
            assert is_error(caller.get(f"/api/v1/{part}/{theirs.pk}"), contract.TASK_NOT_FOUND)


@pytest.mark.parametrize(
    "task_id", [uuid.uuid4(), "a1b2c3d4", "x" * 300, "%00", "é", "1", "-1", "..", "%2e%2e", "null"]
)
def test_a_task_that_is_none_is_not_found(caller, task_id):
    for part in ("status", "download"):
        answer = caller.get(f"/api/v1/{part}/{task_id}")
        assert answer.status_code == 404


def test_a_download_before_the_end_is_not_found(cast, caller):
    generation = queue_video(cast.alice)
    answer = caller.get(f"/api/v1/download/{generation.pk}")
    assert is_error(answer, contract.TASK_NOT_FOUND)


def test_too_few_credits_are_told(cast, call_as, media_folder):
    give(cast.bob, 89)
    answer = call_as(cast.bob).post(FOOTBALL, football())
    assert is_error(answer, contract.INSUFFICIENT_CREDITS)
    assert "89" in answer.json()["detail"]
    assert nothing_happened(cast.bob, media_folder)


def test_an_exhausted_master_key_is_the_platforms_matter(cast, caller, media_folder):
    LumiqAccount.objects.update(balance_credits=89)
    answer = caller.post(FOOTBALL, football())
    assert answer.status_code == 503
    assert "LUMIQ" not in answer.content.decode()
    assert nothing_happened(cast.alice, media_folder)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"photo": None}, "Missing required files"),
        ({"photo": "not a file"}, "Missing required files"),
        ({"photo": b""}, "Invalid photo"),
        ({"photo": b"%PDF-1.7"}, "Invalid photo"),
        ({"photo": build_photo_bytes(99, 99)}, "Invalid photo"),
        ({"team_left": "Atlantis"}, "Invalid teams"),
        ({"team_left": None}, "Invalid teams"),
        ({"team_right": ""}, "Invalid teams"),
        ({"team_right": "Brazil"}, "Invalid teams"),
        ({"team_left": "brazil"}, "Invalid teams"),
        ({"team_left": "Brazil\0"}, "Invalid teams"),
        ({"team_left": "⚽" * 10_000}, "Invalid teams"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_order_is_a_400_that_costs_nothing(cast, caller, media_folder, fields, code):
    answer = caller.post(FOOTBALL, football(**fields))
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert answer.json()["error"] == code
    assert nothing_happened(cast.alice, media_folder)


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data; boundary=é",
     "multipart/form-data; boundary=" + "x" * 500, "application/json", "text/plain", ""],
)  # fmt: skip
def test_a_body_that_is_no_form_is_a_400(cast, caller, media_folder, kind):
    for body in GARBAGE:
        answer = caller.generic("POST", FOOTBALL, body, content_type=kind)
        assert answer.status_code == 400, body
        assert set(answer.json()) == {"success", "error", "detail"}
    assert nothing_happened(cast.alice, media_folder)


def test_a_body_cut_off_is_a_400(cast, caller, media_folder):
    whole = (
        b'--x\r\nContent-Disposition: form-data; name="team_left"\r\n\r\nBrazil\r\n'
        b'--x\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\n\r\n'
    ) + build_photo_bytes()
    for length in (40, 90, 150, 200, len(whole) // 2):
        answer = caller.generic(
            "POST", FOOTBALL, whole[:length], content_type="multipart/form-data; boundary=x"
        )
        assert answer.status_code == 400
    assert nothing_happened(cast.alice, media_folder)


def test_too_many_files_or_fields_are_a_400(cast, caller, media_folder):
    files = {f"file{number}": build_photo_file() for number in range(10)}
    fields = {f"field{number}": "x" for number in range(300)}
    for extra in (files, fields, {"field": "x" * 5_000_000}):
        answer = caller.post(FOOTBALL, football() | extra)
        assert answer.status_code == 400
        assert set(answer.json()) == {"success", "error", "detail"}
    assert nothing_happened(cast.alice, media_folder)


def test_unknown_fields_are_ignored(caller):
    extra = {"unknown": "é", "credits": "0", "user": "1", "order_nonce": "x", "clip": "x"}
    assert caller.post(FOOTBALL, football(**extra)).json()["credits_used"] == 90


def test_of_a_field_sent_twice_one_counts(cast, caller):
    answer = caller.post(FOOTBALL, football(team_left=["Japan", "Brazil"]))
    assert answer.status_code == 200
    assert Generation.objects.get().team_left in ("Japan", "Brazil")


def test_two_orders_are_two_videos(caller):
    ids = {caller.post(FOOTBALL, football()).json()["task_id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "options", "head"])
def test_other_methods_are_not_allowed(caller, method):
    answer = getattr(caller, method)(FOOTBALL)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert method == "head" or answer.json()["error"] == "Method not allowed"


def test_nothing_else_is_there(caller):
    for path in ["/api/v1/", "/api/v1/nothing", "/api/v1/docs", "/api/v1/status/",
                 "/api/v1/football/"]:  # fmt: skip
        answer = caller.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"] == "Not found"


def test_all_teams_of_the_documentation_are_accepted(caller, cast):
    assert len(contract.TEAMS) == 48
    give(cast.alice, 48 * 90)
    small = build_photo_bytes(256, 256)
    for left, right in zip(contract.TEAMS[::8], contract.TEAMS[4::8], strict=True):
        fields = football(team_left=left, team_right=right, photo=small)
        assert caller.post(FOOTBALL, fields).status_code == 200


def test_errors_have_one_shape_in_the_documented_words():
    documented = {
        (400, "Missing required files"), (400, "Invalid duration"), (401, "Missing API key"),
        (401, "Invalid API key"), (402, "Insufficient credits"), (404, "Task not found"),
        (429, "Rate limit exceeded"), (500, "Internal error"),
    }  # fmt: skip
    assert {(row.http_status, row.code) for row in contract.ERROR_ROWS} == documented


def all_endpoints(client):
    yield client.get(ACCOUNT)
    yield client.get(f"/api/v1/status/{uuid.uuid4()}")
    yield client.get(f"/api/v1/download/{uuid.uuid4()}")
    yield client.post(FOOTBALL, football())
