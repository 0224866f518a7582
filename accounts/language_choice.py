"""The language that a request is answered in. Nothing is guessed from where a visitor is."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.models import Tenant

# In an address: https://aurora.example/gallery/?lang=ar
PARAMETER = "lang"
COOKIE_SECONDS = 60 * 60 * 24 * 365


@dataclass(frozen=True)
class LanguageLink:
    """This page in another language; `name` is in that language too."""

    code: str
    name: str
    address: str
    is_rtl: bool
    is_current: bool


def choose_language(request: HttpRequest, tenant: Tenant | None, *, remembered: str = "") -> str:
    """By the address, by what was chosen in this browser, by the account of who is signed in
    (`remembered`), by what the browser asks for, by the portal: in this order."""
    return (
        asked_language(request)
        or known_language(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))
        or known_language(remembered)
        or _browser_language(request)
        or known_language(tenant.language if tenant else None)
        or settings.LANGUAGE_CODE
    )


def asked_language(request: HttpRequest) -> str:
    return known_language(request.GET.get(PARAMETER))


def known_language(code: str | None) -> str:
    """As the site names it ("ar-EG" → "ar"); empty where the site does not have it."""
    try:
        return get_supported_language_variant(code or "")
    except LookupError:
        return ""


def language_links(request: HttpRequest) -> list[LanguageLink]:
    current = get_language()
    return [
        LanguageLink(
            code=code,
            name=name,
            address=_address_in(request, code),
            is_rtl=code in settings.LANGUAGES_BIDI,
            is_current=code == current,
        )
        for code, name in settings.LANGUAGES
    ]


def _browser_language(request: HttpRequest) -> str:
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    return next((known for code, _ in accepted if (known := known_language(code))), "")


def _address_in(request: HttpRequest, code: str) -> str:
    """What a form has sent cannot be asked for again, so its page leads to the front page."""
    query = request.GET.copy()
    query[PARAMETER] = code
    path = request.path if request.method in ("GET", "HEAD") else "/"
    return f"{path}?{query.urlencode()}"
