"""Wakes the workers. A kick is a hint: the row is the truth, and beat repeats what was missed."""

import logging
import time
import uuid
from functools import cache, partial

import django_rq
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.exceptions import DuplicateJobError

logger = logging.getLogger(__name__)

FAILURE_TTL_SECONDS = 7 * 24 * 3600
# An order, a callback and beat wait no longer than this for a Redis that does not answer.
PATIENCE_SECONDS = 1.0

# Stripe is asked beside the other servers of the outside world.
STRIPE_QUEUE = "outbound"
MAIL_QUEUE = "outbound"


def kick_stripe_event(event_id: uuid.UUID) -> None:
    """Call from inside or outside a transaction: the job is enqueued once the row is committed."""
    job = "accounts.jobs.stripe_event"
    transaction.on_commit(partial(enqueue, STRIPE_QUEUE, job, event_id), robust=True)


def kick_mail(mail_id: uuid.UUID) -> None:
    """As kick_stripe_event."""
    transaction.on_commit(partial(enqueue_mail, mail_id), robust=True)


def enqueue_mail(mail_id: uuid.UUID) -> bool:
    return enqueue(MAIL_QUEUE, "accounts.jobs.mail", mail_id)


def enqueue(queue: str, function: str, row_id: uuid.UUID | int) -> bool:
    """False where Redis is away; the row stays due and beat comes back to it.

    RQ refuses a second job of the same id while the first waits or runs. The minute in the id keeps
    a job that crashed, which RQ remembers for long, from blocking the row.
    """
    job_id = f"{function.rpartition('.')[2]}-{row_id}-{int(time.time() // 60)}"
    try:
        django_rq.get_queue(queue, connection=_connect(settings.REDIS_URL)).enqueue(
            function,
            str(row_id),
            job_id=job_id,
            unique=True,
            result_ttl=0,
            failure_ttl=FAILURE_TTL_SECONDS,
        )
    except DuplicateJobError:
        pass
    except RedisError as error:
        logger.warning("Redis is away (%s): %s waits for beat", type(error).__name__, row_id)
        return False
    return True


@cache
def _connect(url: str) -> Redis:
    """Not the connection that django-rq makes: from a URL it makes one that waits five seconds, and
    ignores the options of RQ_QUEUES. A worker's, which blocks for long, is none for an order."""
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
