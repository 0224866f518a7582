"""The two order pages: form, files, one call to the lifecycle, on to the video's page.

What was filled in is kept over an error: a good file becomes a draft of the user, used by the next
try or removed after a day. Nothing is charged by a draft.
"""

import uuid
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import ledger
from accounts.errors import InsufficientCredits
from accounts.requests import SignedInRequest
from generations import lifecycle, uploads
from generations.errors import SupplyExhausted, UnusableUpload
from generations.forms import AvatarForm, FootballForm
from generations.kits import KITS
from generations.lifecycle import Order
from generations.lumiq.contract import (
    AVATAR_CREDITS,
    FOOTBALL_CREDITS,
    FOOTBALL_RATIO,
    FOOTBALL_SECONDS,
)
from generations.models import Generation, Upload


@require_http_methods(["GET", "HEAD", "POST"])
def create_football(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        form = FootballForm(request.POST, request.FILES)
        if earlier := _earlier_order(request, form):
            return redirect(earlier)
        photo = _take_file(request, form, "photo", "draft_photo")
        if not form.errors and photo:
            data = form.cleaned_data
            order = Order(
                nonce=data["order_nonce"],
                product=Generation.Product.FOOTBALL,
                photo_id=photo.pk,
                credits=FOOTBALL_CREDITS,
                duration_seconds=FOOTBALL_SECONDS,
                ratio=FOOTBALL_RATIO,
                team_left=data["team_left"],
                team_right=data["team_right"],
            )
            if generation := _place(request, form, order, photo):
                return redirect(generation)
    else:
        photo = None
        form = FootballForm(initial=_wanted_teams(request))
    context = {
        "draft": photo,
        "kits": sorted(KITS.values(), key=lambda kit: kit.team),
        **_offer(request, FOOTBALL_CREDITS),
    }
    return _page(request, "create_football.html", form, context)


@require_http_methods(["GET", "HEAD", "POST"])
def create_avatar(request: SignedInRequest) -> HttpResponse:
    photo = clip = None
    form = AvatarForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if earlier := _earlier_order(request, form):
            return redirect(earlier)
        photo = _take_file(request, form, "photo", "draft_photo")
        clip = _take_file(request, form, "clip", "draft_clip")
        if not form.errors and photo and clip:
            data = form.cleaned_data
            order = Order(
                nonce=data["order_nonce"],
                product=Generation.Product.AVATAR,
                photo_id=photo.pk,
                clip_id=clip.pk,
                credits=AVATAR_CREDITS[data["duration"]],
                duration_seconds=data["duration"],
                ratio=data["ratio"],
                voice_id=data["voice_id"],
            )
            if generation := _place(request, form, order, photo, clip):
                return redirect(generation)
    context = {
        "draft": photo,
        "draft_clip_upload": clip,
        "prices": AVATAR_CREDITS,
        # One dock a length: the style sheet shows the one of the length that is chosen.
        "offers": [
            {"seconds": seconds, **_offer(request, price)}
            for seconds, price in AVATAR_CREDITS.items()
        ],
    }
    return _page(request, "create_avatar.html", form, context)


def _earlier_order(request: SignedInRequest, form: forms.Form) -> Generation | None:
    """A second click or a reload of the same page: the order it made before."""
    form.is_valid()  # an order with mistakes has its nonce all the same
    nonce: uuid.UUID | None = form.cleaned_data.get("order_nonce")
    if nonce is None:
        return None
    return Generation.objects.for_user(request.user).filter(order_nonce=nonce).first()


def _take_file(
    request: SignedInRequest, form: forms.Form, field: str, draft_field: str
) -> Upload | None:
    """The new file, checked and stored, or the draft of the try before. Errors go to the form."""
    kind = Upload.Kind.CLIP if field == "clip" else Upload.Kind.PHOTO
    drafts = Upload.objects.for_user(request.user).unused().filter(kind=kind)
    draft_id: uuid.UUID | None = form.cleaned_data.get(draft_field)
    draft = drafts.filter(pk=draft_id).first() if draft_id else None
    file = cast("UploadedFile[bytes] | None", form.cleaned_data.get(field))
    if file is None:
        if draft is None and field not in form.errors:
            form.add_error(field, _("The file of your last try is gone. Choose it again."))
        return draft
    try:
        accept = uploads.accept_clip if field == "clip" else uploads.accept_photo
        fresh = accept(request.user, file)
    except UnusableUpload as error:
        form.add_error(field, f"{error.message} {_('Nothing was charged.')}")
        return draft
    if draft:
        uploads.discard(draft)
    return fresh


def _place(
    request: SignedInRequest, form: forms.Form, order: Order, *files: Upload
) -> Generation | None:
    try:
        generation = lifecycle.queue(request.user, order)
    except InsufficientCredits as error:
        missing = error.needed - error.available
        form.add_error(None, _missing_credits(missing))
    except SupplyExhausted:
        form.add_error(
            None,
            _(
                "We cannot take new orders just now. Nothing was charged, and your photo is kept: "
                "try again in a few minutes."
            ),
        )
    else:
        for file in files:
            uploads.discard(file)  # only where a parallel click came first, with its own copy
        return generation
    return None


def _missing_credits(missing: int) -> str:
    return ngettext(
        "You need %(n)s more credit for this video. Nothing was charged.",
        "You need %(n)s more credits for this video. Nothing was charged.",
        missing,
    ) % {"n": missing}


def _page(
    request: SignedInRequest,
    template: str,
    form: forms.Form,
    context: dict[str, Any],
) -> HttpResponse:
    if form.errors and (earlier := _earlier_order(request, form)):
        return redirect(earlier)  # a parallel click came first and took the draft
    context["form"] = form
    return render(request, template, context, status=422 if form.errors else 200)


def _offer(request: SignedInRequest, price: int) -> dict[str, Any]:
    """What the dock says: the price, and what it leaves of the balance or lacks to it."""
    left_after = ledger.balance_of(request.user).available - price
    return {"price": price, "balance_after": max(0, left_after), "missing": max(0, -left_after)}


def _wanted_teams(request: SignedInRequest) -> dict[str, Any]:
    wanted = {"team_left": request.GET.get("left"), "team_right": request.GET.get("right")}
    teams: dict[str, Any] = {field: team for field, team in wanted.items() if team in KITS}
    return {**teams, "order_nonce": uuid.uuid4()}
