"""A share link as a QR code: to be scanned from a screen, or printed."""

import io

import segno
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from generations.views.share import visit_or_404

# A quarter of the picture may be covered or worn; three modules of paper around it are scanned
# well, four are the norm.
_ERROR_CORRECTION = "q"
_BORDER = 4
_PNG_SCALE = 24


@login_not_required
@require_safe
def qr_svg(request: PortalRequest, code: str) -> HttpResponse:
    drawn = io.BytesIO()
    _draw(request, code).save(drawn, kind="svg", border=_BORDER, light="#FFFFFF", omitsize=True)
    return _picture(drawn, "image/svg+xml")


@login_not_required
@require_safe
def qr_png(request: PortalRequest, code: str) -> HttpResponse:
    drawn = io.BytesIO()
    _draw(request, code).save(drawn, kind="png", border=_BORDER, scale=_PNG_SCALE)
    response = _picture(drawn, "image/png")
    response.headers["Content-Disposition"] = 'attachment; filename="qr.png"'
    return response


def _draw(request: PortalRequest, code: str) -> segno.QRCode:
    """It says no more than the address that was asked for."""
    visit = visit_or_404(request, code)
    if visit.is_gone:
        raise Http404
    url = request.build_absolute_uri(visit.link.get_absolute_url())
    return segno.make_qr(url, error=_ERROR_CORRECTION)


def _picture(drawn: io.BytesIO, content_type: str) -> HttpResponse:
    headers = {"Cache-Control": "private, max-age=3600", "X-Robots-Tag": "noindex"}
    return HttpResponse(drawn.getvalue(), content_type=content_type, headers=headers)
