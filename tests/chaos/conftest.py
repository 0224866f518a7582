"""A portal in a hurry beside the test's rows, with a LUMIQ of its own."""

import contextlib
import sys

import pytest

from generations import reconciliation
from generations.models import LumiqKey
from tests.cast import SANDBOX_KEY
from tests.chaos.hurry import hurried_pace
from tests.chaos.rig import KEYS, Rig
from tests.sandbox_server import running_sandbox

SITE = [sys.executable, "-m", "granian", "--interface", "wsgi", "--blocking-threads", 4]
RENDERER = "tests.ten_second_renderer"


@pytest.fixture
def start_rig(cast, redis, settings, tmp_path, run_portal):
    """start_rig(hurry=30, limit=240) → Rig: LUMIQ runs; the portal does after `begin`."""
    with contextlib.ExitStack() as ended_with_the_test:

        def start(*, hurry, limit, patience_seconds=1, refunds=False):
            state = tmp_path / "sandbox"
            options = {"requests_per_minute": limit, "refund_failed": refunds, "renderer": RENDERER}
            sandbox = ended_with_the_test.enter_context(
                running_sandbox(state, keys=KEYS, **options)
            )
            settings.LUMIQ_PACE = hurried_pace(hurry)
            settings.LUMIQ_BASE_URL = sandbox.base_url
            settings.LUMIQ_REQUESTS_PER_MINUTE = limit
            settings.LUMIQ_PATIENCE_SECONDS = patience_seconds
            settings.LUMIQ_REFUNDS_FAILED = "unknown" if refunds else "no"
            _introduce_keys()
            return Rig(sandbox, state / "sandbox.sqlite3", run_portal, hurry)

        yield start


@pytest.fixture
def run_portal(settings, start_process, start_manage, portal_environment):
    """run_portal(port, hurry, callbacks_to, dispatchers=5, fetchers=3): all its processes."""

    def run(port, hurry, callbacks_to, *, dispatchers, fetchers):
        named = ("BASE_URL", "REQUESTS_PER_MINUTE", "PATIENCE_SECONDS", "REFUNDS_FAILED")
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.chaos.hurried_settings",
            "CHAOS_HURRY": str(hurry),
            "PORT": str(port),
            "PORTAL_CALLBACK_BASE_URL": callbacks_to,
            **{f"LUMIQ_{name}": str(getattr(settings, f"LUMIQ_{name}")) for name in named},
        }
        site = [*SITE, "--port", port, "lumiq_portal.wsgi:application"]
        start_process(site, env={**portal_environment, **environment})
        for queue in [*dispatchers * ["dispatch"], *fetchers * ["fetch"]]:
            start_manage("rqworker", queue, "--serializer", "json", **environment)
        start_manage("beat", "--interval", "0.5", **environment)

    return run


def _introduce_keys():
    """As beat would, but before anything can go wrong; the cast has made the first."""
    for plain in KEYS:
        if plain != SANDBOX_KEY:
            key = LumiqKey(name=plain)
            key.set_key(plain)
            key.save()
    for key in LumiqKey.objects.all():
        reconciliation.read_account(key)
