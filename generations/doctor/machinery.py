"""What the portal stands on: database, clocks, Redis, its queues, the storage, the spool, beat."""

import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import django_rq
import redis
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Worker

from generations import spool
from generations.doctor.findings import Finding, Level, build_finding, describe_time
from generations.management.commands.beat import LEASE
from generations.models import Lease

# Leases and due times are compared by the clocks of whichever host looks.
SKEW_NOTED = timedelta(seconds=2)
SKEW_ILL = timedelta(seconds=10)
# beat empties the spool every few seconds.
SPOOL_LATE = timedelta(minutes=1)
WORKED_QUEUES = ("dispatch", "fetch")


def check_database() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    missing = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
    figures = {"vendor": connection.vendor, "missing_migrations": missing}
    if missing:
        text = f"migrations missing: {len(missing)}, {missing[0]} first"
        yield Finding("database", Level.ILL, text, "Run `manage.py migrate`.", figures)
    elif connection.vendor == "sqlite":
        text = "SQLite, migrated: right for one machine only"
        remedy = "Set DATABASE_URL to PostgreSQL before there are more."
        yield Finding("database", Level.NOTE, text, remedy, figures)
    else:
        yield build_finding("database", "PostgreSQL, migrated", **figures)


def check_clock() -> Iterator[Finding]:
    if connection.vendor != "postgresql":
        yield build_finding("clock", "the database has this machine's", skew_seconds=0.0)
        return
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    yield judge_clock(there, before, timezone.now())


def judge_clock(there: datetime, before: datetime, after: datetime) -> Finding:
    """`there` was read between `before` and `after`."""
    skew = there - (before + (after - before) / 2)
    seconds = round(skew.total_seconds(), 1)
    text = f"the database's is {abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}"
    level = Level.OK
    if abs(skew) > SKEW_NOTED:
        level = Level.ILL if abs(skew) > SKEW_ILL else Level.NOTE
    remedy = "" if level == Level.OK else "Let NTP set the clocks of all hosts."
    return Finding("clock", level, text, remedy, {"skew_seconds": seconds})


def check_beat() -> Iterator[Finding]:
    lease = Lease.objects.filter(name=LEASE).first()
    remedy = "Start `manage.py beat`: nothing that was missed moves without it."
    if lease is None:
        yield Finding("beat", Level.ILL, "has never run here", remedy)
        return
    over = timezone.now() - lease.expires_at
    figures = {"holder": lease.holder, "expires_at": lease.expires_at}
    if over > timedelta():
        text = f"does not run: its lease is over since {describe_time(over)}"
        yield Finding("beat", Level.ILL, text, remedy, figures)
    else:
        yield build_finding("beat", f"runs ({lease.holder})", **figures)


def check_redis() -> Iterator[Finding]:
    with redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
    ) as client:
        memory = client.info("memory")
    figures = {name: memory[name] for name in ("maxmemory_policy", "used_memory", "maxmemory")}
    if figures["maxmemory_policy"] != "noeviction":
        text = f"throws away what it needs the room of ({figures['maxmemory_policy']})"
        remedy = "Set its maxmemory-policy to noeviction: jobs that are lost wait for beat."
        yield Finding("redis", Level.ILL, text, remedy, figures)
    else:
        yield build_finding("redis", "answers, and evicts nothing", **figures)


def check_queues() -> Iterator[Finding]:
    for name in settings.RQ_QUEUES:
        queue = django_rq.get_queue(name)
        yield judge_queue(
            name,
            waiting=queue.count,
            failed=queue.failed_job_registry.get_job_count(cleanup=False),
            workers=len(Worker.all(queue=queue)),
        )


def judge_queue(name: str, *, waiting: int, failed: int, workers: int) -> Finding:
    title = f"queue {name}"
    text = f"{waiting} waiting, {failed} failed, workers: {workers}"
    figures = {"waiting": waiting, "failed": failed, "workers": workers}
    start = f"Start `manage.py rqworker {name} --serializer json`."
    if waiting and not workers:
        return Finding(title, Level.ILL, text, start, figures)
    if not workers and name in WORKED_QUEUES:
        remedy = f"{start} Only `beat --inline` does without."
        return Finding(title, Level.NOTE, text, remedy, figures)
    if failed:
        remedy = "Read the worker's log of the last week. No video is lost by it: beat goes on."
        return Finding(title, Level.NOTE, text, remedy, figures)
    return build_finding(title, text, **figures)


def check_storage() -> Iterator[Finding]:
    content = uuid.uuid4().bytes
    began = time.monotonic()
    name = default_storage.save(f"doctor-{uuid.uuid4().hex}.bin", ContentFile(content))
    try:
        with default_storage.open(name) as file:
            is_same = file.read() == content
    finally:
        default_storage.delete(name)
    seconds = round(time.monotonic() - began, 3)
    if is_same:
        yield build_finding("storage", f"takes, gives and deletes in {seconds} s", seconds=seconds)
    else:
        yield Finding(
            "storage", Level.ILL, "gives other bytes than it took", "Look at STORAGE_URL."
        )


def check_spool() -> Iterator[Finding]:
    """This host's own: another host's doctor sees that one's."""
    now = time.time()
    ages = [timedelta(seconds=now - written) for written in _spooled()]
    late = [age for age in ages if age > SPOOL_LATE]
    figures = {"waiting": len(ages), "late": len(late)}
    text = f"answers of LUMIQ that wait to be recorded: {len(ages)}"
    if late:
        text += f", the oldest for {describe_time(max(late))}"
        remedy = "beat records them; its log says why it cannot. Keep them: they are paid for."
        yield Finding("spool", Level.ILL, text, remedy, figures)
    else:
        yield build_finding("spool", text, **figures)


def _spooled() -> Iterator[float]:
    """When each file was written."""
    for path in spool.waiting():
        try:
            yield path.stat().st_mtime
        except FileNotFoundError:
            continue  # recorded in this moment
