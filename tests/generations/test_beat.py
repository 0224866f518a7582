"""When beat wakes, and whom."""

import uuid
from datetime import timedelta

import pytest
import redis as redis_client
from django.utils import timezone
from rq import Queue

from generations import beat, budget, keys, kicks, submissions
from generations.budget import Lane
from generations.lumiq.contract import Submitted
from generations.models import Generation, LumiqKey, LumiqRequest
from generations.rq_worker import PortalWorker
from tests.cast import SUPPLY, queue_video
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


def test_it_wakes_no_more_downloads_than_their_key_has_places(cast, key, settings, redis):
    settings.LUMIQ_REQUESTS_PER_MINUTE = 4
    other = LumiqKey(name="other", account=key.account)
    other.set_key("lmq_other")
    other.save()
    mine = [make_at_lumiq(cast.alice, key) for _ in range(4)]
    assert beat.run_pass()["fetched"] == 4
    take(key, free_in=[20, 20])
    redis.flushall()
    assert beat.run_pass()["fetched"] == 2
    take(key, free_in=[20, 20])
    redis.flushall()
    theirs = make_at_lumiq(cast.alice, other)
    assert beat.run_pass()["fetched"] == 1
    (job_id,) = Queue("fetch", connection=redis).job_ids
    assert str(theirs.pk) in job_id
    assert {video.due_at for video in Generation.objects.all()} == {
        video.due_at for video in (*mine, theirs)
    }


def test_it_comes_for_a_row_when_that_is_due(cast, redis, start_manage):
    generation = queue_video(cast.alice)
    redis.flushall()
    Generation.objects.update(due_at=timezone.now() + timedelta(seconds=4))
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


def make_at_lumiq(user, key):
    """A video that LUMIQ works on, and that is due to be asked about."""
    submission = submissions.start(queue_video(user).pk, key)
    submissions.commit(submission.attempt)
    answer = Submitted(uuid.uuid4().hex[:8], "processing", 90, SUPPLY, "", "")
    submissions.mark_submitted(submission.attempt, answer)
    Generation.objects.filter(pk=submission.generation.pk).update(due_at=timezone.now())
    return Generation.objects.get(pk=submission.generation.pk)


def take(key, *, free_in):
    for seconds in free_in:
        budget.take(key, Lane.SUBMIT)
        last = LumiqRequest.objects.latest("pk")
        last.counts_until = timezone.now() + timedelta(seconds=seconds)
        last.save()
