"""The demo portals: whether `seed_demo` is still to do its work."""

from pathlib import Path

from django.conf import settings
from django.db import connections


def is_wanted() -> bool:
    """Never where a real LUMIQ account would pay or the whole world could sign in."""
    return settings.LUMIQ_USES_SANDBOX and settings.PORTAL_URL_SCHEME == "http"


def is_unfinished() -> bool:
    """True until the videos were all made once, on this state and this database."""
    return not (_note().exists() and has_portals())


def has_portals() -> bool:
    # These are models' modules: not to be imported before Django is set up.
    from accounts.models import Tenant
    from generations.demo import PORTALS

    slugs = [portal.slug for portal in PORTALS]
    count = Tenant.objects.filter(slug__in=slugs).count()
    connections.close_all()  # a supervisor for days, holding none
    return count == len(slugs)


def remember() -> None:
    _note().touch()


def _note() -> Path:
    return Path(settings.VAR_DIR) / "demo-is-seeded"
