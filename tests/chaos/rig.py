"""What a storm is made of: a portal with its LUMIQ, orders, the moment of rest, and the books."""

import contextlib
import sqlite3
import time
from collections import Counter, defaultdict
from urllib.parse import urlsplit

import redis as redis_client
import requests
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import ledger
from accounts.models import CreditAccount
from generations import lifecycle
from generations.audit import audit_all
from generations.lumiq.contract import AVATAR_CREDITS
from generations.models import (
    AccountReading,
    Alert,
    AlertKind,
    Generation,
    GenerationEvent,
    SubmitAttempt,
    Upload,
)
from generations.models.attempt import hash_callback_token
from generations.states import ACTIVE, Phase, Status
from generations.submissions import MOST_UNCLEAR
from tests.cast import SANDBOX_KEY, build_order, build_upload, give
from tests.clips import build_clip_bytes
from tests.fixtures.site import free_port, wait_until

BALANCE = 1_000_000
# Three keys on two accounts.
KEYS = {
    SANDBOX_KEY: (BALANCE, "one@lumiq.example"),
    "lmq_second": (BALANCE, "one@lumiq.example"),
    "lmq_third": (BALANCE, "two@lumiq.example"),
}
REST_SECONDS = 2
TELL_SECONDS = 30


class Rig:
    def __init__(self, sandbox, database, run_portal, hurry):
        self.sandbox = sandbox
        self.port = free_port()
        self.callbacks_to = f"http://127.0.0.1:{self.port}"
        self._run_portal = run_portal
        self._hurry = hurry
        self._lumiq = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self._redis = redis_client.Redis.from_url(settings.REDIS_URL)

    def begin(self, *, dispatchers, fetchers):
        self._run_portal(
            self.port, self._hurry, self.callbacks_to, dispatchers=dispatchers, fetchers=fetchers
        )
        wait_until(self._is_up, "the site does not answer")

    def _is_up(self):
        with contextlib.suppress(requests.RequestException):
            url = f"http://127.0.0.1:{self.port}/healthz"
            return requests.get(url, timeout=2).status_code == 200
        return False

    def wait_for_rest(self, *, seconds):
        """Until every order is at its end, and nothing is on its way that could move one."""
        end = time.monotonic() + seconds
        told_at = still_since = time.monotonic()
        while time.monotonic() - still_since < REST_SECONDS:
            now = time.monotonic()
            if moving := self.moving():
                still_since = now
            if now - told_at > TELL_SECONDS:
                told_at = now
                print(f"  {moving}", flush=True)
            assert now < end, f"it does not come to rest: {moving}"
            time.sleep(0.25)

    def moving(self):
        """What is not at rest, in words; empty where all is."""
        rows = Generation.objects.filter(status__in=ACTIVE).values_list("status", flat=True)
        late = Generation.objects.filter(
            status=Status.FAILED,
            attempts__phase=Phase.ACCEPTED,
            attempts__callbacks__status="completed",
            due_at__lte=timezone.now(),
        )
        what = {
            **Counter(rows),
            "late": late.distinct().count(),
            "uncalled": self._count("callback = 'pending'"),
            # Those that never end are due in eternity.
            "unmade": self._count("finished_at IS NULL AND due_at < 1e12"),
            "jobs": sum(self._redis.llen(f"rq:queue:{name}") for name in ("dispatch", "fetch")),
        }
        return ", ".join(f"{count} {name}" for name, count in what.items() if count)

    def charges(self):
        """(generation id, credits that LUMIQ kept) of each task that it ever charged."""
        rows = self._lumiq.execute("SELECT webhook_url, credits, is_refunded FROM tasks").fetchall()
        by_hash = dict(SubmitAttempt.objects.values_list("token_hash", "generation_id"))
        return [
            (by_hash[hash_callback_token(url.rstrip("/").rpartition("/")[2])], credits * (not back))
            for url, credits, back in rows
        ]

    def callback_of(self, generation):
        """(address at the portal, task id) of its only task."""
        for url, task_id in self._lumiq.execute("SELECT webhook_url, task_id FROM tasks"):
            path = urlsplit(url).path
            if hash_callback_token(path.split("/")[-2]) == generation.attempts.get().token_hash:
                return f"http://127.0.0.1:{self.port}{path}", task_id
        raise LookupError

    def charged_credits(self):
        return sum(credits for _, credits in self.charges())

    def _count(self, condition):
        """`condition` is always a literal of these tests."""
        query = f"SELECT count(*) FROM tasks WHERE {condition}"  # noqa: S608
        return self._lumiq.execute(query).fetchone()[0]


def order_many(users, count, folder):
    """Orders of all prices, each user's credits given before. Returns what each was given."""
    users = list(users)
    photos = {user: build_upload(user) for user in users}
    clips = {user: _build_clip(user, folder) for user in users}
    orders = [_build(users[n % len(users)], n, photos, clips) for n in range(count)]
    given = defaultdict(int)
    for user, order in orders:
        given[user] += order.credits
    for user, credits in given.items():
        give(user, credits)
    for number, (user, order) in enumerate(orders):
        generation = lifecycle.queue(user, order)
        if number % 50 == 49:
            with contextlib.suppress(lifecycle.StaleTransition):
                lifecycle.cancel(generation)
    return given


def _build(user, number, photos, clips):
    """Eight of ten are football."""
    order = build_order(user, photo=photos[user])
    seconds = {3: 10, 7: 20}.get(number % 10)
    if seconds is None:
        return user, order
    return user, lifecycle.Order(
        nonce=order.nonce,
        product=Generation.Product.AVATAR,
        photo_id=order.photo_id,
        clip_id=clips[user].pk,
        credits=AVATAR_CREDITS[seconds],
        duration_seconds=seconds,
        ratio="9:16",
    )


def _build_clip(user, folder):
    clip = build_upload(user, data=build_clip_bytes(folder), kind=Upload.Kind.CLIP)
    clip.content_type = "video/mp4"
    clip.save(update_fields=["content_type"])
    return clip


def suspense():
    return ledger.total_of(CreditAccount.Kind.UPSTREAM_SUSPENSE)


def delivered_credits():
    return ledger.total_of(CreditAccount.Kind.CONSUMED)


def wait_for_closed_books(rig, *, seconds=90):
    """beat reads the accounts and books what no order explains, without anybody's help."""

    def is_closed():
        in_question = SubmitAttempt.objects.filter(phase=Phase.UNCLEAR, settled_at=None)
        accounted = delivered_credits() + suspense()
        return not in_question.exists() and rig.charged_credits() == accounted

    with contextlib.suppress(AssertionError):
        wait_until(is_closed, "", seconds=seconds)
    assert rig.charged_credits() == delivered_credits() + suspense()
    assert is_closed()


def check_end(given):
    """Every order delivered or given back, every user's credits exact."""
    assert audit_all().problems == []
    ends = set(Generation.objects.values_list("status", flat=True))
    assert ends <= {Status.READY, Status.FAILED, Status.CANCELLED}
    for user, credits in given.items():
        left = ledger.Balance(available=credits - ledger.spent_by(user), held=0)
        assert ledger.balance_of(user) == left, user


def check_sends(rig):
    """Never above the limit, never charged twice, never left in the dark too often."""
    arrivals = rig.sandbox.record()["arrivals"]
    assert [arrival for arrival in arrivals if not arrival["is_admitted"]] == []
    assert _busiest_minute(rig) <= settings.LUMIQ_REQUESTS_PER_MINUTE
    charges = Counter(pk for pk, _ in rig.charges())
    assert [pk for pk, count in charges.items() if count > 1] == []
    unclear = GenerationEvent.objects.filter(to_status=Status.UNCONFIRMED)
    sends = Counter(unclear.values_list("generation_id", flat=True))
    assert [pk for pk, count in sends.items() if count > MOST_UNCLEAR] == []


def describe(rig, seconds):
    """The figures of a storm, to be printed."""
    arrivals, charges = rig.sandbox.record()["arrivals"], rig.charges()
    ends = Counter(Generation.objects.values_list("status", "reason"))
    proved = SubmitAttempt.objects.filter(phase=Phase.NOT_SENT).exclude(committed_at=None)
    again = [a for a in proved if a.generation.attempts.filter(number__gt=a.number).exists()]
    lines = {
        "database": connection.vendor,
        "duration": f"{seconds:.0f} s",
        "requests": f"{len(arrivals)}, spoilt: {sum(bool(a['scenario']) for a in arrivals)}",
        "busiest minute": f"{_busiest_minute(rig)} of {settings.LUMIQ_REQUESTS_PER_MINUTE}",
        "to": _count_words(arrival["endpoint"] for arrival in arrivals),
        "429s": sum(arrival["http_status"] == 429 for arrival in arrivals),
        "charges": f"{len(charges)}, {rig.charged_credits()} credits",
        "delivered": f"{ends[Status.READY, '']}, {delivered_credits()} credits",
        "suspense": f"{suspense()} credits",
        "ends": _count_words(" ".join(filter(None, end)) for end in ends.elements()),
        "unclear sends": GenerationEvent.objects.filter(to_status=Status.UNCONFIRMED).count(),
        "proved uncharged": f"{len(proved)}, sent again: {len(again)}",
        "drift alarms": Alert.objects.filter(kind=AlertKind.DRIFT).count(),
        "verdicts": _count_words(AccountReading.objects.values_list("verdict", flat=True)),
    }
    return "\n".join(f"  {name:<20}{value}" for name, value in lines.items())


def _busiest_minute(rig):
    return max(minute["sent"] for minute in rig.sandbox.record()["busiest_minute"].values())


def _count_words(words):
    return ", ".join(f"{count} {word}" for word, count in Counter(words).most_common())
