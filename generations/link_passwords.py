"""Checks the password of a share link: guessing must not pay.

Counted by the link and the address of who tries, and by the link alone, for who has many addresses.
Where Redis is away nobody may try: a password keeps.
"""

import logging
import math
import time

from django.contrib.auth.hashers import check_password
from limits import RateLimitItem, RateLimitItemPerHour
from redis.exceptions import RedisError

from accounts import throttle
from accounts.errors import TooManyTries, TriesNotCounted
from accounts.networks import block_of
from generations.models import ShareLink

logger = logging.getLogger(__name__)

BY_ADDRESS = RateLimitItemPerHour(10, namespace="link-address")
BY_LINK = RateLimitItemPerHour(300, namespace="link")


def is_right(link: ShareLink, guess: str, *, address: str) -> bool:
    """Raises TooManyTries or TriesNotCounted, then without a look at the guess."""
    by_address = (BY_ADDRESS, f"{link.pk} {block_of(address)}")
    by_link = (BY_LINK, str(link.pk))
    limiter = throttle.get_limiter()
    try:
        if not limiter.test(*by_link):
            raise TooManyTries(_wait_seconds(*by_link))
        # Counted before it is made, or many at once would all be the first.
        if not limiter.hit(*by_address):
            raise TooManyTries(_wait_seconds(*by_address))
        found = check_password(guess, link.password)
        if found:
            limiter.clear(*by_address)  # a club house of people who know it shares one address
        else:
            limiter.hit(*by_link)
    except RedisError as error:
        logger.warning("Redis is away (%s): no link is unlocked", type(error).__name__)
        raise TriesNotCounted from error
    return found


def _wait_seconds(limit: RateLimitItem, name: str) -> int:
    window = throttle.get_limiter().get_window_stats(limit, name)
    return max(1, math.ceil(window.reset_time - time.time()))
