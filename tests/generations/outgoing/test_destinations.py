"""One server that fails or is slow holds nobody else up."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from generations import beat
from generations.models import Delivery, WebhookDestination
from generations.outgoing import deliveries, endpoints
from tests.cast import make_ready
from tests.generations.outgoing.sending import BOTH, make_due, send_due
from tests.receiver import running_receiver

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_server_gets_two_at_a_time(cast, receiver, endpoint):
    for _ in range(5):
        make_ready(cast.alice)
    receiver.hold.clear()
    threads = [
        threading.Thread(target=send_in_thread, args=(pk,))
        for pk in Delivery.objects.values_list("pk", flat=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads[:3]:
        thread.join(0.5)
    receiver.hold.set()
    for thread in threads:
        thread.join(20)
    assert receiver.most <= deliveries.MOST_AT_ONCE
    while Delivery.objects.pending().exists():
        send_due()
    assert len(receiver.received) == 5


def test_beat_wakes_two_of_one_server_and_those_of_others_as_well(cast, receiver, redis):
    with running_receiver() as other:
        other.url = other.url.replace("127.0.0.1", "other.localhost")
        endpoints.create(cast.alice, url=receiver.url, events=BOTH)
        for _ in range(4):
            make_ready(cast.alice)
        endpoints.create(cast.bob, url=other.url, events=BOTH)
        make_ready(cast.bob)
        make_due()
        redis.flushall()
        assert beat.run_pass()["delivered"] == 3


def test_a_server_that_fails_again_and_again_rests(cast, receiver, endpoint):
    receiver.answers = [500]
    for _ in range(8):
        make_ready(cast.alice)
    for delivery in Delivery.objects.all():
        deliveries.send(delivery.pk)
    assert len(receiver.received) == deliveries.FAILURES_TO_REST
    destination = WebhookDestination.objects.get()
    assert destination.rests_until > timezone.now()
    assert beat.run_pass()["delivered"] == 0
    receiver.answers = [200]
    send_due()
    assert WebhookDestination.objects.get().failures == 0
    assert WebhookDestination.objects.get().rests_until is None


def test_a_video_is_done_although_a_delivery_of_its_user_is_being_claimed(cast, endpoint):
    """The claim locks the destination's row, which the new delivery refers to."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one write at a time, whatever it is")
    make_ready(cast.alice)
    claimed, over = threading.Event(), threading.Event()

    def claim_slowly():
        with transaction.atomic():
            deliveries._lock(Delivery.objects.earliest("due_at"))
            claimed.set()
            over.wait(20)
        connection.close()

    thread = threading.Thread(target=claim_slowly)
    thread.start()
    claimed.wait(20)
    make_ready(cast.alice)
    assert not over.is_set()
    over.set()
    thread.join(20)
    assert Delivery.objects.count() == 2


def send_in_thread(pk):
    try:
        deliveries.send(pk)
    finally:
        connection.close()
