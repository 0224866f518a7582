"""Test keys: what their orders cost, who may ask about them, what goes wrong on request."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.test import Client
from django.utils import timezone

from accounts import ledger
from accounts.models import ApiKey
from generations import keys, test_mode
from generations.api.test_mode import ANSWERED, PASSED_ON
from generations.lumiq import contract
from generations.models import Generation, Upload
from generations.sandbox import behaviour
from generations.sandbox.scenarios import CALLBACK, SCENARIOS, SUBMITS
from generations.states import Status
from tests.api.test_api import ACCOUNT, FOOTBALL, football, is_error
from tests.cast import AURORA_HOST, give, make_ready, queue_test_video, queue_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def call_as(db):
    """call_as(user, is_test=True) → a client that sends a fresh key of this user."""

    def build(user, *, is_test=True):
        row, key = ApiKey.issue(user=user, name="test")
        ApiKey.objects.filter(pk=row.pk).update(is_test=is_test)
        return Client(headers={"host": AURORA_HOST, "x-api-key": key})

    return build


@pytest.fixture
def tester(cast, call_as):
    return call_as(cast.alice)


def test_a_test_order_is_answered_as_documented_and_costs_nothing(cast, tester):
    body = tester.post(FOOTBALL, football()).json()
    assert body == {
        "success": True,
        "task_id": str(Generation.objects.get().pk),
        "status": "processing",
        "credits_used": 0,
        "credits_remaining": 0,
        "estimated_time": "3-5 minutes",
        "check_status": f"http://{AURORA_HOST}/api/v1/status/{body['task_id']}",
    }
    contract.Submitted.from_json(body)
    assert Generation.objects.get().is_test
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=0)


def test_a_wrong_test_order_is_refused_as_a_paid_one(tester):
    assert is_error(tester.post(FOOTBALL, football(photo=None)), contract.MISSING_FILES)
    assert tester.post(FOOTBALL, football(team_left="Atlantis")).status_code == 400
    assert not Generation.objects.exists()


def test_a_test_key_knows_test_orders_only_and_a_live_key_the_others(cast, call_as, tester):
    test, paid = queue_test_video(cast.alice), make_ready(cast.alice)
    live, second = call_as(cast.alice, is_test=False), call_as(cast.alice)
    strange = call_as(cast.bob)
    for client, seen, hidden in ((tester, test, paid), (second, test, paid), (live, paid, test)):
        assert client.get(f"/api/v1/status/{seen.pk}").status_code == 200
        for part in ("status", "download"):
            answer = client.get(f"/api/v1/{part}/{hidden.pk}")
            assert is_error(answer, contract.TASK_NOT_FOUND)
    assert is_error(strange.get(f"/api/v1/status/{test.pk}"), contract.TASK_NOT_FOUND)
    assert b"".join(live.get(f"/api/v1/download/{paid.pk}").streaming_content)
    assert is_error(tester.get(f"/api/v1/download/{test.pk}"), contract.TASK_NOT_FOUND)
    Generation.objects.filter(pk=test.pk).update(
        status=Status.READY, video=paid.video.name, video_bytes=1
    )
    assert b"".join(tester.get(f"/api/v1/download/{test.pk}").streaming_content)


def test_test_orders_are_in_no_figures_and_on_no_page(cast, tester, visit):
    queue_video(cast.alice)
    queue_test_video(cast.alice)
    assert tester.get(ACCOUNT).json()["total_api_calls"] == 1
    order = Generation.objects.get(is_test=True)
    assert str(order.pk) not in visit(cast.alice).get("/videos/").content.decode()
    assert visit(cast.alice).get(order.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("scenario", ANSWERED)
def test_what_a_caller_meets_before_there_is_an_order_is_answered_at_once(tester, scenario):
    row, retry_after = ANSWERED[scenario]
    answer = tester.post(FOOTBALL, football(), headers={"X-Sandbox-Scenario": scenario})
    assert is_error(answer, row)
    assert answer.headers.get("Retry-After") == (retry_after and str(retry_after))
    assert not Upload.objects.exists()


@pytest.mark.parametrize("scenario", PASSED_ON)
def test_what_happens_to_an_order_is_kept_with_it(tester, scenario):
    answer = tester.post(FOOTBALL, football(), headers={"X-Sandbox-Scenario": f" {scenario} "})
    assert answer.status_code == 200
    assert Generation.objects.get().test_scenario == scenario


@pytest.mark.parametrize("scenario", ["no-such", "slow", "download-cut", "failing; seconds=3", "é"])
def test_an_unknown_scenario_is_a_400_that_names_the_known_ones(tester, scenario):
    answer = tester.post(FOOTBALL, football(), headers={"X-Sandbox-Scenario": scenario})
    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid scenario")
    assert {*ANSWERED, *PASSED_ON} <= set(re.findall(r"[a-z-]+", answer.json()["detail"]))
    assert not Generation.objects.exists()


@pytest.mark.parametrize("scenario", ["failing", "internal-error", "no-such"])
def test_a_live_key_meets_no_scenario(cast, call_as, scenario):
    give(cast.alice, 90)
    live = call_as(cast.alice, is_test=False)
    answer = live.post(FOOTBALL, football(), headers={"X-Sandbox-Scenario": scenario})
    assert answer.json()["credits_used"] == 90
    assert Generation.objects.get().test_scenario == ""


def test_without_a_sandbox_a_test_order_is_not_taken(tester, settings):
    settings.PORTAL_TEST_LUMIQ_BASE_URL = ""
    answer = tester.post(FOOTBALL, football())
    assert answer.status_code == 503
    assert "not set up" in answer.json()["detail"]
    assert not Upload.objects.exists()


def test_a_user_has_few_test_orders_on_their_way(cast, call_as, tester):
    for _ in range(test_mode.MOST_ON_THEIR_WAY):
        queue_test_video(cast.alice)
    for client in (tester, call_as(cast.alice)):
        answer = client.post(FOOTBALL, football())
        assert is_error(answer, contract.RATE_LIMITED)
        assert int(answer.headers["Retry-After"]) > 0
    assert call_as(cast.bob).post(FOOTBALL, football()).status_code == 200
    give(cast.alice, 90)
    assert call_as(cast.alice, is_test=False).post(FOOTBALL, football()).status_code == 200


def test_what_is_done_or_hangs_gives_its_place_back(cast, tester):
    for _ in range(test_mode.MOST_ON_THEIR_WAY):
        queue_test_video(cast.alice)
    one, other = Generation.objects.all()[:2]
    Generation.objects.filter(pk=one.pk).update(status=Status.FAILED)
    Generation.objects.filter(pk=other.pk).update(created_at=timezone.now() - timedelta(hours=1))
    codes = [tester.post(FOOTBALL, football()).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_the_sandbox_has_what_is_passed_on_to_it():
    assert keys.SCENARIO_HEADER == behaviour.HEADER
    assert set(ANSWERED) <= set(SCENARIOS)
    for name in PASSED_ON:
        assert {*SUBMITS, CALLBACK} & set(SCENARIOS[name].endpoints)


def test_the_documentation_lists_all_scenarios_of_test_mode():
    text = (Path(project.BASE_DIR) / "docs/sandbox.md").read_text()
    section = text.partition("## Test mode")[2].partition("\n## ")[0]
    listed = re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE)))
    assert sorted(listed) == sorted([*ANSWERED, *PASSED_ON])
