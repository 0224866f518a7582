"""The whole portal in a hurry, beside the test's rows."""

import contextlib
import sys

import pytest

from generations import reconciliation
from generations.models import LumiqKey
from tests.cast import SANDBOX_KEY
from tests.chaos.hurry import hurried_pace
from tests.chaos.rig import KEYS, Rig
from tests.fixtures.site import free_port, wait_until
from tests.sandbox_server import running_sandbox


@pytest.fixture
def start_rig(
    cast, redis, settings, tmp_path, start_manage, start_process, portal_environment, monkeypatch
):
    """start_rig(hurry=30, workers={"dispatch": 5, "fetch": 3}) → Rig, all of it running."""
    with contextlib.ExitStack() as ended_with_the_test:

        def start(*, hurry, workers, limit, patience_seconds=1, refunds=False, callbacks_to=None):
            state = tmp_path / "sandbox"
            sandbox = ended_with_the_test.enter_context(
                running_sandbox(
                    state,
                    keys=KEYS,
                    requests_per_minute=limit,
                    refund_failed=refunds,
                    renderer="tests.ten_second_renderer",
                )
            )
            port = free_port()
            environment = {
                "DJANGO_SETTINGS_MODULE": "tests.chaos.hurried_settings",
                "CHAOS_HURRY": str(hurry),
                "LUMIQ_BASE_URL": sandbox.base_url,
                "LUMIQ_REQUESTS_PER_MINUTE": str(limit),
                "LUMIQ_PATIENCE_SECONDS": str(patience_seconds),
                "LUMIQ_REFUNDS_FAILED": "unknown" if refunds else "no",
                "PORT": str(port),
                "PORTAL_CALLBACK_BASE_URL": callbacks_to or f"http://127.0.0.1:{port}",
            }
            settings.LUMIQ_PACE = hurried_pace(hurry)
            settings.LUMIQ_BASE_URL = sandbox.base_url
            settings.LUMIQ_REQUESTS_PER_MINUTE = limit
            settings.LUMIQ_REFUNDS_FAILED = environment["LUMIQ_REFUNDS_FAILED"]
            _introduce_keys()
            start_process(
                [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", port,
                 "--blocking-threads", 4, "lumiq_portal.wsgi:application"],
                env={**portal_environment, **environment},
            )  # fmt: skip
            for queue, count in workers.items():
                for _ in range(count):
                    start_manage("rqworker", queue, "--serializer", "json", **environment)
            start_manage("beat", "--interval", "0.5", **environment)
            rig = Rig(sandbox, state / "sandbox.sqlite3", port, limit)
            wait_until(rig.is_up, "the site does not answer")
            return rig

        yield start


def _introduce_keys():
    """As beat would, but before anything can go wrong; the cast has made the first."""
    for plain in KEYS:
        if plain != SANDBOX_KEY:
            key = LumiqKey(name=plain)
            key.set_key(plain)
            key.save()
    for key in LumiqKey.objects.all():
        reconciliation.read_account(key)
