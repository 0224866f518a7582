"""What runs beside what, as the settings have it."""

import os
import sys
from pathlib import Path

from django.conf import settings

from lumiq_portal.embedded import stripe_server
from lumiq_portal.embedded.processes import Program

MANAGE = (sys.executable, str(Path(settings.BASE_DIR) / "manage.py"))
QUEUES = ("dispatch", "fetch", "outbound")
SANDBOX_CREDITS = 1_000_000
# The migrations before them have checked everything; loading all pages for it takes two seconds.
UNCHECKED = "--skip-checks"


def uses_embedded_redis() -> bool:
    return bool(settings.REDIS_URL == settings.REDIS_EMBEDDED_URL)


def uses_local_stripe() -> bool:
    return bool(settings.STRIPE_IS_LOCAL)


def site_address() -> str:
    return f"http://127.0.0.1:{settings.PORT}/"


def build_environment() -> dict[str, str]:
    """What children get beside the supervisor's environment: the same state for all."""
    shared = {
        "DJANGO_SETTINGS_MODULE": "lumiq_portal.settings",
        "PORTAL_VAR": str(settings.VAR_DIR),
        "PORT": str(settings.PORT),
        "PYTHONUNBUFFERED": "1",
    }
    if not uses_local_stripe():
        return shared
    local = stripe_server.build_environment(
        port=settings.LOCAL_STRIPE_PORT, state=settings.LOCAL_STRIPE_STATE
    )
    return {**shared, **local}


def build_sandbox() -> Program:
    state = str(settings.VAR_DIR / "sandbox")
    port = str(settings.SANDBOX_PORT)
    test_key = settings.PORTAL_TEST_LUMIQ_API_KEY
    command = (
        *(*MANAGE, "lumiq_sandbox", "--port", port, "--state", state),
        *("--key", f"{settings.SANDBOX_API_KEY}:{SANDBOX_CREDITS}"),
        *(("--test-key", test_key) if test_key else ()),
    )
    return Program("sandbox", command, is_foundation=True, environment=build_environment())


def build_stripe() -> Program:
    return stripe_server.build_program(
        port=settings.LOCAL_STRIPE_PORT,
        state=settings.LOCAL_STRIPE_STATE,
        hooks=f"{site_address()}hooks/stripe/",
        environment=build_environment(),
    )


def build_web() -> Program:
    command = (
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(settings.PORT)),
        *("--workers", str(min(os.cpu_count() or 1, 2)), "--blocking-threads", "8"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "error"),
        *("--working-dir", str(settings.BASE_DIR), "--no-access-log", "--no-ws"),
        "lumiq_portal.wsgi:application",
    )
    return Program("web", command, is_vital=True, environment=build_environment())


def build_workers() -> list[Program]:
    workers = [
        _manage(queue, "rqworker", queue, "--serializer", "json", "--verbosity", "0", UNCHECKED)
        for queue in QUEUES
    ]
    return [*workers, _manage("beat", "beat", UNCHECKED)]


def build_demo() -> Program:
    environment = build_environment()
    command = (*MANAGE, "seed_demo")
    return Program("demo", command, runs_once=True, grace_seconds=2, environment=environment)


def _manage(name: str, *arguments: str) -> Program:
    return Program(name, (*MANAGE, *arguments), environment=build_environment())
