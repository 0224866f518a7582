"""Who is asked (tenant by host), who asks (a user of that tenant, or nobody), in which language."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers

from accounts import language_choice, languages
from accounts.models import User
from accounts.requests import HostRequest
from accounts.tenancy import is_platform_host, normalise_host, tenant_for_host

# The same on every host: what machines that know no tenant ask for (LUMIQ, Stripe, load balancers),
# and static files, which the page for unknown hosts needs too.
HOST_FREE_PREFIXES = ("/hooks/", "/healthz", "/readyz", "/metrics", "/internal/", "/static/")
# What the platform's own host serves besides.
PLATFORM_PREFIXES = ("/admin/", "/static/")
# English for everybody: what programs read, as LUMIQ's own API.
ENGLISH_PREFIXES = ("/api/v1/", *HOST_FREE_PREFIXES)
# The same in every language.
_WORDLESS_TYPES = ("image/", "video/", "font/", "text/css")

GetResponse = Callable[[HttpRequest], HttpResponse]


class TenantMiddleware:
    """First of all: sets `request.tenant`, answers unknown hosts with a neutral 404."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = cast(HostRequest, request)
        host = normalise_host(request.META.get("HTTP_HOST", ""))
        asked.is_platform = host is not None and is_platform_host(host)
        asked.tenant = None
        if request.path.startswith(HOST_FREE_PREFIXES):
            # Nothing there looks at the host, which may be any address of the load balancer.
            return self.get_response(request)
        if host and not asked.is_platform:
            asked.tenant = tenant_for_host(host)
        if not _is_served(asked):
            translation.activate(language_choice.choose_language(request, None))
            return render(request, "errors/unknown_host.html", status=404)
        if asked.tenant is not None:
            request.urlconf = settings.PORTAL_URLCONF
        response = self.get_response(request)
        patch_vary_headers(response, ["Host"])
        return response


class SameTenantMiddleware:
    """A session of one portal is nobody on another, whatever its cookie says."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = cast(HostRequest, request)
        if asked.user.is_authenticated and not _belongs_here(asked, asked.user):
            # Not flushed for good: the row is the other portal's session, still valid there.
            request.user = AnonymousUser()
        elif asked.user.is_authenticated and asked.tenant is not None:
            asked.user.tenant = asked.tenant  # spares another look at the same row
        return self.get_response(request)


class LanguageMiddleware:
    """Activates the language of this request, and keeps the one that an address asks for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = cast(HostRequest, request)
        if asked.is_platform or request.path.startswith(ENGLISH_PREFIXES):
            translation.activate(settings.LANGUAGE_CODE)
            return self.get_response(request)
        remembered = asked.user.language if asked.user.is_authenticated else ""
        language = language_choice.choose_language(request, asked.tenant, remembered=remembered)
        translation.activate(language)
        response = self.get_response(request)
        if not response.headers.get("Content-Type", "").startswith(_WORDLESS_TYPES):
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
            response.headers.setdefault("Content-Language", translation.get_language())
        if code := language_choice.asked_language(request):
            _keep_language(request, response, code)
            if request.user.is_authenticated:
                languages.remember_language(request.user, code)
        return response


def _keep_language(request: HttpRequest, response: HttpResponse, code: str) -> None:
    if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) == code:
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=language_choice.COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _is_served(request: HostRequest) -> bool:
    if request.is_platform:
        return request.path == "/" or request.path.startswith(PLATFORM_PREFIXES)
    return request.tenant is not None


def _belongs_here(request: HostRequest, user: User) -> bool:
    if request.tenant is None:
        return request.is_platform and user.tenant_id is None
    return user.tenant_id == request.tenant.pk
