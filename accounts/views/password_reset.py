"""Password reset by mail, within one portal."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import people
from accounts.forms import PasswordResetForm
from accounts.requests import PortalRequest


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PortalRequest) -> HttpResponse:
    form = PasswordResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        people.send_password_reset(request.tenant, form.cleaned_data["email"])
        return redirect("password-reset-sent")
    return render(
        request,
        "accounts/password_reset.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


@login_not_required
@require_safe
def sent(request: PortalRequest) -> HttpResponse:
    return render(request, "accounts/password_reset_sent.html")


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: PortalRequest, uidb64: str, token: str) -> HttpResponse:
    user = people.user_for_reset(request.tenant, uidb64, token)
    if user is None:
        context = {"validlink": False}
        return render(request, "accounts/password_reset_confirm.html", context, status=404)
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        people.set_password(user, form.cleaned_data["new_password1"])
        return redirect("password-reset-done")
    response = render(
        request,
        "accounts/password_reset_confirm.html",
        {"form": form, "validlink": True},
        status=422 if form.errors else 200,
    )
    # The address is the secret. With "no-referrer" browsers would send the form without its origin,
    # and that is refused.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@login_not_required
@require_safe
def done(request: PortalRequest) -> HttpResponse:
    return render(request, "accounts/password_reset_done.html")
