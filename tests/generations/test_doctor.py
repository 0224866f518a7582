"""`manage.py doctor`: exit 0 where all is well, a helpful line for each thing that is ill."""

import io
import json
import os
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F
from django.utils import timezone

from accounts.models import CreditAccount, CreditHold, User
from generations import (
    alerts,
    breakers,
    budget,
    keys,
    kicks,
    leases,
    reconciliation,
    spool,
    submissions,
)
from generations.budget import Lane
from generations.doctor.machinery import judge_clock, judge_queue
from generations.lumiq.contract import Account, Submitted
from generations.models import (
    AccountReading,
    Alert,
    AlertKind,
    Generation,
    Lease,
    LumiqAccount,
    LumiqKey,
    SubmitAttempt,
)
from generations.states import Phase, Status
from tests.cast import SANDBOX_KEY, SUPPLY, fill_supply, make_ready, queue_video
from tests.fixtures.site import free_port, wait_until
from tests.fixtures.storage import use_storage
from tests.sandbox_server import running_sandbox

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(hours=3)


@pytest.fixture(autouse=True)
def healthy(cast, redis, settings, tmp_path):
    """All is well, and LUMIQ is where nobody answers: a doctor that asks it would be ill."""
    settings.VAR_DIR = tmp_path
    settings.LUMIQ_BASE_URL = f"http://127.0.0.1:{free_port()}/api/v1"
    User.objects.create_superuser("staff@example.org", "a long password")
    fill_supply()
    leases.hold("beat", holder="here:1", seconds=20)


def test_all_is_well(cast):
    queue_video(cast.alice)
    code, output = _ask()
    assert code == 0, output
    assert "\nok    beat: runs (here:1)\n" in output
    assert f"\nok    {_key()}: takes videos, 30 of 30 requests free\n" in output
    assert f"\nok    {_account()}: 1000000 credits, read N s ago\n" in output
    assert f"\nok    {_drift()}: adds up: 0 credits spent, 0 in suspense\n" in output
    assert not _lines("ill", output)


def test_the_figures_come_as_json(cast):
    queue_video(cast.alice)
    for lane in (Lane.SUBMIT, Lane.SUBMIT, Lane.DOWNLOAD):
        budget.take(LumiqKey.objects.get(), lane)
    code, output = _ask("--json")
    facts = json.loads(output)
    assert code == 0
    assert facts["ok"] is True
    figures = {check["name"]: check["figures"] for check in facts["checks"]}
    assert figures["database"]["vendor"] == connection.vendor
    assert figures["ledger"]["held"] == 90
    assert figures["queued"] == {"in_line": 1, "late": 0}
    assert figures["redis"]["maxmemory_policy"] == "noeviction"
    assert figures[_key()]["free_requests"] == 27
    assert figures[_key()]["requests_of_the_last_minute"] == {"download": 1, "submit": 2}
    assert figures[_account()]["balance_credits"] == 1_000_000
    assert figures[_drift()]["verdict"] == "clear"
    assert {"level", "text", "remedy"} < set(facts["checks"][0])


def test_what_is_ill_is_said_in_json_too():
    Lease.objects.all().delete()
    code, output = _ask("--json")
    assert code == 1
    assert json.loads(output)["ok"] is False


def test_a_missing_migration():
    last = MigrationRecorder.Migration.objects.filter(app="generations").latest("name")
    last.delete()
    assert f"generations.{last.name} first. Run `manage.py migrate`" in _ill_line("database")


def test_a_database_that_is_away(run_manage):
    address = f"postgresql://portal:sesame@127.0.0.1:{free_port()}/portal"
    done = run_manage("doctor", DATABASE_URL=address)
    assert done.returncode == 1, done.stderr
    assert "Is DATABASE_URL right" in _lines("ill", done.stdout)[0]
    assert "ok    storage" in done.stdout
    assert "sesame" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("seconds", "level"), [(0.5, "ok"), (-1.5, "ok"), (5, "note"), (-11, "ill"), (3600, "ill")]
)
def test_clocks_that_differ(seconds, level):
    now = datetime(2030, 1, 1, tzinfo=UTC)
    finding = judge_clock(now + timedelta(seconds=seconds), now, now)
    assert finding.level == level
    assert ("NTP" in finding.remedy) == (level != "ok")


def test_no_beat():
    Lease.objects.update(expires_at=timezone.now() - timedelta(minutes=5))
    assert "its lease is over since 5 min. Start `manage.py beat`" in _ill_line("beat")
    Lease.objects.all().delete()
    assert "has never run" in _ill_line("beat")


def test_a_redis_that_is_away(settings):
    settings.REDIS_URL = f"redis://:sesame@127.0.0.1:{free_port()}/0"
    line = _ill_line("redis")
    assert "Is REDIS_URL right" in line
    assert "sesame" not in line


def test_a_redis_that_evicts(redis):
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert "maxmemory-policy to noeviction" in _ill_line("redis")
    finally:
        redis.config_set("maxmemory-policy", "noeviction")


def test_jobs_without_a_worker():
    kicks.enqueue("fetch", uuid.uuid4())
    assert "1 waiting, 0 failed, workers: 0. Start `manage.py rqworker fetch" in _ill_line(
        "queue fetch"
    )


def test_a_worker_is_counted(start_manage):
    start_manage("rqworker", "dispatch", "--serializer", "json")
    told = "queue dispatch: 0 waiting, 0 failed, workers: 1"
    wait_until(lambda: f"ok    {told}\n" in _ask()[1], "the worker is not counted")


@pytest.mark.parametrize(
    ("name", "waiting", "failed", "workers", "level"),
    [
        ("dispatch", 4, 0, 1, "ok"),
        ("dispatch", 0, 2, 1, "note"),
        ("dispatch", 0, 0, 0, "note"),
        ("outbound", 0, 0, 0, "ok"),
        ("outbound", 1, 0, 0, "ill"),
    ],
)
def test_queues(name, waiting, failed, workers, level):
    assert judge_queue(name, waiting=waiting, failed=failed, workers=workers).level == level


def test_a_storage_that_takes_nothing(settings):
    use_storage(
        settings,
        {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": "/dev/null/media"},
        },
    )
    assert "Is STORAGE_URL right" in _ill_line("storage")


def test_nothing_is_left_in_the_storage(media_folder):
    _ask()
    assert not list(media_folder.glob("doctor*"))


def test_a_ledger_that_does_not_add_up():
    CreditAccount.objects.filter(kind="pool").update(balance=F("balance") + 1)
    assert ", the first: account" in _ill_line("ledger")
    assert "`manage.py audit_ledger`" in _ill_line("ledger")


def test_a_key_that_cannot_be_read(settings):
    settings.SECRET_KEY = "another one " * 4
    assert "Put the earlier SECRET_KEY back" in _ill_line(_key())


def test_a_key_that_is_refused():
    breakers.record_refusal(LumiqKey.objects.get(), "401")
    assert "LUMIQ refuses it, for N s; tried again in N s. See" in _ill_line(_key())
    LumiqKey.objects.update(
        broken_at=timezone.now() - LONG_AGO, probe_at=timezone.now() - timedelta(seconds=1)
    )
    assert "LUMIQ refuses it, for 3 h; to be tried again now. See" in _ill_line(_key())


def test_a_key_whose_account_is_dry():
    breakers.record_dry(LumiqKey.objects.get(), price=90)
    assert "its account cannot pay, for N s; tried again in N s. Buy" in _ill_line(_key())
    assert "89 credits, read N s ago. Buy credits" in _ill_line(_account())


def test_a_key_whose_sends_get_no_clear_answer():
    LumiqKey.objects.update(breaker="unclear", broken_at=timezone.now())
    assert "too many of its last sends got no clear answer, for N s" in _ill_line(_key())


def test_a_key_that_lumiq_wants_to_rest_is_a_note():
    budget.rest(LumiqKey.objects.get(), 60)
    line = _lines("note", _ask()[1], _key())
    assert "LUMIQ said 429: left alone for N s more" in line


def test_a_key_that_lumiq_was_not_asked_about():
    LumiqKey.objects.update(account=None)
    assert "takes no videos before LUMIQ was asked" in _lines("note", _ask()[1], _key())
    LumiqKey.objects.update(created_at=timezone.now() - LONG_AGO)
    assert "takes no videos before LUMIQ was asked" in _ill_line(_key())


def test_no_key_that_takes_new_videos():
    LumiqKey.objects.update(is_active=False)
    assert "no key is active" in _ill_line("keys")


def test_a_key_that_is_off_counts_as_long_as_a_video_needs_it(cast, settings):
    _send(cast.alice)
    LumiqKey.objects.update(is_active=False)
    output = _ask()[1]
    told = "inactive, videos that are still with it: 1; 30 of 30 requests free"
    assert told in _lines("ok", output, _key())
    assert "; none of its keys is active" in _lines("ok", output, _account())
    settings.SECRET_KEY = "another one " * 4
    assert _ill_line(_key())
    Generation.objects.update(status=Status.READY, video="x", video_bytes=1)
    output = _ask()[1]
    assert _key() not in output
    assert _account() not in output


@pytest.mark.parametrize(("breaker", "level"), [("refused", "ill"), ("dry", "ok")])
def test_a_key_that_is_off_needs_no_credits_and_must_be_accepted(cast, breaker, level):
    _send(cast.alice)
    LumiqKey.objects.update(is_active=False, breaker=breaker, broken_at=timezone.now())
    assert _lines(level, _ask()[1], _key())


def test_a_balance_that_pays_for_no_video():
    LumiqAccount.objects.update(balance_credits=89)
    assert "89 credits, read N s ago. Buy credits" in _ill_line(_account())


def test_a_low_balance_is_a_note():
    LumiqAccount.objects.update(balance_credits=1999)
    code, output = _ask()
    assert code == 0
    assert "1999 credits, read N s ago: fewer than 2000" in _lines("note", output, _account())


def test_a_balance_that_was_read_long_ago():
    LumiqAccount.objects.update(seen_at=timezone.now() - LONG_AGO)
    assert "read 3 h ago. Does beat run" in _ill_line(_account())


def test_an_account_is_one_line_however_many_keys_it_has():
    second = LumiqKey(name="second", account=LumiqAccount.objects.get())
    second.set_key("lmq_second")
    second.save()
    output = _ask()[1]
    assert output.count(f"{_account()}: ") == output.count(f"{_drift()}: ") == 1
    assert output.count("takes videos") == 2


def test_figures_that_were_not_compared_yet():
    AccountReading.objects.all().delete()
    assert "have not been compared yet" in _lines("note", _ask()[1], _drift())


def test_credits_that_nothing_explains():
    _lumiq_says(spent=180)
    line = _ill_line(_drift())
    assert "LUMIQ charged 180 credits that none of its answers" in line
    assert "Does somebody else use this account?" in line
    assert "Sends without an answer" not in line
    # Nothing else was in question, so they are in suspense by now.
    _lumiq_says(spent=180)
    code, output = _ask()
    assert code == 0
    assert "adds up again; N s ago it did not by 180 credits" in _lines("note", output, _drift())
    AccountReading.objects.update(read_at=timezone.now() - timedelta(days=2))
    assert "180 credits spent, 180 in suspense" in _lines("ok", _ask()[1], _drift())


def test_credits_that_lumiq_gave_back():
    _lumiq_says(spent=180)
    _lumiq_says(spent=180)
    _lumiq_says(spent=90)
    line = _ill_line(_drift())
    assert "LUMIQ counts 90 credits less than its answers" in line
    assert "LUMIQ_REFUNDS_FAILED=yes" in line


def test_a_drift_with_sends_that_have_no_answer(cast):
    _leave_unclear(cast.alice)
    _lumiq_says(spent=450)
    line = _ill_line(_drift())
    assert "could cost 90 at most; they are not sent again meanwhile" in line


def test_sends_of_which_it_cannot_be_told_yet(cast):
    _leave_unclear(cast.alice)
    _leave_unclear(cast.bob)
    _lumiq_says(spent=90)
    code, output = _ask()
    assert code == 0
    line = _lines("note", output, _drift())
    assert "do not tell yet whether sends without an answer were charged: 180 credits, for" in line
    assert "for 5 min" in line
    assert "given up" not in line


def test_sends_that_are_not_settled_after_their_time(cast):
    _leave_unclear(cast.alice)
    _leave_unclear(cast.bob)
    _lumiq_says(spent=90)
    SubmitAttempt.objects.update(committed_at=timezone.now() - LONG_AGO)
    line = _lines("note", _ask()[1], _drift())
    assert "for 3 h; given up, and not settled yet: 2 sends" in line


@pytest.mark.parametrize(
    ("spent", "told"),
    [(90, "were not charged: 90 credits"), (180, "were charged: 90 credits, for 5 min. They are")],
)
def test_sends_of_which_it_is_known(cast, spent, told):
    make_ready(cast.bob)  # LUMIQ's figures are seen to move
    then = timezone.now() - timedelta(minutes=5)
    SubmitAttempt.objects.update(committed_at=then, answered_at=then)
    _leave_unclear(cast.alice)
    _lumiq_says(spent=spent)
    assert told in _lines("note", _ask()[1], _drift())


def test_an_account_that_is_not_used_any_more_is_not_looked_at():
    _lumiq_says(spent=180)
    LumiqKey.objects.update(is_active=False)
    output = _ask()[1]
    assert _drift() not in output
    assert _account() not in output


def test_answers_of_lumiq_that_wait_to_be_recorded(cast, settings):
    attempt = _send(cast.alice).attempts.get()
    spool.keep(attempt, Submitted("abc", "processing", 90, SUPPLY, "", ""))
    assert "wait to be recorded: 1" in _lines("ok", _ask()[1], "spool")
    (path,) = spool.waiting()
    long_ago = (timezone.now() - LONG_AGO).timestamp()
    os.utime(path, (long_ago, long_ago))
    assert "wait to be recorded: 1, the oldest for 3 h. beat records them" in _ill_line("spool")


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (Status.SUBMITTING, "left by their worker, not taken over"),
        (Status.UNCONFIRMED, "not given up in time"),
        (Status.PROCESSING, "due, and not looked at"),
        (Status.RETRIEVING, "finished at LUMIQ, and not copied"),
    ],
)
def test_a_video_that_is_stuck(cast, status, line):
    generation = _send(cast.alice)
    now = timezone.now()
    Generation.objects.update(
        status=status, status_at=now, due_at=now, lease_until=now + timedelta(minutes=5)
    )
    assert not _lines("ill", _ask()[1])
    Generation.objects.update(
        status_at=now - LONG_AGO, due_at=now - LONG_AGO, lease_until=now - LONG_AGO
    )
    assert f"{line}: 1, the oldest ({generation.pk}) for 3 h" in _ill_line(status)


def test_a_line_that_does_not_move_is_a_note(cast):
    queue_video(cast.alice)
    Generation.objects.update(created_at=timezone.now() - LONG_AGO)
    assert _ask()[0] == 0
    Generation.objects.update(due_at=timezone.now() - LONG_AGO)
    code, output = _ask()
    assert code == 0
    assert "waiting: 1, the oldest for 3 h. A key is free to send" in _lines(
        "note", output, "queued"
    )


def test_a_line_that_waits_for_budget_credits_or_a_key_is_nothing_special(cast, settings):
    settings.LUMIQ_REQUESTS_PER_MINUTE = 4
    queue_video(cast.alice)
    Generation.objects.update(due_at=timezone.now() - LONG_AGO)
    key = LumiqKey.objects.get()
    for _ in range(2):
        budget.take(key, Lane.SUBMIT)
    assert "no key is free to send" in _lines("ok", _ask()[1], "queued")
    settings.LUMIQ_REQUESTS_PER_MINUTE = 100
    assert _lines("note", _ask()[1], "queued")
    for change in ({"breaker": "dry"}, {"is_active": False}):
        LumiqKey.objects.update(**change)
        assert "no key is free to send" in _lines("ok", _ask()[1], "queued")
        LumiqKey.objects.update(breaker="", is_active=True)
    LumiqAccount.objects.update(balance_credits=89)
    assert "no key is free to send" in _lines("ok", _ask()[1], "queued")


def test_credits_that_are_held_for_long(cast):
    _send(cast.alice)
    CreditHold.objects.update(created_at=timezone.now() - LONG_AGO)
    code, output = _ask()
    assert code == 0
    assert "90 credits are held for more than 45 min" in _lines("note", output, "holds")
    SubmitAttempt.objects.update(started_at=timezone.now() - LONG_AGO)
    assert "; videos sent as long ago: 1" in _ill_line("holds")


def test_an_open_alert():
    alerts.open(AlertKind.KEY_REFUSED, "key 1", title="LUMIQ refuses a key", text="401.")
    assert "LUMIQ refuses a key (key 1), for N s. Look at LUMIQ" in _ill_line("alert")


def test_a_warning_is_no_illness():
    alerts.check_balance("shop@example.org", 400, (500,))
    code, output = _ask()
    assert code == 0
    assert "Fewer than 500 credits are left" in _lines("note", output, "alert")


def test_mails_that_do_not_go_out():
    alerts.check_balance("shop@example.org", 400, (500,))
    Alert.objects.update(mail_tries=3)
    assert "Look at EMAIL_URL" in _ill_line("mails")


def test_nobody_to_tell():
    User.objects.filter(is_staff=True).delete()
    assert "nobody gets the alerts" in _lines("note", _ask()[1], "mails")


def test_lumiq_is_asked_if_wanted_only(settings, tmp_path):
    assert _ask()[0] == 0
    assert "no answer" in _ill_line(f"lumiq, {_key()}", "--ask-lumiq")
    with running_sandbox(tmp_path / "sandbox", keys={SANDBOX_KEY: 450}) as sandbox:
        settings.LUMIQ_BASE_URL = sandbox.base_url
        code, output = _ask("--ask-lumiq")
    assert code == 0, output
    assert f"note  {_account()}: 450 credits, read N s ago: fewer than 500" in output


def test_a_key_that_lumiq_does_not_know(settings, tmp_path):
    with running_sandbox(tmp_path / "sandbox", keys={"lmq_other": 450}) as sandbox:
        settings.LUMIQ_BASE_URL = sandbox.base_url
        assert "Put in another key" in _ill_line(f"lumiq, {_key()}", "--ask-lumiq")
        assert "LUMIQ refuses it" in _ill_line(_key())


def _ask(*arguments):
    """The command's exit code and output; every few seconds are N."""
    output, code = io.StringIO(), 0
    try:
        call_command("doctor", *arguments, stdout=output)
    except SystemExit as end:
        code = end.code
    return code, re.sub(r"\b\d\d? s\b", "N s", output.getvalue())


def _ill_line(name, *arguments):
    """The one ill line about `name`; the exit code must say so too."""
    code, output = _ask(*arguments)
    assert code == 1, output
    return _lines("ill", output, name)


def _lines(level, output, name=""):
    """Of that level: all, or the one about `name` ("" where there is none)."""
    lines = [line for line in output.splitlines() if line.startswith(f"{level:<5} ")]
    if not name:
        return lines
    return next((line for line in lines if line[6:].startswith(f"{name}: ")), "")


def _send(user):
    generation = queue_video(user)
    submission = submissions.start(generation.pk, keys.ensure_configured_key())
    submissions.commit(submission.attempt)
    SubmitAttempt.objects.filter(pk=submission.attempt.pk).update(phase="accepted")
    return generation


def _leave_unclear(user):
    """A send without an answer, five minutes old."""
    generation = queue_video(user)
    submission = submissions.start(generation.pk, keys.ensure_configured_key())
    submissions.commit(submission.attempt)
    submissions.mark_unconfirmed(submission.attempt, note="silence")
    then = timezone.now() - timedelta(minutes=5)
    SubmitAttempt.objects.filter(pk=submission.attempt.pk, phase=Phase.UNCLEAR).update(
        committed_at=then, answered_at=then
    )


def _lumiq_says(*, spent):
    told = Account(
        credits_balance=SUPPLY - spent, email="", total_api_calls=0, total_credits_spent=spent
    )
    reconciliation.record_account(LumiqKey.objects.get(), told, began_at=timezone.now())


def _key():
    return f"key {LumiqKey.objects.get(is_from_settings=True)}"


def _account():
    return f"account {LumiqAccount.objects.get()}"


def _drift():
    return f"drift {LumiqAccount.objects.get()}"
