"""A portal's addresses, and beside them one for each page that tells of an error, and one of a page
on which everything is wrong."""

from csp.decorators import csp_exempt
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.urls import path

from lumiq_portal.portal_urls import handler400, handler403, handler404, handler500
from lumiq_portal.portal_urls import urlpatterns as portal_urlpatterns
from lumiq_portal.views import csrf_failure

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

ERRORS = {
    "malformed": (SuspiciousOperation, 400),
    "not-allowed": (PermissionDenied, 403),
    "broken": (RuntimeError, 500),
}
# Page name: (path, status).
PAGES = {
    **{name: (f"/error/{name}/", status) for name, (_, status) in ERRORS.items()},
    "too-long-open": ("/error/too-long-open/", 403),
}

WRONG = """<!doctype html><html lang="fr"><title>Wrong</title>
<style>p { position: absolute; }</style>
<main><h1>Wrong</h1><p>One line</p><p>Another</p>
<div style="inline-size: 3rem; overflow: hidden; white-space: nowrap">Cut words</div>
<div style="inline-size: 2000px">Wide</div>
<button style="outline: none; margin-top: 5rem">Unseen</button><input>
<button>Behind</button><div style="position: fixed; inset: 9rem 0 0; background: white"></div>
<img src="http://platform.localhost/elsewhere.png"><img src="/nowhere.png" alt="">
<!--heavy--></main>"""


@login_not_required
@csp_exempt()
def all_wrong(request):
    return HttpResponse(WRONG.replace("heavy", 150_000 * "x"), status=418)


@login_not_required
def fail(request, error):
    raise error("for a look at its page")


urlpatterns = [
    path("error/all/", all_wrong),
    path("error/too-long-open/", login_not_required(csrf_failure)),
    *(path(f"error/{name}/", fail, {"error": error}) for name, (error, _) in ERRORS.items()),
    *portal_urlpatterns,
]
