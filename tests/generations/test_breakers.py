"""Several master keys: which one is used, when one is left alone, how it comes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import ledger
from generations import (
    beat,
    breakers,
    dispatch,
    keys,
    lifecycle,
    reconciliation,
    retrieval,
    submissions,
)
from generations.lumiq.contract import Account
from generations.models import Alert, AlertKind, Callback, Generation, LumiqKey, SubmitAttempt
from generations.states import Status
from tests.cast import SANDBOX_KEY, SUPPLY, queue_video
from tests.fixtures.site import wait_until
from tests.sandbox_server import running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "lmq_other"
ACCOUNTS = {SANDBOX_KEY: (9000, "one@example.org"), OTHER: (4500, "two@example.org")}


@pytest.fixture
def sandbox(tmp_path, settings, redis):
    """Two keys of two accounts, both known to the portal."""
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    renderer = "tests.ten_second_renderer"
    with running_sandbox(tmp_path / "sandbox", keys=ACCOUNTS, renderer=renderer) as server:
        settings.LUMIQ_BASE_URL = server.base_url
        key = LumiqKey(name="Other")
        key.set_key(OTHER)
        key.save()
        yield server


def test_the_key_of_the_richest_account_takes_the_next_video(cast, sandbox):
    beat.run_pass()
    queue_video(cast.alice)
    assert dispatch.submit_next()
    assert _used() == [SANDBOX_KEY]


def test_a_key_whose_budget_is_spent_leaves_the_work_to_the_others(cast, sandbox, settings):
    beat.run_pass()
    settings.LUMIQ_REQUESTS_PER_MINUTE = (
        2  # the other's second went into a question for its balance
    )
    for _ in range(4):
        queue_video(cast.alice)
    while dispatch.submit_next():
        pass
    assert _used() == [SANDBOX_KEY, SANDBOX_KEY, OTHER]


def test_a_revoked_key_leaves_its_work_to_the_others_and_is_told_once(cast, sandbox):
    beat.run_pass()
    sandbox.set_key(SANDBOX_KEY, is_revoked=True)
    generations = [queue_video(cast.alice) for _ in range(2)]
    assert dispatch.submit_next()  # refused, and back in line with its credits
    assert _statuses(generations) == {Status.QUEUED}
    assert ledger.balance_of(cast.alice).held == 180
    while dispatch.submit_next():
        pass
    assert _statuses(generations) == {Status.PROCESSING}
    assert [charge["key"] for charge in sandbox.record()["charges"]] == [OTHER, OTHER]
    alert = Alert.objects.get(kind=AlertKind.KEY_REFUSED)

    _let_probe()
    beat.run_pass()  # still refused: asked about once, and then more seldom
    assert Alert.objects.filter(kind=AlertKind.KEY_REFUSED).count() == 1
    key = keys.ensure_configured_key()
    assert key.breaker == LumiqKey.Breaker.REFUSED
    assert key.probe_at > timezone.now() + timedelta(seconds=90)

    sandbox.set_key(SANDBOX_KEY, is_revoked=False)
    _let_probe()
    beat.run_pass()
    assert keys.ensure_configured_key().breaker == ""
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_a_dry_key_leaves_its_work_to_the_others_until_credits_are_bought(cast, sandbox):
    beat.run_pass()
    sandbox.set_key(SANDBOX_KEY, credits=0)
    generations = [queue_video(cast.alice) for _ in range(2)]
    while dispatch.submit_next():
        pass
    assert _statuses(generations) == {Status.PROCESSING}
    assert keys.ensure_configured_key().breaker == LumiqKey.Breaker.DRY
    sandbox.set_key(SANDBOX_KEY, add_credits=600)
    _let_probe()
    beat.run_pass()
    assert keys.ensure_configured_key().breaker == ""
    assert not Alert.objects.filter(kind=AlertKind.KEY_DRY, closed_at=None).exists()


def test_a_key_is_not_asked_to_pay_more_than_its_account_has(cast, sandbox):
    sandbox.set_key(SANDBOX_KEY, credits=90)
    sandbox.set_key(OTHER, credits=90)
    beat.run_pass()
    generations = [queue_video(cast.alice) for _ in range(2)]
    while dispatch.submit_next():
        pass
    assert _statuses(generations) == {Status.PROCESSING}
    assert {arrival["http_status"] for arrival in sandbox.record()["arrivals"]} == {200}


def test_lumiqs_429_gives_the_key_a_rest_and_the_video_to_another(cast, sandbox):
    beat.run_pass()
    sandbox.set_scenario("rate-limited", key=SANDBOX_KEY, endpoints=["football"], times=1)
    generation = queue_video(cast.alice)
    while dispatch.submit_next():
        pass
    assert _statuses([generation]) == {Status.PROCESSING}
    assert _used() == [SANDBOX_KEY, OTHER]
    rests_until = keys.ensure_configured_key().rests_until
    assert timedelta(seconds=25) < rests_until - timezone.now() <= timedelta(seconds=30)
    assert Alert.objects.filter(kind=AlertKind.RATE_LIMITED).exists()


def test_too_many_unclear_answers_stop_the_key_but_for_a_trial(cast, sandbox):
    beat.run_pass()
    LumiqKey.objects.filter(name="Other").update(is_active=False)
    sandbox.set_scenario("internal-error", endpoints=["football"], times=4)
    for _ in range(7):
        queue_video(cast.alice)
    while dispatch.submit_next():
        pass
    assert SubmitAttempt.objects.count() == breakers.TOO_MANY_UNCLEAR
    assert keys.ensure_configured_key().breaker == LumiqKey.Breaker.UNCLEAR

    _let_probe()
    assert dispatch.submit_next()  # the trial: the fourth error
    assert not dispatch.submit_next()
    _let_probe()
    assert dispatch.submit_next()  # the trial that gets an answer
    assert keys.ensure_configured_key().breaker == ""
    while dispatch.submit_next():
        pass
    assert Generation.objects.filter(status=Status.PROCESSING).count() == 3
    assert not Alert.objects.filter(kind=AlertKind.KEY_UNCLEAR, closed_at=None).exists()


def test_a_new_key_in_the_settings_drains_the_old_one(cast, sandbox, settings):
    beat.run_pass()
    LumiqKey.objects.filter(name="Other").delete()
    settings.LUMIQ_USES_SANDBOX = False
    settings.LUMIQ_API_KEY = SANDBOX_KEY
    LumiqKey.objects.update(is_from_settings=True, is_active=True)
    first = queue_video(cast.alice)
    assert dispatch.submit_next()

    settings.LUMIQ_API_KEY = OTHER
    beat.run_pass()
    second = queue_video(cast.alice)
    assert dispatch.submit_next()
    assert _used() == [SANDBOX_KEY, OTHER]

    def are_ready():
        Generation.objects.filter(status=Status.PROCESSING).update(due_at=timezone.now())
        beat.run_pass(inline=True)
        return _statuses([first, second]) == {Status.READY}

    # Each with the key that began it: LUMIQ gives a task to its owner only.
    wait_until(are_ready, "the old key's video is not fetched")


def test_a_video_of_a_key_that_stays_refused_is_given_up_after_a_day(cast, sandbox):
    beat.run_pass()
    generation = queue_video(cast.alice)
    dispatch.submit_next()
    attempt = SubmitAttempt.objects.select_related("lumiq_key").get()
    breakers.record_refusal(attempt.lumiq_key, "revoked")
    retrieval.follow_up(generation.pk)
    assert _statuses([generation]) == {Status.PROCESSING}
    SubmitAttempt.objects.update(started_at=timezone.now() - timedelta(hours=25))
    Generation.objects.update(lease_until=None)
    retrieval.follow_up(generation.pk)
    assert _statuses([generation]) == {Status.FAILED}
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)


def test_a_foreign_task_id_in_a_callback_does_not_hide_the_true_one(cast, sandbox):
    """Neither one that LUMIQ does not know as ours, nor one that is another attempt's."""
    beat.run_pass()
    for _ in range(2):
        queue_video(cast.alice)
        dispatch.submit_next()
    known, lost = SubmitAttempt.objects.order_by("pk")
    true_task = lost.task_id
    SubmitAttempt.objects.filter(pk=lost.pk).update(phase="unclear", task_id="")
    Generation.objects.filter(pk=lost.generation_id).update(status=Status.UNCONFIRMED)
    for task_id in (true_task, known.task_id, "00000000"):
        Callback.objects.create(
            attempt=lost, body_hash=task_id, task_id=task_id, status="completed"
        )
    retrieval.follow_up(lost.generation_id)
    lost.refresh_from_db()
    assert (lost.phase, lost.task_id) == ("accepted", true_task)


@pytest.mark.parametrize("status", [Status.FAILED, Status.QUEUED])
def test_a_callback_whose_job_was_lost_is_followed_up_by_beat(cast, sandbox, status):
    """Of a send that was given up, or that is about to be made again."""
    beat.run_pass()
    generation = queue_video(cast.alice)
    dispatch.submit_next()
    attempt = SubmitAttempt.objects.get()
    task_id = attempt.task_id
    SubmitAttempt.objects.update(phase="unclear", task_id="")
    Generation.objects.update(
        status=Status.UNCONFIRMED, due_at=timezone.now(), lease_token=attempt.lease_token
    )
    if status == Status.FAILED:
        lifecycle.give_up_unconfirmed(generation.pk)
    else:
        submissions.mark_not_charged(attempt)
    Callback.objects.create(attempt=attempt, body_hash="x", task_id=task_id, status="completed")

    def is_ready():
        Generation.objects.exclude(status=Status.QUEUED).update(due_at=timezone.now())
        beat.run_pass(inline=True)
        return _statuses([generation]) == {Status.READY}

    wait_until(is_ready, "nobody follows it up")
    assert len(sandbox.record()["charges"]) == 1
    assert ledger.spent_by(cast.alice) == (0 if status == Status.FAILED else 90)


def test_keys_that_share_tasks_fetch_for_one_that_is_refused(cast, sandbox, settings):
    beat.run_pass()
    queue_video(cast.alice)
    dispatch.submit_next()
    attempt = SubmitAttempt.objects.select_related("lumiq_key").get()
    own, other = attempt.lumiq_key, LumiqKey.objects.get(name="Other")
    breakers.record_refusal(own, "revoked")
    LumiqKey.objects.filter(pk=other.pk).update(account=own.account)
    attempt.lumiq_key.refresh_from_db()
    assert keys.key_of_task(attempt) == own
    settings.LUMIQ_KEYS_SHARE_TASKS = True
    assert keys.key_of_task(attempt) == other


def test_a_key_takes_no_video_before_its_account_was_seen(cast, sandbox):
    queue_video(cast.alice)
    LumiqKey.objects.update(account=None)
    assert not dispatch.submit_next()
    beat.run_pass()
    assert dispatch.submit_next()


@pytest.mark.django_db
def test_a_trial_is_given_to_one_worker(cast):
    key = keys.ensure_configured_key()
    told = Account(SUPPLY, "", total_api_calls=0, total_credits_spent=0)
    reconciliation.record_account(key, told, began_at=timezone.now())
    LumiqKey.objects.update(breaker=LumiqKey.Breaker.UNCLEAR, probe_at=timezone.now())
    (seen,) = keys.takers()
    (by_another_worker,) = keys.takers()
    assert keys.try_out(seen)
    assert not keys.try_out(by_another_worker)
    assert keys.takers() == []


@pytest.mark.django_db
def test_a_send_on_its_way_is_not_promised_again(cast):
    key = keys.ensure_configured_key()
    account = key.account
    assert keys.payable(account) == SUPPLY
    submissions.start(queue_video(cast.alice).pk, key)
    assert keys.payable(account) == SUPPLY - 90


def _let_probe():
    LumiqKey.objects.exclude(breaker="").update(probe_at=timezone.now())


def _used():
    """The plain keys of the attempts, in their order."""
    plain = {key.pk: key.read_key() for key in LumiqKey.objects.all()}
    return [
        plain[pk] for pk in SubmitAttempt.objects.order_by("pk").values_list("lumiq_key", flat=True)
    ]


def _statuses(generations):
    rows = Generation.objects.filter(pk__in=[generation.pk for generation in generations])
    return set(rows.values_list("status", flat=True))
