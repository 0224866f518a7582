"""Endpoints that are given up, and who is told."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from generations import beat
from generations.models import Delivery, WebhookEndpoint
from generations.outgoing import deliveries, endpoints
from tests.cast import make_ready, send_mails
from tests.generations.outgoing.sending import State, fail, queue_with_hook, send_due

pytestmark = pytest.mark.django_db(transaction=True)


def test_410_disables_the_endpoint_at_once_and_its_owner_is_told(cast, receiver, endpoint):
    receiver.answers = [410]
    make_ready(cast.alice)
    waiting = make_ready(cast.alice)
    deliveries.send(Delivery.objects.exclude(event__generation=waiting).get().pk)
    endpoint.refresh_from_db()
    assert not endpoint.is_enabled
    assert endpoint.disabled_reason == "gone"
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.DEAD}
    assert beat.run_pass()["owners_mailed"] == 1
    assert beat.run_pass()["owners_mailed"] == 0
    send_mails()
    message = next(one for one in mail.outbox if "webhook" in one.subject)
    assert message.to == [cast.alice.email]
    assert "Aurora" in message.from_email
    assert f"/account/webhooks/{endpoint.pk}/" in message.body
    assert "410" in message.body


def test_410_ends_the_delivery_to_an_orders_own_address(cast, receiver):
    receiver.answers = [410]
    fail(queue_with_hook(cast.alice, receiver.url))
    send_due()
    assert Delivery.objects.get().state == State.DEAD


def test_five_days_of_nothing_but_failures_disable_an_endpoint(cast, receiver, endpoint):
    receiver.answers = [500]
    make_ready(cast.alice)
    send_due()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=5))
    for _ in range(2):  # quick tries, which may be over a restart of the server
        send_due()
    assert WebhookEndpoint.objects.get().is_enabled
    send_due()
    endpoint.refresh_from_db()
    assert not endpoint.is_enabled
    assert endpoint.disabled_reason == "failing"
    assert Delivery.objects.get().state == State.DEAD
    assert beat.run_pass()["owners_mailed"] == 1


def test_one_success_ends_the_count(cast, receiver, endpoint):
    receiver.answers = [500, 200]
    make_ready(cast.alice)
    send_due()
    send_due()
    assert WebhookEndpoint.objects.get().failing_since is None


def test_an_endpoint_that_is_on_again_is_not_told_of(cast, receiver, endpoint):
    endpoints.disable(endpoint, endpoints.Disabled.GONE)
    assert beat.run_pass()["owners_mailed"] == 1
    endpoints.enable(endpoint)
    send_mails()
    assert mail.outbox == []
