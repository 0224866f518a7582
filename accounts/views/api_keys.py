"""The account's API keys. A new key is part of one answer, which nobody keeps."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import api_keys
from accounts.api_key_forms import ApiKeyForm, NewApiKeyForm
from accounts.errors import KeyIssuedAlready, KeyNotLive, TooManyKeys
from accounts.models import ApiKey
from accounts.requests import SignedInRequest

MOST_ENDED_SHOWN = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys_page(request: SignedInRequest) -> HttpResponse:
    form = NewApiKeyForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _show_list(request, form)
    try:
        key, text = api_keys.issue(request.user, **form.as_properties())
    except TooManyKeys:
        form.add_error(None, _too_many())
        return _show_list(request, form)
    except KeyIssuedAlready:
        messages.warning(request, _shown_before())
        return redirect("api-keys")
    return _show_once(request, key, text)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def api_key_page(request: SignedInRequest, key_id: int) -> HttpResponse:
    key = _get_key(request, key_id)
    form = ApiKeyForm.for_key(key, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "accounts/api_key.html", {"key": key, "form": form}, status=status)
    try:
        api_keys.edit(key, **form.cleaned_data)
    except KeyNotLive:
        messages.error(request, _("This key has ended. Nothing was changed."))
    else:
        messages.success(request, _("Saved. It holds from the key’s next request on."))
    return redirect("api-key", key.pk)


@never_cache
@require_POST
def rotate_api_key(request: SignedInRequest, key_id: int) -> HttpResponse:
    key = _get_key(request, key_id)
    try:
        new, text = api_keys.rotate(key)
    except TooManyKeys:
        messages.error(request, _too_many())
    except KeyNotLive:
        key.refresh_from_db()
        told = _shown_before() if key.replaced_at else _("This key has ended.")
        messages.warning(request, told)
    else:
        return _show_once(request, new, text, replaced=key)
    return redirect("api-key", key.pk)


@require_POST
def revoke_api_key(request: SignedInRequest, key_id: int) -> HttpResponse:
    key = _get_key(request, key_id)
    api_keys.revoke(key)
    messages.success(
        request, _("“%(name)s” is revoked. It opens nothing any more.") % {"name": key.name}
    )
    return redirect("api-keys")


def _get_key(request: SignedInRequest, key_id: int) -> ApiKey:
    keys = ApiKey.objects.for_user(request.user).with_used_credits()
    return get_object_or_404(keys, pk=key_id)


def _show_list(request: SignedInRequest, form: NewApiKeyForm) -> HttpResponse:
    keys = ApiKey.objects.for_user(request.user)
    live = keys.live().with_used_credits()
    context = {
        "form": form,
        "live_keys": live,
        "ended_keys": keys.exclude(pk__in=keys.live())[:MOST_ENDED_SHOWN],
        "has_room": len(live) < api_keys.MOST_LIVE_KEYS,
        "most": api_keys.MOST_LIVE_KEYS,
        "base_url": request.build_absolute_uri(reverse("api:api-root")).rstrip("/"),
    }
    return render(request, "accounts/api_keys.html", context, status=422 if form.is_bound else 200)


def _show_once(
    request: SignedInRequest, key: ApiKey, text: str, *, replaced: ApiKey | None = None
) -> HttpResponse:
    """In the answer to the POST: nothing that could be read again later has to hold the key.

    A reload sends the form again, which finds it spent.
    """
    context = {
        "key": key,
        "text": text,
        "replaced": replaced,
        "account_url": request.build_absolute_uri(reverse("api:account")),
    }
    return render(request, "accounts/api_key_issued.html", context)


def _too_many() -> str:
    return _("You have %(most)s live keys, which is the most. Revoke one first.") % {
        "most": api_keys.MOST_LIVE_KEYS
    }


def _shown_before() -> str:
    return _(
        "This was done already, and a key is shown once only. If you have not copied the new "
        "key, rotate it to get another."
    )
