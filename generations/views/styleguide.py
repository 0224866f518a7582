"""All parts of the look on one page, for who works on it: each in frames, light, dark and from
right to left. A frame has its own window, so what follows the window's size or the document's
direction does so there as on the real pages."""

from dataclasses import dataclass

from csp.constants import SELF
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.branding import DARK, LIGHT, MODES
from accounts.models import Tenant
from accounts.requests import PortalRequest
from generations.style_guide.components import BY_SLUG, COMPONENTS

PHONE, WIDE = "phone", "wide"
_RTL_LANGUAGE = next(code for code, _name in settings.LANGUAGES if code in settings.LANGUAGES_BIDI)


@dataclass(frozen=True)
class Look:
    """One of the frames of each component."""

    title: Promise
    query: str


@login_not_required
@require_safe
def styleguide(request: PortalRequest) -> HttpResponse:
    """For the portal's staff, or anyone while DEBUG is on. `?width=wide`: as on desktops."""
    _turn_strangers_away(request)
    context = {
        "components": COMPONENTS,
        "looks": _looks(request.tenant),
        "width": WIDE if request.GET.get("width") == WIDE else PHONE,
    }
    response = render(request, "styleguide.html", context)
    # What csp.decorators.csp_update sets, which is typed for other requests.
    response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]
    return response


@login_not_required
@require_safe
@xframe_options_sameorigin
def component(request: PortalRequest, slug: str) -> HttpResponse:
    """One part alone: in `?mode=dark` or light, and with `?dir=rtl` in a language that runs so."""
    _turn_strangers_away(request)
    if slug not in BY_SLUG:
        raise Http404
    shown, mode = BY_SLUG[slug], request.GET.get("mode", "")
    language = _RTL_LANGUAGE if request.GET.get("dir") == "rtl" else get_language()
    with override(language):
        context = {"component": shown, "data_mode": mode if mode in MODES else ""}
        response = render(request, "styleguide/frame.html", context | shown.build(request))
    # As csp.decorators.csp_replace, which is typed for other requests too.
    response._csp_replace = {"frame-ancestors": [SELF]}  # type: ignore[attr-defined]
    return response


def _turn_strangers_away(request: PortalRequest) -> None:
    is_allowed = settings.DEBUG or getattr(request.user, "is_tenant_staff", False)
    if request.tenant is None or not is_allowed:
        raise Http404


def _looks(tenant: Tenant) -> tuple[Look, ...]:
    own = DARK if tenant.mode == Tenant.Mode.DARK else LIGHT
    return (
        Look(_("Light"), f"?mode={LIGHT}"),
        Look(_("Dark"), f"?mode={DARK}"),
        Look(_("Right to left"), f"?mode={own}&dir=rtl"),
    )
