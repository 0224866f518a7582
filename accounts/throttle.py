"""Counting in Redis, for all web processes together, how often something is done in any period.

The limiter's methods raise RedisError while Redis is away; who asks decides what that means.
"""

from functools import cache

from django.conf import settings
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

PATIENCE_SECONDS = 0.5


def get_limiter() -> MovingWindowRateLimiter:
    return _limiter(settings.REDIS_URL)


@cache
def _limiter(url: str) -> MovingWindowRateLimiter:
    storage = RedisStorage(
        url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
    return MovingWindowRateLimiter(storage)
