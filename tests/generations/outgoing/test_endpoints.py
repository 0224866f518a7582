"""Endpoints that come and go while videos end."""

import threading

import pytest
from django.db import connection

from generations import lifecycle
from generations.models import Delivery, Generation, WebhookEndpoint
from generations.outgoing import endpoints
from tests.cast import queue_video

ORDERS = 30


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_is_deleted_while_deliveries_to_it_are_made(cast, settings):
    settings.PORTAL_ALLOW_PRIVATE_WEBHOOKS = True
    waiting = [queue_video(cast.alice) for _ in range(ORDERS)]
    is_over, troubles = threading.Event(), []

    def end_videos():
        for generation in waiting:
            lifecycle.cancel(generation)

    def come_and_go():
        while not is_over.is_set():
            endpoint = endpoints.create(
                cast.alice, url="http://127.0.0.1:9/hook", events=["video.failed"]
            )
            endpoints.delete(endpoint)

    def guarded(act):
        try:
            act()
        except Exception as error:  # noqa: BLE001
            troubles.append(error)
        finally:
            is_over.set()
            connection.close()

    threads = [threading.Thread(target=guarded, args=[act]) for act in (end_videos, come_and_go)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert set(Generation.objects.values_list("status", flat=True)) == {"cancelled"}
    assert not WebhookEndpoint.objects.exists()
    assert not Delivery.objects.exists()
