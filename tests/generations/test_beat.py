"""When beat wakes, and whom."""

from datetime import timedelta

import pytest
import redis as redis_client
from django.utils import timezone
from rq import Queue

from generations import beat, budget, keys, kicks
from generations.budget import Lane
from generations.models import Generation, LumiqRequest
from generations.rq_worker import PortalWorker
from generations.states import Status
from tests.cast import queue_video
from tests.chaos.own_redis import running_redis
from tests.fixtures.site import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(cast):
    return keys.ensure_configured_key()


def test_it_sleeps_no_longer_than_until_one_more_place_is_free(cast, key, settings):
    """Also where some are free already: they are for those that were woken before."""
    queue_video(cast.alice)
    assert beat.pause_seconds(50) == 50
    take(key, free_in=[30, 20])
    assert 19 < beat.pause_seconds(50) <= 20


def test_it_sleeps_as_long_as_it_may_where_nobody_waits_for_a_place(cast, key):
    take(key, free_in=[20])
    assert beat.pause_seconds(50) == 50


def test_it_wakes_no_more_downloads_than_there_are_places(cast, key, settings, redis):
    settings.LUMIQ_REQUESTS_PER_MINUTE = 4
    for _ in range(4):
        queue_video(cast.alice)
    Generation.objects.update(status=Status.PROCESSING)
    take(key, free_in=[20, 20])
    assert beat.run_pass()["fetched"] == 2
    take(key, free_in=[20, 20])
    redis.flushall()
    # One all the same: it learns by itself when to come back.
    assert beat.run_pass()["fetched"] == 1


def test_it_comes_for_a_row_when_that_is_due(cast, redis, start_manage):
    generation = queue_video(cast.alice)
    redis.flushall()
    Generation.objects.update(due_at=timezone.now() + timedelta(seconds=6))
    start_manage("beat", "--interval", "300")
    queue = Queue("dispatch", connection=redis)
    wait_until(lambda: queue.count, "it sleeps on")
    generation.refresh_from_db()
    assert generation.due_at <= timezone.now()


def test_a_worker_goes_on_with_its_job_when_redis_is_lost(cast, tmp_path, settings):
    """RQ's own would end, and whoever starts it again would end the job with it."""
    generation = queue_video(cast.alice)
    with running_redis(tmp_path) as server:
        settings.REDIS_URL = server.url
        kicks.enqueue("fetch", generation.pk)
        with redis_client.Redis.from_url(server.url) as client:
            worker = PortalWorker(["fetch"], connection=client, serializer="json")
            job = Queue("fetch", connection=client, serializer="json").jobs[0]
            worker.register_birth()
            execution = worker.prepare_execution(job)
            worker.maintain_heartbeats(job, execution)
            server.kill()
            worker.maintain_heartbeats(job, execution)


def take(key, *, free_in):
    for seconds in free_in:
        budget.take(key, Lane.SUBMIT)
        last = LumiqRequest.objects.latest("pk")
        last.counts_until = timezone.now() + timedelta(seconds=seconds)
        last.save()
