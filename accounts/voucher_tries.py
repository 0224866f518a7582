"""How often somebody may be wrong about a voucher's code: guessing must not pay.

Own wordings ("FANFEST 2026") can be guessed, generated codes can't. Where Redis is away nobody may
try: a code keeps, and a guesser would only have to wait for that moment.
"""

import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from limits import RateLimitItem, RateLimitItemPerHour
from redis.exceptions import RedisError

from accounts import throttle
from accounts.errors import TooManyTries, TriesNotCounted, VoucherRefused
from accounts.models import User
from accounts.networks import block_of

logger = logging.getLogger(__name__)

BY_USER = RateLimitItemPerHour(10, namespace="voucher-user")
# Higher: a whole stadium may share an address. It stops whoever makes one account after another.
BY_ADDRESS = RateLimitItemPerHour(40, namespace="voucher-address")


Count = tuple[RateLimitItem, str]


@contextmanager
def counted(user: User, address: str) -> Iterator[None]:
    """Around one try to redeem. Raises TooManyTries or TriesNotCounted before it."""
    by_user = (BY_USER, str(user.pk))
    # Behind a Unix socket there may be no address: then the user's tries alone count.
    block = block_of(address)
    by_address = (BY_ADDRESS, f"{user.tenant_id} {block}") if block else None
    try:
        _begin(by_user, by_address)
    except RedisError as error:
        logger.warning("Redis is away (%s): no voucher is redeemed", type(error).__name__)
        raise TriesNotCounted from error
    try:
        yield
    except VoucherRefused:
        _note_failure(by_address)
        raise
    _forget(by_user)


def _begin(by_user: Count, by_address: Count | None) -> None:
    """The user's try is counted before it is made, or many at once would all be the first."""
    limiter = throttle.get_limiter()
    if by_address and not limiter.test(*by_address):
        raise TooManyTries(_wait_seconds(by_address))
    if not limiter.hit(*by_user):
        raise TooManyTries(_wait_seconds(by_user))


def _note_failure(by_address: Count | None) -> None:
    if by_address:
        with suppress(RedisError):  # it has just answered; the user's count stands
            throttle.get_limiter().hit(*by_address)


def _forget(by_user: Count) -> None:
    with suppress(RedisError):
        throttle.get_limiter().clear(*by_user)


def _wait_seconds(count: Count) -> int:
    window = throttle.get_limiter().get_window_stats(*count)
    return max(1, math.ceil(window.reset_time - time.time()))
