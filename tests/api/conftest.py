import pytest
from django.test import Client

from accounts.models import ApiKey
from tests.cast import AURORA_HOST, give


@pytest.fixture
def call_as(db):
    """call_as(user, host=…) → a client that sends a fresh key of this user."""

    def build(user, host=AURORA_HOST):
        key = ApiKey.issue(user=user, name="test")[1]
        return Client(headers={"host": host, "x-api-key": key}, raise_request_exception=False)

    return build


@pytest.fixture
def caller(cast, call_as):
    """Alice, who has 300 credits."""
    give(cast.alice, 300)
    return call_as(cast.alice)
