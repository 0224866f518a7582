"""Pages that are the same for every signed-out visitor: rendered once for all that they show.

What a page shows is read from the database each time; only the work of rendering it is spared. So
nothing here is ever out of date, and nothing has to be told of a change.
"""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import caches
from django.db.models import Model
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language

from accounts.requests import PortalRequest
from generations.kits import Kit

# A browser may keep the page, and asks each time whether it still holds: what a fan hides is gone
# with the next look.
_CACHE_CONTROL = "no-cache"
# What a visit counts is shown to the owner only.
_UNSHOWN = ("_state", "views", "downloads")
_PLAIN = (str, int, float, bool, type(None), date, datetime, UUID)
_EXACTLY_PLAIN = frozenset(_PLAIN)
_SOURCES = (
    ("templates", "*.*"), ("locale", "*.po"),
    ("accounts", "*.py"), ("generations", "*.py"), ("lumiq_portal", "*.py"),
)  # fmt: skip


def render_public(
    request: PortalRequest,
    template: str,
    context: dict[str, Any],
    complete: Callable[[], dict[str, Any]] = dict,
) -> HttpResponse:
    """`context` is all that the page depends on beside the portal, the address and the language.
    `complete` adds what follows from these alone, and is called only where the page is rendered: it
    reads nothing from the database.

    The context holds plain values, dataclasses and models that were read; a QuerySet is refused
    with TypeError, since it does not tell what it will find.
    """
    if _is_personal(request):
        return render(request, template, {**context, **complete()})
    etag = quote_etag(_digest(request, template, context))
    response = get_conditional_response(request, etag=etag)
    if response is None:
        page = caches["pages"].get(etag)
        if page is None:
            page = _render_once(request, template, {**context, **complete()}, etag)
        response = HttpResponse(page)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = _CACHE_CONTROL
    return response


def _is_personal(request: HttpRequest) -> bool:
    """DEBUG too: templates change while the process runs."""
    return settings.DEBUG or request.user.is_authenticated or len(get_messages(request)) > 0


def _render_once(request: HttpRequest, template: str, context: dict[str, Any], etag: str) -> bytes:
    page = render(request, template, context).content
    # A page with a form of its own holds this visitor's token.
    if not request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
        caches["pages"].set(etag, page)
    return page


def _digest(request: PortalRequest, template: str, context: dict[str, Any]) -> str:
    """With the secret key, so that it tells nothing of what went into it."""
    shown = [
        template, request.scheme, request.get_host(), request.get_full_path(), get_language(),
        settings.LUMIQ_USES_SANDBOX, request.tenant, context, _edition(),
    ]  # fmt: skip
    key = hashlib.blake2b(settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(repr(_facts(shown)).encode(), key=key, digest_size=16).hexdigest()


@cache
def _edition() -> str:
    """Of code, templates, words and static files: another one with each deploy that changes a page,
    so that no browser keeps the page of before."""
    made = hashlib.blake2b(getattr(staticfiles_storage, "manifest_hash", "").encode())
    for folder, kind in _SOURCES:
        for path in sorted((settings.BASE_DIR / folder).rglob(kind)):
            made.update(path.read_bytes())
    return made.hexdigest()


def _facts(value: Any) -> Any:
    """The same for equal values, in any process."""
    if type(value) in _EXACTLY_PLAIN:
        return value
    if isinstance(value, Kit):  # as constant as the templates
        return value.team
    if dataclasses.is_dataclass(value):
        return type(value).__name__, [_facts(each) for each in vars(value).values()]
    if isinstance(value, Enum):
        return repr(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, FieldFile):
        return value.name
    if isinstance(value, Model):
        related = value._state.fields_cache
        fields = {name: each for name, each in vars(value).items() if name not in _UNSHOWN}
        return value._meta.label, _facts(fields), _facts(related)
    if isinstance(value, Mapping):
        return [(name, _facts(each)) for name, each in sorted(value.items())]
    if isinstance(value, list | tuple):
        return [_facts(each) for each in value]
    raise TypeError(f"a page cannot depend on a {type(value).__name__}: it may change unseen")
