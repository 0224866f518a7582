"""How often videos are played. A play is counted without a cookie, an address or an account.

`record` is for views: it costs one command to Redis, which the beat writes to the rows now and then
with `flush`. Counts that are lost with Redis are lost; nobody pays by them.
"""

import logging
import re
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import F
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from generations.models import Generation, ShareLink

logger = logging.getLogger(__name__)

# A visitor waits no longer than this for a Redis that does not answer.
PATIENCE_SECONDS = 0.25
_WAITING = "plays:waiting"
_MACHINES = re.compile(
    r"bot|crawl|spider|slurp|preview|facebookexternalhit|whatsapp|telegram|curl|wget|python|headless",
    re.IGNORECASE,
)


def record(link: ShareLink) -> None:
    """One play of the link's video. Says nothing where Redis is away."""
    try:
        _connect(settings.REDIS_URL).hincrby(_WAITING, str(link.pk), 1)
    except RedisError as error:
        logger.warning("Redis is away (%s): a play is not counted", type(error).__name__)


def is_person(user_agent: str) -> bool:
    """Whether it looks like a browser with somebody before it."""
    return bool(user_agent) and not _MACHINES.search(user_agent)


def flush() -> int:
    """Writes what was counted to the links and, summed, to their videos; returns how many plays."""
    counts = _take()
    if not counts:
        return 0
    with transaction.atomic():
        links = ShareLink.objects.filter(pk__in=counts).order_by("pk").select_for_update()
        played = {link.pk: link.generation_id for link in links}
        for pk in played:
            ShareLink.objects.filter(pk=pk).update(plays=F("plays") + counts[pk])
        for video in sorted(set(played.values())):
            count = sum(counts[pk] for pk, of in played.items() if of == video)
            Generation.objects.filter(pk=video).update(plays=F("plays") + count)
    return sum(counts[pk] for pk in played)


def _take() -> dict[int, int]:
    """What waits, which then waits no more: no play is written twice."""
    try:
        with _connect(settings.REDIS_URL).pipeline() as both:
            both.hgetall(_WAITING)
            both.delete(_WAITING)
            waiting, _ = both.execute()
    except RedisError:
        return {}
    return {int(pk): int(count) for pk, count in waiting.items()}


@cache
def _connect(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
