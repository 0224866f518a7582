"""Redis is lost in every way while orders come in: they are taken, and each is delivered once."""

import random
import socket
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from accounts import ledger
from accounts.models import ApiKey
from generations import beat, kicks
from generations.audit import audit_all
from generations.models import Generation, SubmitAttempt
from generations.states import Phase, Status
from tests.cast import AURORA_HOST, SANDBOX_KEY, build_photo_bytes, give, queue_video
from tests.chaos.own_redis import running_redis
from tests.fixtures.site import answers, free_port, wait_until
from tests.sandbox_server import running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

RENDERER = "tests.ten_second_renderer"
# Nobody who orders waits longer, on a machine that has other things to do as well.
SLOWEST_ORDER_SECONDS = 8
WORKERS = ("dispatch", "fetch", "beat")


@dataclass(frozen=True)
class Storm:
    """What happens to Redis and for how many seconds, in a random order, while orders come in."""

    orders: int
    seconds: float
    troubles: tuple[tuple[str, float], ...]


SHORT = Storm(10, 5, (("flush", 0), ("restart", 0), ("be_away", 1), ("hang", 1.5)))
LONG = Storm(
    200,
    200,
    (*[("flush", 0)] * 6, *[("restart", 0)] * 6, ("be_away", 60), ("hang", 15), ("be_away", 5)),
)


@pytest.fixture
def own_redis(tmp_path):
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture
def site(cast, tmp_path, own_redis, start_process, portal_environment):
    """(port, sandbox): all processes on a Redis that can be lost, the workers supervised."""
    port = free_port()
    with running_sandbox(
        tmp_path / "sandbox", keys={SANDBOX_KEY: 1_000_000}, renderer=RENDERER
    ) as sandbox:
        environment = {
            **portal_environment,
            "REDIS_URL": own_redis.url,
            "LUMIQ_BASE_URL": sandbox.base_url,
            "LUMIQ_REQUESTS_PER_MINUTE": "1000",
            "PORT": str(port),
        }
        start_process(
            [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", port,
             "--blocking-threads", 4, "lumiq_portal.wsgi:application"],
            env=environment,
        )  # fmt: skip
        keeper = start_process(
            [sys.executable, "-m", "tests.chaos.supervised", tmp_path, *WORKERS], env=environment
        )
        wait_until(lambda: answers(port), "the site does not answer")
        wait_until(lambda: own_redis.count_workers() == 2, "the workers do not begin")
        yield port, sandbox
        print(keeper.log_path.read_text())
        keeper.terminate()
        keeper.wait(timeout=30)


@pytest.mark.chaos
def test_orders_outlive_the_loss_of_redis(cast, site, own_redis):
    weather(SHORT, cast, site, own_redis)


@pytest.mark.chaos
@pytest.mark.timeout(1200)
def test_two_hundred_orders_outlive_a_redis_that_comes_and_goes(cast, site, own_redis):
    weather(LONG, cast, site, own_redis)


@pytest.mark.parametrize("answers", ["refuses", "says nothing"])
def test_an_order_waits_a_second_at_most_for_redis(settings, answers):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if answers == "says nothing":
            server.listen()
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        began = time.monotonic()
        assert not kicks.enqueue("dispatch", uuid.uuid4())
        assert time.monotonic() - began < kicks.PATIENCE_SECONDS + 1


def test_beat_does_not_try_a_redis_that_is_away_for_every_video(cast, settings):
    for _ in range(5):
        queue_video(cast.alice)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        began = time.monotonic()
        assert beat.run_pass()["dispatched"] == 0
        assert time.monotonic() - began < 2 * kicks.PATIENCE_SECONDS + 1


def test_a_worker_waits_for_a_redis_that_is_away_when_it_starts(
    cast, own_redis, start_manage, tmp_path
):
    own_redis.kill()
    worker = start_manage("rqworker", "fetch", "--serializer", "json", REDIS_URL=own_redis.url)
    wait_until(lambda: b"waits for it" in worker.log_path.read_bytes(), "it does not wait")
    own_redis.start()
    wait_until(lambda: b"Listening on fetch" in worker.log_path.read_bytes(), "it does not begin")
    assert worker.poll() is None


def weather(storm, cast, site, own_redis):
    port, sandbox = site
    give(cast.alice, storm.orders * 90)
    _, key = ApiKey.issue(user=cast.alice, name="test")
    seed = random.randrange(1000)
    print(f"\nstorm, seed {seed}")
    raging = threading.Thread(target=rage, args=[storm, own_redis, random.Random(seed)])
    raging.start()
    answers = place_orders(storm, port, key)
    raging.join()
    began = time.monotonic()
    ready = Generation.objects.filter(user=cast.alice, status=Status.READY)
    wait_until(lambda: ready.count() == storm.orders, "not all are delivered", seconds=600)
    print(f"storm, all delivered {time.monotonic() - began:.0f} s after its end")
    slowest = max(seconds for _, seconds in answers)
    print(f"storm, slowest of {storm.orders} orders: {slowest:.2f} s")
    assert {code for code, _ in answers} == {200}
    assert slowest < SLOWEST_ORDER_SECONDS
    assert len(sandbox.record()["charges"]) == storm.orders
    assert SubmitAttempt.objects.filter(phase=Phase.ACCEPTED).count() == storm.orders
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=0)
    assert audit_all().problems == []


def rage(storm, own_redis, dice):
    troubles = list(storm.troubles)
    dice.shuffle(troubles)
    spare = storm.seconds - sum(seconds for _, seconds in troubles)
    for trouble, seconds in troubles:
        time.sleep(dice.uniform(0, 2) * spare / (len(troubles) + 1))
        print(f"{time.strftime('%H:%M:%S')} {trouble} {seconds} s", flush=True)
        getattr(own_redis, trouble)(seconds)


def place_orders(storm, port, key):
    """[(status code, seconds)], the orders spread evenly over the time of the storm."""
    photo = build_photo_bytes()
    begins = time.monotonic()

    def order(number):
        time.sleep(max(0, begins + number * storm.seconds / storm.orders - time.monotonic()))
        began = time.monotonic()
        answer = requests.post(
            f"http://127.0.0.1:{port}/api/v1/football",
            headers={"X-API-Key": key, "Host": AURORA_HOST},
            files={"photo": ("photo.jpg", photo)},
            data={"team_left": "Brazil", "team_right": "France"},
            timeout=60,
        )
        return answer.status_code, time.monotonic() - began

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(order, range(storm.orders)))
