"""The doctor on what the portal runs on: database, clocks, beat, Redis, queues, storage."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from generations import kicks
from generations.doctor.machinery import judge_clock, judge_queue
from generations.models import Lease
from tests.doctoring import ask, ill_line, lines_of
from tests.fixtures.site import free_port, wait_until
from tests.fixtures.storage import use_storage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("healthy")]


def test_a_missing_migration():
    last = MigrationRecorder.Migration.objects.filter(app="generations").latest("name")
    last.delete()
    assert f"generations.{last.name} first. Run `manage.py migrate`" in ill_line("database")


def test_a_database_that_is_away(run_manage):
    address = f"postgresql://portal:sesame@127.0.0.1:{free_port()}/portal"
    done = run_manage("doctor", DATABASE_URL=address)
    assert done.returncode == 1, done.stderr
    assert "Is DATABASE_URL right" in lines_of("ill", done.stdout)[0]
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
    assert "its lease is over since 5 min. Start `manage.py beat`" in ill_line("beat")
    Lease.objects.all().delete()
    assert "has never run" in ill_line("beat")


def test_a_redis_that_is_away(settings):
    settings.REDIS_URL = f"redis://:sesame@127.0.0.1:{free_port()}/0"
    line = ill_line("redis")
    assert "Is REDIS_URL right" in line
    assert "sesame" not in line


def test_a_redis_that_evicts(redis):
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert "maxmemory-policy to noeviction" in ill_line("redis")
    finally:
        redis.config_set("maxmemory-policy", "noeviction")


def test_jobs_without_a_worker():
    kicks.enqueue("fetch", uuid.uuid4())
    assert "1 waiting, 0 failed, workers: 0. Start `manage.py rqworker fetch" in ill_line(
        "queue fetch"
    )


def test_a_worker_is_counted(start_manage):
    start_manage("rqworker", "dispatch", "--serializer", "json")
    told = "queue dispatch: 0 waiting, 0 failed, workers: 1"
    wait_until(lambda: f"ok    {told}\n" in ask()[1], "the worker is not counted")


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
    assert "Is STORAGE_URL right" in ill_line("storage")


def test_nothing_is_left_in_the_storage(media_folder):
    ask()
    assert not list(media_folder.glob("doctor*"))
