"""What a customer's server is sent, and when."""

from django.utils import timezone
from standardwebhooks import Webhook

from generations.models import Delivery, Generation, WebhookDestination
from generations.outgoing import deliveries
from generations.states import Reason, Status
from generations.transitions import end
from tests.cast import queue_video

BOTH = ["video.completed", "video.failed"]
State = Delivery.State


def queue_with_hook(user, url, **fields):
    generation = queue_video(user)
    Generation.objects.filter(pk=generation.pk).update(webhook_url=url, **fields)
    generation.refresh_from_db()
    return generation


def fail(generation, reason=Reason.REFUSED_UPSTREAM):
    end(generation.pk, (Status.QUEUED,), Status.FAILED, reason=reason)


def make_due():
    Delivery.objects.update(due_at=timezone.now(), lease_until=None)
    WebhookDestination.objects.update(rests_until=None)


def send_due():
    make_due()
    for delivery in Delivery.objects.pending():
        deliveries.send(delivery.pk)


def replay_all():
    for delivery in Delivery.objects.all():
        deliveries.replay(delivery)
    send_due()


def verify(request, secret):
    return Webhook(secret).verify(request.body, request.headers)
