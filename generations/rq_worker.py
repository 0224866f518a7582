"""The class of our RQ workers: outlives a Redis that is away, and is back at work soon after it.

RQ's own ends at its start and in the middle of a job; where a supervisor starts it again, the job
ends with it. It is also slow to come back: a minute after Redis, seven after a silent connection.
"""

import logging
import time
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent
from rq import Worker
from rq.executions import Execution
from rq.job import Job

# Loaded before the worker forks: else the process of each job spends half a second on it.
from generations import jobs  # noqa: F401

logger = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 5.0
LONGEST_POP_SECONDS = 30


class PortalWorker(Worker):
    max_connection_wait_time = LONGEST_PAUSE_SECONDS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        if options.get("prepare_for_work", True):  # not where somebody only looks at workers
            _wait_for(options["connection"])
        super().__init__(*arguments, **options)

    @property
    def dequeue_timeout(self) -> int:
        """RQ waits 10 seconds more than this for the answer, then takes a new connection."""
        return LONGEST_POP_SECONDS

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        try:
            super().maintain_heartbeats(job, execution)
        except (RedisAway, RedisSilent) as error:
            logger.warning("Redis is away (%s) during %s, which goes on", error, job.id)


def _wait_for(connection: Redis) -> None:
    pause = 1.0
    while True:
        try:
            connection.ping()
            return
        except (RedisAway, RedisSilent) as error:
            logger.warning("Redis is away (%s): the worker waits for it", error)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
