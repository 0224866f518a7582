"""How often a key may call: LUMIQ's limit, counted as LUMIQ counts it, in any 60 seconds.

In Redis, shared by all web processes. Where Redis is away calls pass uncounted: the budget towards
LUMIQ does not depend on this.
"""

import logging
import math
import time

from django.conf import settings
from limits import RateLimitItemPerMinute
from redis.exceptions import RedisError

from accounts import throttle
from accounts.models import ApiKey
from generations.api.errors import ApiError
from generations.lumiq import contract

logger = logging.getLogger(__name__)


def count(key: ApiKey) -> dict[str, str]:
    """Count one call and return the headers that tell what is left. Raises ApiError."""
    limit = RateLimitItemPerMinute(settings.PORTAL_API_REQUESTS_PER_MINUTE, namespace="api")
    try:
        limiter = throttle.get_limiter()
        is_within = limiter.hit(limit, str(key.pk))
        window = limiter.get_window_stats(limit, str(key.pk))
    except RedisError as error:
        logger.warning("Redis is away (%s): a call is not counted", type(error).__name__)
        return {}
    wait_seconds = max(1, math.ceil(window.reset_time - time.time()))
    headers = {
        "RateLimit-Limit": str(limit.amount),
        "RateLimit-Remaining": str(max(0, window.remaining)),
        "RateLimit-Reset": str(wait_seconds),
    }
    if is_within:
        return headers
    raise ApiError(
        contract.RATE_LIMITED,
        f"A key may make {limit.amount} requests a minute. Try again in {wait_seconds} s; "
        "nothing was charged.",
        headers={**headers, "Retry-After": str(wait_seconds)},
    )
