"""The demo portals: whether they are still to be made."""

from pathlib import Path

from django.conf import settings
from django.db import connections


def is_wanted() -> bool:
    """Never where a real LUMIQ account would pay or the whole world could sign in."""
    return settings.LUMIQ_USES_SANDBOX and settings.PORTAL_URL_SCHEME == "http"


def is_missing() -> bool:
    """True until `seed_demo` once came to its end on this state and this database."""
    from accounts.models import Tenant

    there = Tenant.objects.exists()
    connections.close_all()
    return not (there and _note().exists())


def remember() -> None:
    _note().touch()


def _note() -> Path:
    return Path(settings.VAR_DIR) / "demo-is-seeded"
