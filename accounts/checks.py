"""System checks of the portal's own settings."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_deployment(**kwargs: Any) -> list[CheckMessage]:
    if settings.PORTAL_URL_SCHEME == "https":
        return []
    return [
        Error(
            "The portal builds http:// links and sends cookies without Secure.",
            hint="Set PORTAL_BASE_DOMAIN to your domain and leave PORTAL_URL_SCHEME unset.",
            id="accounts.E001",
        )
    ]
