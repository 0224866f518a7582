"""Sent once more by hand, sent to try an address, and forgotten in the end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.models import Delivery, DeliveryAttempt, Generation, WebhookEndpoint, WebhookEvent
from generations.outgoing import deliveries, endpoints, events
from tests.cast import make_ready
from tests.generations.outgoing.sending import State, replay_all, send_due, verify

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_replay_sends_the_same_bytes_with_the_same_id(cast, receiver, endpoint):
    video = make_ready(cast.alice)
    send_due()
    Generation.objects.filter(pk=video.pk).update(metadata={"changed": "since"})
    cast.aurora.hostnames.update(host="renamed.localhost")
    replay_all()
    first, second = receiver.received
    assert second.body == first.body
    assert second.headers["webhook-id"] == first.headers["webhook-id"]
    assert DeliveryAttempt.objects.count() == 2


def test_what_is_in_hand_is_not_replayed(cast, endpoint):
    make_ready(cast.alice)
    delivery = Delivery.objects.get()
    deliveries._claim(delivery.pk)
    with pytest.raises(deliveries.InHand):
        deliveries.replay(delivery)


def test_nothing_is_replayed_to_a_disabled_endpoint(cast, receiver, endpoint):
    make_ready(cast.alice)
    endpoints.disable(endpoint, endpoints.Disabled.OWNER)
    with pytest.raises(deliveries.EndpointDisabled):
        deliveries.replay(Delivery.objects.get())
    endpoints.enable(endpoint)
    replay_all()
    assert len(receiver.received) == 1


def test_a_ping_is_sent_once_also_to_a_disabled_endpoint(cast, receiver, endpoint):
    endpoints.disable(endpoint, endpoints.Disabled.OWNER)
    receiver.answers = [500]
    events.ping(endpoint)
    with pytest.raises(events.PingPending):
        events.ping(endpoint)
    send_due()
    send_due()
    [request] = receiver.received
    assert verify(request, endpoint.secret)["status"] == "ping"
    assert set(request.json) == {"task_id", "status", "timestamp"}
    assert Delivery.objects.get().state == State.DEAD
    assert WebhookEndpoint.objects.get().failing_since is None


def test_the_log_is_forgotten_after_30_days_but_not_what_waits(cast, receiver, endpoint):
    make_ready(cast.alice)
    send_due()
    make_ready(cast.alice)
    WebhookEvent.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert deliveries.forget() == 1
    assert Delivery.objects.get().state == State.PENDING
