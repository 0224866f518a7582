"""Callbacks come five times, in any order, before the answer, forged, or never: one effect each."""

import json
import time
from collections import Counter
from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from accounts.models import CreditTransaction
from generations.models import Generation
from generations.states import Status
from tests.cast import queue_video
from tests.chaos import rig as rigs
from tests.chaos.postman import Postman, turn_round
from tests.fixtures.site import wait_until

WAY = ["queued", "submitting", "processing", "retrieving", "ready"]
# Longer than a worker needs to come to a job, so that what does not happen in it does not happen.
QUIET_SECONDS = 2


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_storm_of_callbacks_has_the_effect_of_one_each(cast, start_rig, tmp_path):
    rig = start_rig(hurry=30, limit=900, patience_seconds=10)
    _storm(rig, cast, 100, tmp_path, dispatchers=2, fetchers=2, seconds=400)


def test_a_squall_of_callbacks_does_as_well(cast, start_rig, tmp_path):
    rig = start_rig(hurry=120, limit=900, patience_seconds=10)
    _storm(rig, cast, 7, tmp_path, dispatchers=1, fetchers=2, seconds=100)


def _storm(rig, cast, count, folder, *, dispatchers, fetchers, seconds):
    rig.sandbox.set_scenario("webhook-first", seconds=3, probability=0.25, seed=3)
    given = rigs.order_many([cast.alice, cast.mallory], count, folder)
    with Postman(rig.port, seed=5) as postman:
        rig.callbacks_to = postman.address
        began_at = time.monotonic()
        rig.begin(dispatchers=dispatchers, fetchers=fetchers)
        while postman.empty_the_bag() or rig.moving():
            assert time.monotonic() < began_at + seconds, rig.moving()
            time.sleep(0.5)
        rig.sandbox.clear_scenarios()
        print(f"\n  {time.monotonic() - began_at:.0f} s, {len(postman.dropped)} dropped")
        print(f"  carried and answered: {dict(postman.told)}")
        _check_answers(postman.told)
        _check_effects()
        _check_questions(rig, postman)
        rigs.check_end(given)
        rigs.check_sends(rig)
        _check_forgeries(rig, cast)


def _check_answers(told):
    expected = {"unknown token": 404, "garbage": 400}
    assert {status for kind, status in told if kind not in expected} == {200}
    for kind, answer in expected.items():
        assert {status for other, status in told if other == kind} <= {answer}


def _check_effects():
    """Each video went its way once, and was captured once."""
    done = Generation.objects.exclude(status=Status.CANCELLED)
    assert set(done.values_list("status", flat=True)) == {Status.READY}
    for generation in done:
        events = generation.events.order_by("pk").values_list("to_status", flat=True)
        assert list(events) == WAY
    captured = CreditTransaction.objects.filter(kind="capture")
    assert Counter(captured.values_list("generation_id", flat=True)) == Counter(
        done.values_list("pk", flat=True)
    )


def _check_questions(rig, postman):
    """No question about a task that is not ours, and no video fetched twice."""
    answers = Counter((a["endpoint"], a["http_status"]) for a in _questions(rig))
    ready = Generation.objects.filter(status=Status.READY).count()
    assert answers["download", 200] == ready
    foreign = sum(n for (kind, _), n in postman.told.items() if kind == "foreign task")
    assert answers["status", 404] <= foreign


def _check_forgeries(rig, cast):
    """While one video is being made and of another one nobody knows."""
    being_made = _stuck(rig, cast, "never-finishing", Status.PROCESSING)
    unconfirmed = _stuck(rig, cast, "accepted-error", Status.UNCONFIRMED)
    before = _wait_for_quiet(rig, (being_made, unconfirmed))
    for generation in (being_made, unconfirmed):
        url, task_id = rig.callback_of(generation)
        true = _payload(task_id)
        for forged in (turn_round(url), f"{url[:-1]}x/", f"{url[:-2]}/", f"{url[:-2]}%00/"):
            assert _post(forged, true) == 404
        for garbage in ("", "null", "[]", true[:-9], '"' * 9999, true.replace("comp", "de")):
            assert _post(url, garbage) == 400
    time.sleep(QUIET_SECONDS)
    assert len(_questions(rig)) == before

    # Who knows the address is LUMIQ; but what is no task of ours is bound to nothing.
    url, task_id = rig.callback_of(unconfirmed)
    assert _post(url, _payload("deadbeef")) == 200
    wait_until(lambda: len(_questions(rig)) > before, "LUMIQ was not asked about it")
    assert {a["http_status"] for a in _questions(rig)[before:]} <= {404, None}
    assert unconfirmed.attempts.get().task_id == ""
    assert _post(url, _payload(task_id)) == 200
    wait_until(lambda: _status(unconfirmed) == Status.READY, "the true one was not believed")

    url, task_id = rig.callback_of(being_made)
    assert _post(url, _payload("deadbeef")) == 200
    time.sleep(QUIET_SECONDS)
    assert being_made.attempts.get().task_id == task_id
    assert _status(being_made) == Status.PROCESSING


def _wait_for_quiet(rig, generations):
    """Until no job is at work that looked at the rows before they were put aside."""
    while True:
        before = len(_questions(rig))
        time.sleep(QUIET_SECONDS)
        _put_aside(generations)
        if len(_questions(rig)) == before:
            return before


def _put_aside(generations):
    rows = Generation.objects.filter(pk__in=[generation.pk for generation in generations])
    rows.update(due_at=timezone.now() + timedelta(hours=1))


def _stuck(rig, cast, scenario, status):
    """A video in that status, which nobody comes to by himself."""
    rig.sandbox.set_scenario(scenario, times=1)
    rig.sandbox.set_scenario("webhook-lost", times=1)
    generation = queue_video(cast.bob)
    wait_until(lambda: _status(generation) == status, f"it is not {status}")
    # The rules stay: its callback may be due later than this, and must be lost then too.
    _put_aside([generation])
    return generation


def _status(generation):
    return Generation.objects.values_list("status", flat=True).get(pk=generation.pk)


def _payload(task_id):
    return json.dumps({"task_id": task_id, "status": "completed", "timestamp": "now"})


def _post(url, body):
    return requests.post(url, data=body, headers={"Content-Type": "application/json"}).status_code


def _questions(rig):
    """All that LUMIQ was asked, but for balances, which beat reads all the time."""
    return [a for a in rig.sandbox.record()["arrivals"] if a["endpoint"] != "account"]
