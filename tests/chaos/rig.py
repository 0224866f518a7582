"""What a storm is made of: a portal with its LUMIQ, orders, the moment of rest, and the books."""

import contextlib
import sqlite3
import time
from collections import Counter, defaultdict

import redis as redis_client
import requests
from django.conf import settings
from django.utils import timezone

from accounts import ledger
from accounts.models import CreditAccount
from generations import lifecycle
from generations.audit import audit_all
from generations.lumiq.contract import AVATAR_CREDITS
from generations.models import Generation, GenerationEvent, SubmitAttempt, Upload
from generations.models.attempt import hash_callback_token
from generations.states import ACTIVE, Phase, Status
from generations.submissions import MOST_UNCLEAR
from tests.cast import SANDBOX_KEY, build_order, build_upload, give
from tests.clips import build_clip_bytes
from tests.fixtures.site import wait_until

BALANCE = 1_000_000
# Three keys on two accounts.
KEYS = {
    SANDBOX_KEY: (BALANCE, "one@lumiq.example"),
    "lmq_second": (BALANCE, "one@lumiq.example"),
    "lmq_third": (BALANCE, "two@lumiq.example"),
}
REST_SECONDS = 2


class Rig:
    def __init__(self, sandbox, database, port, limit):
        self.sandbox = sandbox
        self.port = port
        self.limit = limit
        self._lumiq = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self._redis = redis_client.Redis.from_url(settings.REDIS_URL)

    def is_up(self):
        with contextlib.suppress(requests.RequestException):
            url = f"http://127.0.0.1:{self.port}/healthz"
            return requests.get(url, timeout=2).status_code == 200
        return False

    def wait_for_rest(self, *, seconds, tell=False):
        """Until every order is at its end, and nothing is on its way that could move one."""
        end = time.monotonic() + seconds
        told_at = still_since = time.monotonic()
        while time.monotonic() - still_since < REST_SECONDS:
            now = time.monotonic()
            if moving := self.moving():
                still_since = now
            if tell and now - told_at > 30:
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

    def charged_credits(self):
        return sum(credits for _, credits in self.charges())

    def _count(self, condition):
        """`condition` is always a literal of these tests."""
        return self._lumiq.execute(f"SELECT count(*) FROM tasks WHERE {condition}").fetchone()[0]


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
    record = rig.sandbox.record()
    assert {a["is_admitted"] for a in record["arrivals"]} == {True}
    assert max(minute["sent"] for minute in record["busiest_minute"].values()) <= rig.limit
    charges = Counter(pk for pk, _ in rig.charges())
    assert [pk for pk, count in charges.items() if count > 1] == []
    unclear = GenerationEvent.objects.filter(to_status=Status.UNCONFIRMED)
    assert max(Counter(unclear.values_list("generation_id", flat=True)).values()) <= MOST_UNCLEAR


def describe(rig, seconds):
    """The figures of a storm, to be printed."""
    record = rig.sandbox.record()
    arrivals, charges = record["arrivals"], rig.charges()
    ends = Counter(Generation.objects.values_list("status", "reason"))
    unclear = GenerationEvent.objects.filter(to_status=Status.UNCONFIRMED).count()
    not_sent = SubmitAttempt.objects.filter(phase=Phase.NOT_SENT).exclude(committed_at=None)
    lines = {
        "database": connection_name(),
        "duration": f"{seconds:.0f} s",
        "requests": f"{len(arrivals)}, at most "
        f"{max(m['sent'] for m in record['busiest_minute'].values())} of {rig.limit} a minute, "
        f"spoilt: {sum(1 for a in arrivals if a['scenario'])}",
        "endpoints": dict(Counter(a["endpoint"] for a in arrivals)),
        "429s": f"{sum(a['http_status'] == 429 for a in arrivals)}, "
        f"real ones: {sum(not a['is_admitted'] for a in arrivals)}",
        "charges": f"{len(charges)}, {sum(credits for _, credits in charges)} credits",
        "ends": {" ".join(filter(None, end)): count for end, count in sorted(ends.items())},
        "delivered": f"{delivered_credits()} credits",
        "suspense": f"{suspense()} credits",
        "unclear sends": unclear,
        "proved not charged": not_sent.count(),
        "sent again": sum(a.generation.attempts.filter(number__gt=a.number).exists()
                          for a in not_sent.select_related("generation")),
    }  # fmt: skip
    return "\n".join(f"  {name:<20}{value}" for name, value in lines.items())


def connection_name():
    from django.db import connection

    return connection.vendor
