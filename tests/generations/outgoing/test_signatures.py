"""Whoever is told can tell that it comes from us."""

import re

import pytest
from django.utils import timezone
from standardwebhooks import WebhookVerificationError

from generations.models import DeliveryAttempt, WebhookEndpoint
from generations.outgoing import endpoints
from tests.cast import make_ready
from tests.generations.outgoing.sending import fail, queue_with_hook, replay_all, send_due, verify

pytestmark = pytest.mark.django_db(transaction=True)


def test_others_can_verify_what_we_sign(cast, receiver, endpoint):
    make_ready(cast.alice)
    send_due()
    [request] = receiver.received
    assert verify(request, endpoint.secret)["status"] == "completed"
    assert re.fullmatch(r"evt_[0-9a-f]{32}", request.headers["webhook-id"])
    with pytest.raises(WebhookVerificationError):
        verify(request, endpoints.default_secret_of(cast.alice).secret)


def test_an_orders_own_address_is_signed_with_the_users_secret(cast, receiver):
    fail(queue_with_hook(cast.alice, receiver.url))
    send_due()
    verify(receiver.received[0], endpoints.default_secret_of(cast.alice).secret)


def test_for_a_day_both_secrets_sign(cast, receiver, endpoint):
    old = endpoint.secret
    endpoints.rotate(endpoint)
    new = WebhookEndpoint.objects.get().secret
    assert new != old
    make_ready(cast.alice)
    send_due()
    for secret in (old, new):
        verify(receiver.received[0], secret)
    WebhookEndpoint.objects.update(previous_until=timezone.now())
    replay_all()
    verify(receiver.received[1], new)
    with pytest.raises(WebhookVerificationError):
        verify(receiver.received[1], old)


def test_secrets_are_not_kept_in_plain(endpoint):
    stored = str(WebhookEndpoint.objects.values().get())
    assert endpoint.secret.startswith("whsec_")
    assert endpoint.secret not in stored
    assert endpoint.secret.removeprefix("whsec_") not in stored


def test_a_secret_that_cannot_be_read_any_more_is_told_and_can_be_replaced(
    cast, receiver, endpoint, settings
):
    settings.SECRET_KEY = "another one, after the old one was lost"
    make_ready(cast.alice)
    send_due()
    assert receiver.received == []
    assert DeliveryAttempt.objects.get().trouble == "secret"
    endpoints.rotate(WebhookEndpoint.objects.get())
    send_due()
    verify(receiver.received[0], WebhookEndpoint.objects.get().secret)
