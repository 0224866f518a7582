"""The ground all tests stand on: real servers of their own, and nothing beyond this machine."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from redis import Redis

pytest_plugins = [
    "tests.fixtures.cast",
    "tests.fixtures.network",
    "tests.fixtures.servers",
    "tests.fixtures.processes",
    "tests.fixtures.payments",
    "tests.fixtures.storage",
    "tests.fixtures.site",
    "tests.fixtures.database",
    "tests.fixtures.local_stripe",
    "tests.fixtures.embedded_site",
    "tests.fixtures.browser",
    "tests.fixtures.doctor",
    "tests.fixtures.belongings",
]

_MARKS = {
    "journeys": pytest.mark.journey,
    "benchmarks": pytest.mark.benchmark,
    "screenshots": pytest.mark.screenshots,
}


@pytest.fixture(autouse=True)
def _nothing_kept_from_the_test_before():
    """Redis too, also where the test does not ask for it: the calls of the tests before it would
    count against its keys, whose rows have the same ids."""
    for name in settings.CACHES:
        caches[name].clear()
    if Path(settings.REDIS_SOCKET).exists():
        with Redis.from_url(settings.REDIS_EMBEDDED_URL) as client:
            client.flushall()


def pytest_collection_modifyitems(items):
    """A test in tests/journeys is a journey, and so on."""
    root = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(root).parts[0] if item.path.is_relative_to(root) else ""
        if folder in _MARKS:
            item.add_marker(_MARKS[folder])
