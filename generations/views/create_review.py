"""The last step: what will be sent and what it costs, and the order.

The page carries the draft's nonce. A second click, a reload or another tab finds the order that
the first one made; a page that shows what the draft no longer says orders nothing.
"""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.errors import InsufficientCredits
from accounts.requests import SignedInRequest
from generations import drafts
from generations.errors import DraftChanged, SupplyExhausted
from generations.forms import ReviewForm
from generations.models import Draft, Generation, Voice
from generations.views.create_page import render_step


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: SignedInRequest, product: str) -> HttpResponse:
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        form.is_valid()
        nonce: uuid.UUID | None = form.cleaned_data.get("order_nonce")
        ordered = _ordered(request, nonce) or _place(request, product, form, nonce)
        if ordered:
            return redirect(ordered)
    draft = drafts.find(request.user, product)
    if draft is None:
        return redirect(f"create-{product}")
    if draft.open_step != "review":
        return redirect(draft)
    if not form.errors:
        form = ReviewForm(initial={"order_nonce": draft.order_nonce})
    return render_step(request, draft, "review", form, {"voice": _voice_of(draft)})


def _ordered(request: SignedInRequest, nonce: uuid.UUID | None) -> Generation | None:
    if nonce is None:
        return None
    return Generation.objects.for_user(request.user).filter(order_nonce=nonce).first()


def _place(
    request: SignedInRequest, product: str, form: forms.Form, nonce: uuid.UUID | None
) -> Generation | None:
    try:
        return drafts.place(request.user, product, nonce or uuid.uuid4())
    except DraftChanged:
        if ordered := _ordered(request, nonce):
            return ordered  # a click at the same moment came first
        form.errors.clear()
        messages.info(
            request,
            _(
                "Your answers were changed since this page was shown. Nothing was charged: look at "
                "them once more."
            ),
        )
    except InsufficientCredits as error:
        form.add_error(None, _missing_credits(error.needed - error.available))
    except SupplyExhausted:
        form.add_error(
            None,
            _(
                "We cannot take new orders just now. Nothing was charged, and all you filled in is "
                "kept: try again in a few minutes."
            ),
        )
    return None


def _missing_credits(missing: int) -> str:
    return ngettext(
        "You need %(n)s more credit for this video. Nothing was charged.",
        "You need %(n)s more credits for this video. Nothing was charged.",
        missing,
    ) % {"n": missing}


def _voice_of(draft: Draft) -> str:
    named = Voice.objects.filter(voice_id=draft.voice_id).first() if draft.voice_id else None
    return named.name if named else _("Standard voice (female, US English)")
