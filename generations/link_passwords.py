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
    # Each try is counted before it is made, or many at once would all be the first.
    counts = [(BY_ADDRESS, f"{link.pk} {block_of(address)}"), (BY_LINK, str(link.pk))]
    try:
        for count in counts:
            if not throttle.get_limiter().hit(*count):
                raise TooManyTries(_wait_seconds(*count))
    except RedisError as error:
        logger.warning("Redis is away (%s): no link is unlocked", type(error).__name__)
        raise TriesNotCounted from error
    return check_password(guess, link.password)


def _wait_seconds(limit: RateLimitItem, name: str) -> int:
    window = throttle.get_limiter().get_window_stats(limit, name)
    return max(1, math.ceil(window.reset_time - time.time()))
