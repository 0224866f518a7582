"""The language that a person reads: chosen on the site, and what mails are written in."""

from django.conf import settings

from accounts.models import User


def remember_language(user: User, code: str) -> None:
    """Mails come in it from now on. A language that the site does not have changes nothing."""
    code = known_language(code)
    if code and code != user.language:
        user.language = code
        user.save(update_fields=["language"])


def known_language(code: str | None) -> str:
    """`code` as the site names it, or its main language ("en-gb" → "en"); empty where neither."""
    known = dict(settings.LANGUAGES)
    wanted = (code or "").lower()
    return next((one for one in (wanted, wanted.partition("-")[0]) if one in known), "")


def language_of(user: User) -> str:
    return known_language(user.language) or settings.LANGUAGE_CODE
