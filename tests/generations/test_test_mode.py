"""Test orders and paid ones: each with its own key on every way there is; in nobody's books."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts import ledger
from accounts.models import CreditHold, CreditTransaction
from generations import (
    beat,
    breakers,
    budget,
    dispatch,
    estimates,
    keys,
    lifecycle,
    line,
    reconciliation,
    retrieval,
    submissions,
    test_mode,
)
from generations.audit import audit_all
from generations.doctor.master_keys import find_keys_in_use
from generations.lumiq.contract import Account, Submitted
from generations.models import Alert, Generation, LumiqAccount, LumiqKey, ShareLink, Upload
from generations.states import Phase, Reason, Status
from lumiq_portal import env
from tests.cast import SANDBOX_KEY, SUPPLY, fill_supply, make_ready, queue_test_video, queue_video
from tests.fixtures.site import free_port
from tests.sandbox_server import running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

TEST_KEY = "lmq_sandbox_test"
LONG_AGO = timedelta(days=8)


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """LUMIQ, and the sandbox for test orders beside it: neither knows the other's key."""
    folder = tmp_path_factory.mktemp("servers")
    with (
        running_sandbox(folder / "lumiq", keys={SANDBOX_KEY: SUPPLY}) as lumiq,
        running_sandbox(folder / "tests", keys={"lmq_x": 0}, test_keys=[TEST_KEY]) as tests,
    ):
        yield lumiq, tests


@pytest.fixture
def both(servers, settings):
    lumiq, tests = servers
    settings.LUMIQ_BASE_URL = lumiq.base_url
    settings.PORTAL_TEST_LUMIQ_BASE_URL = tests.base_url
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    yield lumiq, tests
    assert not wrong_meetings()
    assert audit_all().problems == []


def test_a_test_order_costs_nothing_and_waits_in_no_line(cast):
    paid = queue_video(cast.alice)
    LumiqAccount.objects.update(balance_credits=0)
    order = queue_test_video(cast.alice)
    assert (order.credits, order.round, order.visibility) == (0, 0, "private")
    assert CreditHold.objects.count() == 1
    assert line.choose_next(most_credits=10_000).generation_id == paid.pk
    assert line.place_within_portal(paid) == 1
    assert line.standings()[0][0].waiting == 1
    assert estimates.in_lumiqs_words(estimates.expect(order)) == "3-5 minutes"
    assert audit_all().problems == []


def test_no_order_meets_the_wrong_key(cast):
    master, test_key = keys.ensure_configured_key(), keys.ensure_test_key()
    paid, order = queue_video(cast.alice), queue_test_video(cast.alice)
    for generation, key in ((paid, test_key), (order, master)):
        with pytest.raises(submissions.StaleTransition):
            submissions.start(generation.pk, key)
        assert status_of(generation) == Status.QUEUED
    assert submissions.start(paid.pk, master).attempt.lumiq_key == master
    assert submissions.start(order.pk, test_key).attempt.lumiq_key == test_key


def test_a_turn_in_line_is_never_a_test_orders(cast, both):
    order = queue_test_video(cast.alice)
    assert not dispatch.submit_next()
    assert status_of(order) == Status.QUEUED
    paid = queue_video(cast.alice)
    assert dispatch.submit(order.pk)
    assert (status_of(order), status_of(paid)) == (Status.PROCESSING, Status.QUEUED)
    assert dispatch.submit(paid.pk)
    assert status_of(paid) == Status.PROCESSING
    assert charged_by(both[0]) == {(SANDBOX_KEY, 90)}
    assert charged_by(both[1]) == {(TEST_KEY, 90)}


def test_a_test_order_changes_no_portals_turn(cast, both):
    queue_video(cast.alice)
    before = line.standings()
    order = queue_test_video(cast.alice)
    assert dispatch.submit_test(order.pk)
    assert line.standings() == before


def test_each_gets_its_own_key_again_after_a_worker_died(cast, both, redis):
    """Beat takes both over from the dead and sends both anew."""
    videos = [queue_video(cast.alice), queue_test_video(cast.alice)]
    for generation, key in zip(videos, (fill_supply(), keys.ensure_test_key()), strict=True):
        submissions.start(generation.pk, key)
    Generation.objects.update(lease_until=timezone.now() - timedelta(minutes=1))
    for _ in range(2):
        beat.run_pass(inline=True)
    assert {status_of(video) for video in videos} == {Status.PROCESSING}
    assert [video.attempts.count() for video in videos] == [2, 2]


def test_each_waits_for_its_own_server(cast, both, settings, redis):
    """The one is sent while the other's is away, and never to it."""
    here, away = settings.LUMIQ_BASE_URL, f"http://127.0.0.1:{free_port()}/api/v1"
    paid, order = queue_video(cast.alice), queue_test_video(cast.alice)
    settings.LUMIQ_BASE_URL = away
    beat.run_pass(inline=True)
    assert (status_of(paid), status_of(order)) == (Status.QUEUED, Status.PROCESSING)
    assert paid.attempts.get().phase == Phase.NOT_SENT
    settings.LUMIQ_BASE_URL, settings.PORTAL_TEST_LUMIQ_BASE_URL = here, away
    second = queue_test_video(cast.alice)
    Generation.objects.filter(status=Status.QUEUED).update(due_at=timezone.now())
    beat.run_pass(inline=True)
    assert (status_of(paid), status_of(second)) == (Status.PROCESSING, Status.QUEUED)


def test_beat_wakes_both_kinds(cast, settings, redis):
    videos = [queue_video(cast.alice), queue_test_video(cast.alice)]
    redis.flushall()
    settings.LUMIQ_BASE_URL = f"http://127.0.0.1:{free_port()}/api/v1"
    assert beat.run_pass()["dispatched"] == 2
    assert all(redis.keys(f"rq:job:dispatch-{video.pk}-*") for video in videos)


def test_without_a_sandbox_a_test_order_stays_where_it_is(cast, both, settings, redis):
    order = queue_test_video(cast.alice)
    settings.PORTAL_TEST_LUMIQ_BASE_URL = ""
    assert beat.run_pass(inline=True)["dispatched"] == 0
    assert not dispatch.submit(order.pk)
    assert not order.attempts.exists()


def test_a_master_key_is_no_test_key(cast, settings):
    settings.PORTAL_TEST_LUMIQ_API_KEY = SANDBOX_KEY
    order = queue_test_video(cast.alice)
    assert keys.ensure_test_key() is None
    assert not dispatch.submit(order.pk)


@pytest.mark.parametrize(
    ("url", "key"),
    [("https://LUMIQ.example/other/v1", "lmq_test"), ("http://127.0.0.1:9000/api/v1", "lmq_paid")],
)
def test_settings_that_would_pay_for_test_orders_are_refused(url, key):
    with pytest.raises(ImproperlyConfigured):
        env.refuse_paid_tests(
            url=url, key=key, paid_url="https://lumiq.example/api/v1", paid_key="lmq_paid"
        )


def test_simulated_credits_count_nowhere(cast, redis):
    """Even if the test key's account had come to be known."""
    fill_supply(900)
    queue_test_video(cast.alice)
    test_key = keys.ensure_test_key()
    known = LumiqAccount.objects.get()
    rich = LumiqAccount.objects.create(
        name="rich", balance_credits=10**9, bought_credits=10**9, spent_credits=0,
        spent_before_credits=0, read_at=known.read_at, seen_at=known.seen_at,
    )  # fmt: skip
    LumiqKey.objects.filter(pk=test_key.pk).update(account=rich)
    with transaction.atomic():
        assert keys.master_capacity() == 900
    assert keys.bought_credits() == 900
    assert test_key not in keys.takers()
    assert test_key not in find_keys_in_use()
    told = Account(credits_balance=5, email="", total_api_calls=0, total_credits_spent=0)
    with pytest.raises(AssertionError):
        reconciliation.record_account(test_key, told, began_at=timezone.now())


def test_nobody_asks_about_the_test_keys_account(cast, both, redis):
    queue_test_video(cast.alice)
    LumiqKey.objects.update(asked_account_at=None)
    beat.run_pass(inline=True)
    assert keys.ensure_test_key() not in breakers.keys_to_probe()
    assert LumiqKey.objects.get(is_test=True).asked_account_at is None
    arrivals = both[1].record()["arrivals"]
    assert "account" not in {arrival["endpoint"] for arrival in arrivals}


def test_what_goes_wrong_with_a_test_order_is_nobodys_loss_and_alerts_nobody(cast):
    key = keys.ensure_test_key()
    first, second = (send(queue_test_video(cast.alice), key, task) for task in ("aa", "bb"))
    submissions.mark_submitted(first, Submitted("aa", "processing", 100, 5, "", ""))
    token = lifecycle.claim(first.generation_id, Status.PROCESSING)
    lifecycle.fail(
        first.generation_id, Reason.FAILED_UPSTREAM, billed_attempt=first, note="", token=token
    )
    submissions.adopt(second, "bb")
    Generation.objects.update(due_at=timezone.now() - timedelta(hours=3))
    before = CreditTransaction.objects.count()
    beat.run_pass()
    assert ledger.total_of("upstream_suspense") == 0
    assert CreditTransaction.objects.count() == before
    assert not Alert.objects.exists()
    assert audit_all().problems == []


def test_a_key_that_its_sandbox_refuses_rests_and_alerts_nobody(cast, both, settings):
    settings.PORTAL_TEST_LUMIQ_API_KEY = "lmq_unknown"
    order = queue_test_video(cast.alice)
    assert dispatch.submit(order.pk)
    assert (status_of(order), order.attempts.get().phase) == (Status.QUEUED, Phase.REFUSED)
    key = keys.ensure_test_key()
    assert 50 < budget.look(key).next_seconds <= 60
    assert not dispatch.submit(order.pk)
    for breaks in (breakers.record_unclear, lambda key: breakers.record_dry(key, 90)):
        breaks(key)
    breakers.record_rate_limit(key, 5)
    key.refresh_from_db()
    assert key.breaker == ""
    assert not Alert.objects.exists()


def test_a_finished_test_video_is_no_share_link_and_in_no_statistics(cast):
    order = queue_test_video(cast.alice)
    attempt = send(order, keys.ensure_test_key(), "cc")
    submissions.mark_submitted(attempt, Submitted("cc", "processing", 90, 5, "", ""))
    finish(order)
    assert status_of(order) == Status.READY
    assert not ShareLink.objects.exists()
    assert not Generation.objects.for_user(cast.alice).exists()
    assert ledger.spent_by(cast.alice) == 0
    assert audit_all().problems == []


def test_test_videos_are_deleted_after_a_week_with_their_files_and_uploads(cast, redis):
    old, young = queue_test_video(cast.alice), queue_test_video(cast.alice)
    send(old, keys.ensure_test_key(), "dd")
    photo, files = old.photo.file.name, ["t/1/g/old.mp4", "t/1/g/old.jpg"]
    for name in files:
        default_storage.save(name, ContentFile(b"x"))
    Generation.objects.filter(pk=old.pk).update(
        status=Status.READY, video=files[0], poster=files[1], video_bytes=1, lease_until=None
    )
    paid = make_ready(cast.alice)
    Generation.objects.exclude(pk=young.pk).update(created_at=timezone.now() - LONG_AGO)
    assert beat.run_pass()["tests_discarded"] == 1
    assert set(Generation.objects.all()) == {young, paid}
    assert set(Upload.objects.all()) == {young.photo, paid.photo}
    for name in (*files, photo):
        assert not default_storage.exists(name)
    for name in (young.photo.file.name, paid.video.name):
        assert default_storage.exists(name)


def test_one_that_somebody_works_on_is_not_deleted_yet(cast):
    order = queue_test_video(cast.alice)
    submissions.start(order.pk, keys.ensure_test_key())
    Generation.objects.update(created_at=timezone.now() - LONG_AGO)
    assert test_mode.discard_old() == 0


def test_what_is_wished_for_goes_along_with_the_send_only(cast, both):
    order = queue_test_video(cast.alice, scenario="failing")
    dispatch.submit(order.pk)
    retrieval.follow_up(order.pk)
    assert status_of(order) == Status.FAILED
    arrivals = both[1].record()["arrivals"][-2:]
    assert [(a["endpoint"], a["scenario"]) for a in arrivals] == [
        ("football", "failing"), ("status", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("scenario", ["reset-after", "accepted-error", "garbage", "truncated"])
def test_a_test_order_that_nobody_knows_of_is_followed_up_like_a_paid_one(cast, both, scenario):
    order = queue_test_video(cast.alice, scenario=scenario)
    dispatch.submit(order.pk)
    assert status_of(order) == Status.UNCONFIRMED
    attempt = order.attempts.get()
    assert attempt.lumiq_key.is_test
    task_id = both[1].record()["charges"][-1]["task_id"]
    attempt.callbacks.create(task_id=task_id, status="completed", body_hash="x")
    retrieval.follow_up(order.pk)
    assert order.attempts.get().task_id == task_id


def send(generation, key, task_id):
    """As far as the point of no return; returns the attempt."""
    submission = submissions.start(generation.pk, key)
    submissions.commit(submission.attempt)
    return submission.attempt


def finish(generation):
    token = lifecycle.claim(generation.pk, Status.PROCESSING)
    lifecycle.start_retrieval(generation.pk, token)
    stored = lifecycle.StoredVideo("a.mp4", "a.jpg", 10, "1" * 64, 1280, 720, 10_000)
    lifecycle.complete(generation.pk, token, stored)


def wrong_meetings():
    """Attempts of test orders with master keys, and the other way round."""
    attempts = submissions.SubmitAttempt.objects.select_related("generation", "lumiq_key")
    return [a for a in attempts if a.generation.is_test != a.lumiq_key.is_test]


def charged_by(server):
    return {(charge["key"], charge["credits"]) for charge in server.record()["charges"]}


def status_of(generation):
    return Generation.objects.values_list("status", flat=True).get(pk=generation.pk)
