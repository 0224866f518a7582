"""The list of videos, deleting one, its share links; teams and voices; how often one may call."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts import ledger
from accounts.models import ApiKey
from generations import beat, deletion, lifecycle, uploads
from generations.api import errors
from generations.errors import StaleTransition
from generations.lumiq import contract
from generations.models import Generation, ShareLink, Upload, Voice
from generations.states import Status
from tests.api.asking import is_error
from tests.cast import AURORA_HOST, build_photo_file, make_ready, queue_video

pytestmark = pytest.mark.django_db

LIST = "/api/v1/generations"


def test_the_list_has_the_newest_first(cast, caller):
    rows = [make_ready(cast.alice), queue_video(cast.alice)]
    make_ready(cast.bob)
    body = caller.get(LIST).json()
    assert [item["task_id"] for item in body["generations"]] == [str(r.pk) for r in reversed(rows)]
    assert body["generations"][1] == {
        "task_id": str(rows[0].pk),
        "status": "completed",
        "created_at": contract.format_created_at(rows[0].created_at),
        "video_url": f"http://{AURORA_HOST}/api/v1/download/{rows[0].pk}",
        "product": "football",
        "team_left": "Brazil",
        "team_right": "France",
        "duration": 10,
        "ratio": "16:9",
        "credits": 90,
        "metadata": {},
    }


def test_the_pages_of_the_list_hold_each_video_once(cast, caller):
    rows = [queue_video(cast.alice) for _ in range(5)]
    Generation.objects.update(created_at=timezone.now())  # all of the same moment
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        body = caller.get(LIST, {"limit": 2, "cursor": cursor}).json()
        seen += [item["task_id"] for item in body["generations"]]
        cursor, pages = body.get("next_cursor"), pages + 1
    assert sorted(seen) == sorted(str(row.pk) for row in rows)
    assert pages == 3


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"limit": "9" * 99}, {"cursor": "x"},
     {"cursor": "é"}, {"cursor": "MjAyNi0wMS0wMXx4"}, {"cursor": "%00"}],
    ids=str,
)  # fmt: skip
def test_a_page_that_is_none_is_a_400(caller, query):
    assert is_error(caller.get(LIST, query), errors.INVALID_REQUEST)


def test_a_deleted_video_is_gone(cast, caller, media_folder):
    generation = make_ready(cast.alice)
    code = ShareLink.objects.get().code
    answer = caller.delete(f"{LIST}/{generation.pk}")
    assert answer.json() == {
        "success": True,
        "task_id": str(generation.pk),
        "credits_returned": 0,
        "maker_keeps_until": contract.format_created_at(
            deletion.upstream_copy_expires_at(generation)
        ),
    }
    assert not [path for path in media_folder.rglob("*") if path.is_file()]
    for path in (f"/api/v1/status/{generation.pk}", f"/api/v1/download/{generation.pk}"):
        assert is_error(caller.get(path), contract.TASK_NOT_FOUND)
    assert caller.get(LIST).json()["generations"] == []
    assert Client(headers={"host": AURORA_HOST}).get(f"/v/{code}/").status_code == 410
    assert is_error(caller.delete(f"{LIST}/{generation.pk}"), contract.TASK_NOT_FOUND)
    assert ledger.spent_by(cast.alice) == 90


def test_deleting_what_is_in_line_cancels_it(cast, caller):
    generation = queue_video(cast.alice)
    body = caller.delete(f"{LIST}/{generation.pk}").json()
    assert (body["credits_returned"], body["maker_keeps_until"]) == (90, None)
    assert ledger.balance_of(cast.alice).held == 0


@pytest.mark.parametrize(
    "status", [Status.SUBMITTING, Status.UNCONFIRMED, Status.PROCESSING, Status.RETRIEVING]
)
def test_what_is_being_made_is_not_deleted(cast, caller, status):
    generation = queue_video(cast.alice)
    Generation.objects.update(status=status)
    assert is_error(caller.delete(f"{LIST}/{generation.pk}"), errors.STILL_BEING_MADE)
    assert caller.get(f"/api/v1/status/{generation.pk}").status_code == 200


def test_a_photo_that_another_video_uses_stays(cast, caller):
    first = make_ready(cast.alice)
    other = queue_video(cast.alice, photo=first.photo)
    caller.delete(f"{LIST}/{first.pk}")
    assert default_storage.exists(first.photo.file.name)
    caller.delete(f"{LIST}/{other.pk}")
    assert not default_storage.exists(first.photo.file.name)


def test_files_that_were_left_are_removed_by_beat(cast, media_folder):
    generation = make_ready(cast.alice)
    long_ago = timezone.now() - timedelta(hours=1)
    Generation.objects.filter(pk=generation.pk).update(deleted_at=long_ago)
    beat.run_pass()
    assert not [path for path in media_folder.rglob("*") if path.is_file()]
    generation.refresh_from_db()
    assert generation.removed_at is not None


def test_a_late_success_of_a_deleted_video_is_for_nobody(cast, caller):
    generation = queue_video(cast.alice)
    Generation.objects.update(status=Status.FAILED)
    assert caller.delete(f"{LIST}/{generation.pk}").status_code == 200
    with pytest.raises(StaleTransition):
        lifecycle.claim(generation.pk, Status.FAILED)


def test_a_file_that_was_deleted_is_not_brought_back_by_its_preparation(cast, media_folder):
    upload = uploads.keep_photo(cast.alice, build_photo_file())
    mid_way = Upload.objects.get(pk=upload.pk)
    Upload.objects.filter(pk=upload.pk).update(file="")
    uploads.prepare(mid_way)
    assert Upload.objects.get(pk=upload.pk).file == ""
    assert {path.suffix for path in media_folder.rglob("*") if path.is_file()} == {".raw"}


def test_a_share_link_opens_the_video_to_everybody(cast, caller):
    generation = make_ready(cast.alice)
    Generation.objects.update(visibility=Generation.Visibility.PRIVATE)
    answer = caller.post(f"{LIST}/{generation.pk}/share-links", {"name": "For Ann"})
    body = answer.json()
    assert (answer.status_code, body["name"]) == (200, "For Ann")
    path = body["url"].replace(f"http://{AURORA_HOST}", "")
    assert Client(headers={"host": AURORA_HOST}).get(path).status_code == 200


def test_a_share_link_takes_an_end_a_limit_and_a_password(cast, caller):
    generation = make_ready(cast.alice)
    fields = {"name": "x", "expires_in_days": "2", "max_views": "5", "password": "north stand"}
    body = caller.post(f"{LIST}/{generation.pk}/share-links", fields).json()
    assert (body["max_views"], body["has_password"]) == (5, True)
    link = generation.share_links.get(name="x")
    assert timedelta(days=1) < link.expires_at - timezone.now() <= timedelta(days=2)
    for wrong in ({"expires_in_days": "0"}, {"max_views": "x"}, {"password": "short"}):
        answer = caller.post(f"{LIST}/{generation.pk}/share-links", {"name": "y", **wrong})
        assert answer.json()["error"] == "Invalid request"
    assert not generation.share_links.filter(name="y").exists()


def test_a_share_link_repeated_with_its_key_is_one_link(cast, caller):
    generation = make_ready(cast.alice)
    urls = {
        caller.post(f"{LIST}/{generation.pk}/share-links", headers={"idempotency-key": "k"}).json()[
            "url"
        ]
        for _ in range(2)
    }
    assert len(urls) == 1


def test_only_a_finished_video_can_be_shared(cast, caller):
    generation = queue_video(cast.alice)
    answer = caller.post(f"{LIST}/{generation.pk}/share-links")
    assert is_error(answer, errors.STILL_BEING_MADE)


def test_the_teams_are_the_documented_ones(caller):
    teams = caller.get("/api/v1/teams").json()["teams"]
    assert [team["name"] for team in teams] == list(contract.TEAMS)
    assert all(len(team["colours"]) == 2 for team in teams)


def test_the_voices_are_those_on_offer(caller):
    Voice.objects.create(voice_id="anna-1", name="Anna", language="en-US")
    Voice.objects.create(voice_id="old", name="Old", is_active=False)
    assert caller.get("/api/v1/voices").json() == {
        "voices": [{"voice_id": "anna-1", "name": "Anna", "language": "en-US"}]
    }


def test_a_key_may_call_so_often_and_is_told(cast, redis, settings, call_as):
    settings.PORTAL_API_REQUESTS_PER_MINUTE = 3
    caller = call_as(cast.alice)
    for left in (2, 1, 0):
        answer = caller.get("/api/v1/account")
        assert answer.status_code == 200
        assert answer.headers["RateLimit-Limit"] == "3"
        assert answer.headers["RateLimit-Remaining"] == str(left)
    answer = caller.get("/api/v1/account")
    assert is_error(answer, contract.RATE_LIMITED)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert call_as(cast.alice).get("/api/v1/account").status_code == 200


def test_a_redis_that_is_away_costs_no_caller_his_call(cast, settings, call_as):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = call_as(cast.alice).get("/api/v1/account")
    assert answer.status_code == 200
    assert "RateLimit-Limit" not in answer.headers


def test_the_body_of_a_caller_over_his_limit_is_not_read(cast, redis, settings):
    settings.PORTAL_API_REQUESTS_PER_MINUTE = 1
    key = ApiKey.issue(user=cast.alice, name="test")[1]
    client = Client(headers={"host": AURORA_HOST, "x-api-key": key})
    client.get("/api/v1/account")
    answer = client.generic(
        "POST", "/api/v1/football", b"", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(5 * 1024**2),
    )  # fmt: skip
    assert is_error(answer, contract.RATE_LIMITED)
