"""`manage.py doctor`: exit 0 where all is well, a helpful line for each thing that is ill."""

import io
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F
from django.utils import timezone

from accounts.models import CreditAccount, CreditHold, User
from generations import alerts, budget, keys, kicks, leases, submissions
from generations.budget import Lane
from generations.doctor.machinery import judge_clock, judge_queue
from generations.models import Alert, AlertKind, Generation, Lease, LumiqKey, SubmitAttempt
from generations.states import Status
from tests.cast import SANDBOX_KEY, queue_video
from tests.fixtures.site import free_port, wait_until
from tests.fixtures.storage import use_storage
from tests.sandbox_server import running_sandbox

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(hours=3)


@pytest.fixture(autouse=True)
def healthy(cast, redis, settings):
    """All is well, and LUMIQ is where nobody answers: a doctor that asks it would be ill."""
    settings.LUMIQ_BASE_URL = f"http://127.0.0.1:{free_port()}/api/v1"
    User.objects.create_superuser("staff@example.org", "a long password")
    leases.hold("beat", holder="here:1", seconds=20)


def test_all_is_well(cast):
    queue_video(cast.alice)
    code, output = _ask()
    assert code == 0, output
    assert "\nok    beat: runs (here:1)\n" in output
    assert "\nok    key Sandbox: 1000000 credits, read 0 s ago\n" in output
    assert not _lines("ill", output)


def test_the_figures_come_as_json(cast):
    queue_video(cast.alice)
    code, output = _ask("--json")
    facts = json.loads(output)
    assert code == 0
    assert facts["ok"] is True
    figures = {check["name"]: check["figures"] for check in facts["checks"]}
    assert figures["database"]["vendor"] == connection.vendor
    assert figures["ledger"]["held"] == 90
    assert figures["queued"] == {"in_line": 1, "late": 0}
    assert figures["redis"]["maxmemory_policy"] == "noeviction"
    assert figures["key Sandbox"]["balance_credits"] == 1_000_000
    assert {"level", "text", "remedy"} < set(facts["checks"][0])


def test_what_is_ill_is_said_in_json_too():
    Lease.objects.all().delete()
    code, output = _ask("--json")
    assert code == 1
    assert json.loads(output)["ok"] is False


def test_a_missing_migration():
    MigrationRecorder.Migration.objects.filter(app="generations", name="0002_alert").delete()
    assert "generations.0002_alert first. Run `manage.py migrate`" in _ill_line("database")


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
    assert "off: 2, the first: account" in _ill_line("ledger")
    assert "`manage.py audit_ledger`" in _ill_line("ledger")


def test_a_key_that_cannot_be_read(settings):
    settings.SECRET_KEY = "another one " * 4
    assert "Put the earlier SECRET_KEY back" in _ill_line("key Sandbox")


def test_a_key_that_is_refused():
    keys.record_refusal(LumiqKey.objects.get())
    assert "refused 0 s ago, not taken since" in _ill_line("key Sandbox")


def test_a_key_that_pays_for_no_video():
    LumiqKey.objects.update(balance_credits=89)
    assert "89 credits, read 0 s ago. Buy credits" in _ill_line("key Sandbox")


def test_a_balance_that_was_read_long_ago():
    LumiqKey.objects.update(account_seen_at=timezone.now() - LONG_AGO)
    assert "read 3 h ago. Does beat run" in _ill_line("key Sandbox")


def test_no_key_that_takes_new_videos():
    LumiqKey.objects.update(is_active=False)
    assert "no key is active" in _ill_line("keys")


def test_a_key_that_is_off_counts_as_long_as_a_video_needs_it(cast, settings):
    _send(cast.alice)
    LumiqKey.objects.update(is_active=False)
    settings.SECRET_KEY = "another one " * 4
    assert _ill_line("key Sandbox")
    Generation.objects.update(status=Status.READY, video="x", video_bytes=1)
    assert not _lines("ill", _ask()[1], "key Sandbox")


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
    assert "waiting: 1, the oldest for 3 h. Key and budget are free" in _lines(
        "note", output, "queued"
    )


def test_a_line_that_waits_for_the_budget_or_a_key_is_nothing_special(cast, settings):
    settings.LUMIQ_REQUESTS_PER_MINUTE = 4
    queue_video(cast.alice)
    Generation.objects.update(due_at=timezone.now() - LONG_AGO)
    key = LumiqKey.objects.get()
    for _ in range(2):
        budget.spend(key.fingerprint, Lane.SUBMIT)
    assert "no key, or no budget, is free" in _lines("ok", _ask()[1], "queued")
    settings.LUMIQ_REQUESTS_PER_MINUTE = 100
    assert _lines("note", _ask()[1], "queued")
    LumiqKey.objects.update(is_active=False)
    assert "no key, or no budget, is free" in _lines("ok", _ask()[1], "queued")


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
    assert "LUMIQ refuses a key (key 1), for 0 s. Look at LUMIQ" in _ill_line("alert")


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
    assert "no answer" in _ill_line("lumiq, key Sandbox", "--ask-lumiq")
    with running_sandbox(tmp_path / "sandbox", keys={SANDBOX_KEY: 450}) as sandbox:
        settings.LUMIQ_BASE_URL = sandbox.base_url
        code, output = _ask("--ask-lumiq")
    assert code == 0, output
    assert "ok    key Sandbox: 450 credits" in output


def test_a_key_that_lumiq_does_not_know(settings, tmp_path):
    with running_sandbox(tmp_path / "sandbox", keys={"lmq_other": 450}) as sandbox:
        settings.LUMIQ_BASE_URL = sandbox.base_url
        assert "Put in another key" in _ill_line("lumiq, key Sandbox", "--ask-lumiq")
        assert "not taken since" in _ill_line("key Sandbox")


def _ask(*arguments):
    """The command's exit code and output."""
    output, code = io.StringIO(), 0
    try:
        call_command("doctor", *arguments, stdout=output)
    except SystemExit as end:
        code = end.code
    return code, output.getvalue()


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
