"""The player for other sites, and the oEmbed answers that lead to it (oembed.com)."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from accounts.tenancy import normalise_host, tenant_for_host
from generations import admission, cards, embeds
from generations.admission import Visit
from generations.views.share import build_context, visit_or_404

_CACHE_SECONDS = 3600


@login_not_required
@xframe_options_exempt
@require_safe
def embed(request: PortalRequest, code: str) -> HttpResponse:
    visit = visit_or_404(request, code)
    if embeds.may_be_embedded(visit):
        sources = embeds.frame_ancestors(visit.link.generation)
        response = render(request, "embed.html", build_context(request, visit))
    else:
        # A few words with a way to the page: those may stand everywhere.
        sources = ["*"]
        context = {"visit": visit, "preview": None, "link": visit.link}
        status = 410 if visit.is_gone else 403
        response = render(request, "embed_refused.html", context, status=status)
    # What csp.decorators.csp_replace sets, which takes no values of a request.
    response._csp_replace = {"frame-ancestors": list(sources)}  # type: ignore[attr-defined]
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@require_safe
def oembed(request: PortalRequest) -> HttpResponse:
    """404 for what is no video of this portal, 401 for what its owner keeps from other sites."""
    asked = request.GET
    if asked.get("format", "json") != "json":
        return _refuse(501, "Only the format json is spoken here.")
    bounds = {name: asked.get(name, "") for name in ("maxwidth", "maxheight")}
    if any(value and not _is_size(value) for value in bounds.values()):
        return _refuse(400, "maxwidth and maxheight are whole numbers above 0.")
    if not asked.get("url"):
        return _refuse(400, "Send the address of a video as url.")
    visit = _find_visit(request, asked["url"])
    if visit is None or visit.is_gone:
        return _refuse(404, "There is no such video here.")
    if not embeds.may_be_embedded(visit):
        return _refuse(401, "This video is not shown on other sites.")
    width, height = (int(bounds[name]) if bounds[name] else None for name in bounds)
    return _answer(_describe(request, visit, most_width=width, most_height=height))


def _find_visit(request: PortalRequest, url: str) -> Visit | None:
    try:
        parts = urlsplit(url)
        match = resolve(parts.path, request.urlconf)
    except (ValueError, Resolver404):
        return None
    host = normalise_host(parts.netloc)
    if parts.scheme not in ("http", "https") or host is None:
        return None
    if match.view_name != "share" or tenant_for_host(host) != request.tenant:
        return None
    return admission.find_visit(request, match.kwargs["code"])


def _describe(
    request: PortalRequest, visit: Visit, *, most_width: int | None, most_height: int | None
) -> dict[str, Any]:
    generation, tenant = visit.link.generation, request.tenant
    size = embeds.fit(generation, most_width=most_width, most_height=most_height)
    src = request.build_absolute_uri(embeds.path_of(visit.link.code))
    card = cards.path_for(tenant, generation.left_kit, generation.right_kit)
    described: dict[str, Any] = {
        "type": "video",
        "version": "1.0",
        "title": generation.title,
        "html": embeds.build_html(src, generation.title, size),
        "width": size.width,
        "height": size.height,
        "cache_age": _CACHE_SECONDS,
    }
    if not tenant.embeds_are_neutral:
        described |= {
            "provider_name": tenant.name,
            "provider_url": request.build_absolute_uri("/"),
            "author_name": generation.user.shown_name,
        }
    is_small = (most_width or cards.WIDTH) < cards.WIDTH
    if not is_small and (most_height or cards.HEIGHT) >= cards.HEIGHT:
        described |= {
            "thumbnail_url": request.build_absolute_uri(card),
            "thumbnail_width": cards.WIDTH,
            "thumbnail_height": cards.HEIGHT,
        }
    return described


def _answer(content: dict[str, Any], status: int = 200) -> HttpResponse:
    response = JsonResponse(content, status=status)
    # Editors in browsers ask too. Nothing here depends on who asks.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _refuse(status: int, error: str) -> HttpResponse:
    return _answer({"error": error}, status)


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 10
