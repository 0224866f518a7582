"""How often we may ask LUMIQ: a sliding window a key, shared by all workers, kept in Redis.

The window is a little wider than LUMIQ's minute, so that jitter on the way cannot put one request
too many into the server's minute. Fails closed: without Redis nobody asks.
"""

import uuid
from enum import StrEnum

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from generations.errors import BudgetSpent

WINDOW_SECONDS = 62
REDIS_AWAY_SECONDS = 5.0


class Lane(StrEnum):
    SUBMIT = "submit"
    DOWNLOAD = "download"
    CONFIRM = "confirm"
    POLL = "poll"
    ACCOUNT = "account"


# The share of the window up to which a lane may fill it: what matters less leaves room for what
# matters more. Downloads may use all, since they finish what is paid for.
_SHARES = {
    Lane.SUBMIT: 0.9,
    Lane.DOWNLOAD: 1.0,
    Lane.CONFIRM: 0.8,
    Lane.POLL: 0.7,
    Lane.ACCOUNT: 0.7,
}

# KEYS[1] window; ARGV: window in ms, places, id. Returns 0 when granted, else ms until a place.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local used = redis.call('ZCARD', KEYS[1])
local places = tonumber(ARGV[2])
if used < places then
  redis.call('ZADD', KEYS[1], now, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], window)
  return 0
end
local freeing = redis.call('ZRANGE', KEYS[1], used - places, used - places, 'WITHSCORES')
return math.max(1, tonumber(freeing[2]) + window - now)
"""


def spend(fingerprint: str, lane: Lane) -> None:
    """Take one request out of the budget of the key. Raises BudgetSpent where none is left."""
    places = max(1, int(settings.LUMIQ_REQUESTS_PER_MINUTE * _SHARES[lane]))
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=2,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),  # a repeated script would spend twice
        ) as connection:
            wait_ms = connection.eval(
                _SCRIPT, 1, f"budget:{fingerprint}", WINDOW_SECONDS * 1000, places, uuid.uuid4().hex
            )
    except RedisError as error:
        raise BudgetSpent(REDIS_AWAY_SECONDS) from error
    if wait_ms:
        raise BudgetSpent(int(wait_ms) / 1000)


def used(fingerprint: str) -> int:
    """Requests within the window, of all lanes. Looking costs nothing. Raises RedisError."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as connection:
        seconds, microseconds = connection.time()
        since = (seconds - WINDOW_SECONDS) * 1000 + microseconds // 1000
        return int(connection.zcount(f"budget:{fingerprint}", since, "+inf"))
