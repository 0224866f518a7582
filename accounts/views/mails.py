"""Which mails a user wants; and the addresses in mails that switch one kind off."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.forms import MailChoicesForm
from accounts.mails import choices
from accounts.requests import PortalRequest, SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def mails(request: SignedInRequest) -> HttpResponse:
    form = MailChoicesForm(_posted(request), instance=request.user)
    if request.method == "POST" and form.is_valid():
        request.user.save(update_fields=list(choices.CHOICES))
        messages.success(request, _("Saved. It counts from the next mail on."))
        return redirect("mails")
    return render(request, "accounts/mails.html", {"form": form})


def _posted(request: SignedInRequest) -> QueryDict | None:
    """Also where no box is ticked."""
    return request.POST if request.method == "POST" else None


# A mail program that posts has neither cookie nor page: the token in the address is what counts.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mails_off(request: PortalRequest, token: str) -> HttpResponse:
    """A look changes nothing: programs that check the links of mails look, too. RFC 8058 wants a
    POST, and no redirect after it."""
    found = choices.read_token(request.tenant, token)
    if found is None:
        raise Http404
    user, choice = found
    if request.method == "POST":
        choices.switch_off(user, choice)
    is_off = request.method == "POST" or not getattr(user, choice)
    context = {"what": choices.CHOICES[choice], "is_off": is_off}
    response = render(request, "accounts/mails_off.html", context)
    response.headers["Referrer-Policy"] = "same-origin"  # the address is the key to it
    return response
