"""Become a user of this portal."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import people
from accounts.forms import SignUpForm
from accounts.requests import PortalRequest
from accounts.views.sign_in import next_address


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: PortalRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(next_address(request))
    form = SignUpForm(request.POST or None, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        try:
            user = people.sign_up(request.tenant, language=get_language(), **form.cleaned_data)
        except ValidationError as error:
            # Somebody signed up with this address between the check and the insert.
            form.add_error("email", error.messages[0])
        else:
            login(request, user)
            return redirect(next_address(request, default="create-football"))
    return render(
        request,
        "accounts/sign_up.html",
        {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")},
        status=422 if form.errors else 200,
    )
