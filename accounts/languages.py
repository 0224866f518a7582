"""The language that a person reads: chosen on the site, and what mails are written in."""

from django.conf import settings

from accounts.language_choice import known_language
from accounts.models import User


def remember_language(user: User, code: str) -> None:
    """Mails come in it from now on. A language that the site does not have changes nothing."""
    code = known_language(code)
    if code and code != user.language:
        user.language = code
        user.save(update_fields=["language"])


def language_of(user: User) -> str:
    """As chosen on the site, else that of the portal."""
    portals = user.tenant.language if user.tenant else ""
    return known_language(user.language) or known_language(portals) or settings.LANGUAGE_CODE
