"""Customers' servers, and the settings that let tests reach them."""

import pytest

from generations.outgoing import endpoints
from tests.generations.outgoing.sending import BOTH
from tests.receiver import running_receiver


@pytest.fixture
def private_allowed(settings):
    settings.PORTAL_ALLOW_PRIVATE_WEBHOOKS = True


@pytest.fixture
def receiver(private_allowed):
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def endpoint(cast, receiver):
    return endpoints.create(cast.alice, url=receiver.url, events=BOTH)
