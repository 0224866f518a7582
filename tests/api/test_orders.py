"""Orders through the API: avatars, repetition, metadata, files that are looked at later."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import ledger
from accounts.models import ApiKey
from generations import beat, preparation
from generations.api import errors, idempotency
from generations.lumiq import contract
from generations.models import Generation, IdempotentRequest, Upload, Voice
from generations.models.idempotent_request import KEPT_FOR
from generations.states import Reason, Status
from tests.api.asking import AVATAR, FOOTBALL, avatar, football, is_error, nothing_happened
from tests.cast import AURORA_HOST, build_photo_bytes, give

pytestmark = pytest.mark.django_db

KEY = "idempotency-key"


def test_an_avatar_is_answered_as_documented(cast, caller, tmp_path):
    body = caller.post(AVATAR, avatar(tmp_path)).json()
    generation = Generation.objects.get()
    assert body == {
        "success": True,
        "task_id": str(generation.pk),
        "status": "processing",
        "credits_used": 90,
        "credits_remaining": 210,
        "estimated_time": "3-8 minutes",
        "check_status": f"http://{AURORA_HOST}/api/v1/status/{body['task_id']}",
    }
    assert (generation.duration_seconds, generation.ratio, generation.voice_id) == (10, "9:16", "")


@pytest.mark.parametrize(("duration", "credits"), [("10", 90), ("20", 180), ("30", 270)])
@pytest.mark.parametrize("ratio", contract.AVATAR_RATIOS)
def test_length_and_ratio_are_as_wished(caller, tmp_path, duration, credits, ratio):
    fields = avatar(tmp_path, duration=duration, ratio=ratio)
    assert caller.post(AVATAR, fields).json()["credits_used"] == credits
    generation = Generation.objects.get()
    assert (generation.duration_seconds, generation.ratio) == (int(duration), ratio)


def test_a_voice_of_the_list_is_taken(caller, tmp_path):
    Voice.objects.create(voice_id="anna-1", name="Anna")
    assert caller.post(AVATAR, avatar(tmp_path, voice_id="anna-1")).status_code == 200
    assert Generation.objects.get().voice_id == "anna-1"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"photo": None}, "Missing required files"),
        ({"video": None}, "Missing required files"),
        ({"video": "not a file"}, "Missing required files"),
        ({"video": b""}, "Invalid video"),
        ({"video": b"no clip at all"}, "Invalid video"),
        ({"duration": "15"}, "Invalid duration"),
        ({"duration": "ten"}, "Invalid duration"),
        ({"duration": "-10"}, "Invalid duration"),
        ({"duration": "1" * 5000}, "Invalid duration"),
        ({"ratio": "3:2"}, "Invalid ratio"),
        ({"voice_id": "nobody"}, "Invalid voice_id"),
        ({"webhook_url": "https://127.0.0.1/hook"}, "Invalid webhook_url"),
        ({"webhook_url": "http://example.com/hook"}, "Invalid webhook_url"),
        ({"metadata": "[]"}, "Invalid metadata"),
        ({"metadata": '{"a": 1}'}, "Invalid metadata"),
        ({"metadata": '{"a": "\\u0000"}'}, "Invalid metadata"),
        ({"metadata": '{"a": "\\ud800"}'}, "Invalid metadata"),
        ({"metadata": "[" * 100_000}, "Invalid metadata"),
        ({"metadata": json.dumps({str(n): "" for n in range(11)})}, "Invalid metadata"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_avatar_is_a_400_that_costs_nothing(
    cast, caller, media_folder, tmp_path, fields, code
):
    answer = caller.post(AVATAR, avatar(tmp_path, **fields))
    assert answer.status_code == 400
    assert answer.json()["error"] == code
    assert "Nothing was charged" in answer.json()["detail"]
    assert nothing_happened(cast.alice, media_folder)


def test_too_few_credits_for_thirty_seconds(cast, call_as, media_folder, tmp_path):
    give(cast.bob, 269)
    answer = call_as(cast.bob).post(AVATAR, avatar(tmp_path, duration="30"))
    assert is_error(answer, contract.INSUFFICIENT_CREDITS)
    assert nothing_happened(cast.bob, media_folder)


@pytest.mark.parametrize(
    ("path", "megabytes"), [(FOOTBALL, 10), (AVATAR, 110)], ids=["photo", "photo and clip"]
)
def test_a_body_that_is_too_large_is_refused_by_its_head(caller, path, megabytes):
    """The body is not there at all: who would read it, would wait or fail."""
    answer = caller.generic(
        "POST", path, b"", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(megabytes * 1024**2 + 300_000),
    )  # fmt: skip
    assert is_error(answer, errors.TOO_LARGE)


@pytest.mark.parametrize("field", ["photo", "other"])
def test_a_file_is_read_up_to_its_limit_only(cast, caller, media_folder, tmp_path, field):
    fields = avatar(tmp_path) | football(photo=bytes(10 * 1024**2 + 1))
    answer = caller.post(AVATAR, {"video": fields["video"], field: fields["photo"]})
    assert is_error(answer, errors.TOO_LARGE)
    assert nothing_happened(cast.alice, media_folder)


def test_files_are_prepared_by_a_worker(cast, caller, media_folder, tmp_path):
    caller.post(AVATAR, avatar(tmp_path))
    generation = Generation.objects.get()
    assert not Upload.objects.filter(is_prepared=True).exists()
    assert generation.due_at > timezone.now()
    for _ in range(2):  # again does no harm
        preparation.prepare(generation.pk)
    generation.refresh_from_db()
    assert generation.due_at <= timezone.now()
    assert {upload.content_type for upload in Upload.objects.filter(is_prepared=True)} == {
        "image/jpeg", "video/mp4",
    }  # fmt: skip
    names = {path.suffix for path in media_folder.rglob("*") if path.is_file()}
    assert names == {".jpg", ".mp4"}


def test_a_photo_that_turns_out_unusable_gives_the_credits_back(cast, caller):
    whole = build_photo_bytes()
    assert caller.post(FOOTBALL, football(photo=whole[: len(whole) // 2])).status_code == 200
    generation = Generation.objects.get()
    preparation.prepare(generation.pk)
    generation.refresh_from_db()
    assert (generation.status, generation.reason) == (Status.FAILED, Reason.PHOTO_UNUSABLE)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=300, held=0)
    listed = caller.get("/api/v1/generations").json()["generations"][0]
    assert (listed["status"], listed["error"]) == (
        "failed",
        "The photo could not be used. Send another one.",
    )


def test_metadata_comes_back(caller):
    metadata = {"order": "4711", "Größe": "⚽"}
    caller.post(FOOTBALL, football(metadata=json.dumps(metadata)))
    assert caller.get("/api/v1/generations").json()["generations"][0]["metadata"] == metadata


def test_an_estimate_orders_nothing(cast, caller):
    answer = caller.post("/api/v1/estimate", {"product": "avatar", "duration": "20"})
    assert answer.json() == {
        "success": True, "credits": 180, "credits_balance": 300, "is_affordable": True,
        "estimated_time": "3-8 minutes",
    }  # fmt: skip
    football_answer = caller.post("/api/v1/estimate", {"product": "football"}).json()
    assert (football_answer["credits"], football_answer["estimated_time"]) == (90, "3-5 minutes")
    assert not Generation.objects.exists()


@pytest.mark.parametrize("fields", [{}, {"product": "cinema"}, {"product": "avatar\0"}])
def test_an_estimate_of_nothing_is_a_400(caller, fields):
    assert is_error(caller.post("/api/v1/estimate", fields), errors.INVALID_REQUEST)


def test_an_order_repeated_with_its_key_is_one_order(cast, caller):
    photo = build_photo_bytes()
    first, again = (
        caller.post(FOOTBALL, football(photo=photo), headers={KEY: "order-1"}) for _ in range(2)
    )
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Generation.objects.count() == 1
    assert ledger.balance_of(cast.alice).held == 90


@pytest.mark.parametrize("change", [{"team_left": "Japan"}, {"photo": build_photo_bytes(300, 300)}])
def test_a_key_is_not_taken_for_another_order(caller, change):
    fields = {"photo": build_photo_bytes()}
    caller.post(FOOTBALL, football(**fields), headers={KEY: "order-1"})
    answer = caller.post(FOOTBALL, football(**(fields | change)), headers={KEY: "order-1"})
    assert is_error(answer, errors.KEY_REUSED)
    assert Generation.objects.count() == 1


def test_an_error_is_not_kept(cast, call_as):
    caller = call_as(cast.bob)
    fields = {"photo": build_photo_bytes()}
    assert caller.post(FOOTBALL, football(**fields), headers={KEY: "k"}).status_code == 402
    give(cast.bob, 90)
    assert caller.post(FOOTBALL, football(**fields), headers={KEY: "k"}).status_code == 200


def test_keys_of_two_callers_are_different_keys(cast, caller, call_as):
    give(cast.bob, 90)
    for one in (caller, call_as(cast.bob)):
        assert one.post(FOOTBALL, football(), headers={KEY: "same"}).status_code == 200
    assert Generation.objects.count() == 2


def test_a_call_that_is_at_work_is_told_from_one_that_died(caller):
    photo = build_photo_bytes()
    first = caller.post(FOOTBALL, football(photo=photo), headers={KEY: "k"}).json()
    IdempotentRequest.objects.update(
        response=None, locked_until=timezone.now() + idempotency.LOCKED_FOR
    )
    answer = caller.post(FOOTBALL, football(photo=photo), headers={KEY: "k"})
    assert is_error(answer, errors.IN_PROGRESS)
    assert answer.headers["Retry-After"] == "1"
    IdempotentRequest.objects.update(locked_until=timezone.now())
    again = caller.post(FOOTBALL, football(photo=photo), headers={KEY: "k"})
    assert again.json()["task_id"] == first["task_id"]
    assert Generation.objects.count() == 1


def test_keys_are_forgotten_after_a_day(caller):
    caller.post(FOOTBALL, football(), headers={KEY: "k"})
    IdempotentRequest.objects.update(created_at=timezone.now() - KEPT_FOR)
    assert caller.post(FOOTBALL, football(), headers={KEY: "k"}).status_code == 200
    assert Generation.objects.count() == 2
    IdempotentRequest.objects.update(created_at=timezone.now() - KEPT_FOR)
    beat.run_pass()
    assert not IdempotentRequest.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_a_400(cast, caller, media_folder, key):
    answer = caller.post(FOOTBALL, football(), headers={KEY: key})
    assert is_error(answer, errors.INVALID_REQUEST)
    assert nothing_happened(cast.alice, media_folder)


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_with_one_key_are_one_order(cast):
    give(cast.alice, 900)
    key = ApiKey.issue(user=cast.alice, name="test")[1]
    photo = build_photo_bytes(300, 300)

    def order(_):
        try:
            client = Client(headers={"host": AURORA_HOST, "x-api-key": key, KEY: "k"})
            return client.post(FOOTBALL, football(photo=photo))
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(order, range(10)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert Generation.objects.count() == 1
    assert len({answer.json().get("task_id") for answer in answers} - {None}) == 1


def test_what_was_sent_is_told_by_the_nonce_of_the_order(caller):
    """A repeated order finds its first one by it, whatever became of the kept answer."""
    caller.post(FOOTBALL, football(), headers={KEY: "k"})
    assert IdempotentRequest.objects.get().nonce == Generation.objects.get().order_nonce
    assert isinstance(IdempotentRequest.objects.get().nonce, uuid.UUID)
