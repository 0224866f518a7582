"""The way to an order: where it begins, its steps, and where it ends without one.

Each step has an address and one form; its answers go into the user's draft (generations.drafts).
The order itself is generations.views.create_review.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import SignedInRequest
from generations import consents, crops, drafts, team_names, uploads
from generations.errors import DraftChanged, UnusableUpload
from generations.forms import ClipForm, ConsentForm, PhotoForm, TeamsForm
from generations.kits import KITS
from generations.lumiq.contract import AVATAR_CREDITS, MAX_CLIP_BYTES, MAX_PHOTO_BYTES
from generations.models import Consent, Draft, Generation, Upload
from generations.views.create_page import offer_of, render_step


def _again_if_changed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What was ordered or thrown away on another device while this page was open."""

    @wraps(view)
    def answer(request: SignedInRequest, **arguments: str) -> HttpResponse:
        try:
            return view(request, **arguments)
        except DraftChanged:
            messages.info(request, _("This was ordered or thrown away meanwhile. Begin here."))
            return redirect(request.path)

    return answer


@never_cache
@require_safe
@_again_if_changed
def begin(request: SignedInRequest, product: str) -> HttpResponse:
    """Goes on where the draft is. `?left=` and `?right=` name teams, `?photo=` an earlier photo."""
    draft = _find(request, product)
    teams = _wanted_teams(request, draft) if product == Generation.Product.FOOTBALL else {}
    photo = _wanted_photo(request)
    if teams or photo:
        draft = drafts.begin(request.user, product)
        if any(getattr(draft, side) != team for side, team in teams.items()):
            drafts.change(draft, **teams)
        if photo and photo != draft.photo:
            drafts.reuse_photo(draft, photo)
    return redirect(draft)


@require_POST
def throw_away(request: SignedInRequest, product: str) -> HttpResponse:
    if draft := drafts.find(request.user, product):
        drafts.remove(draft)
    messages.success(request, _("Thrown away, with its photo. Nothing was charged."))
    return redirect(f"create-{product}-photo")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_again_if_changed
def photo(request: SignedInRequest, product: str) -> HttpResponse:
    draft = _find(request, product)
    form = PhotoForm(**_sent(request), initial=_crop_of(draft))
    if form.is_bound and form.is_valid():
        draft = drafts.begin(request.user, product)
        data = form.cleaned_data
        try:
            if data["photo"]:
                file = cast("UploadedFile[bytes]", data["photo"])
                drafts.put_photo(draft, uploads.accept_photo(request.user, file))
                return redirect(draft.address_of("photo"))  # to look at what is sent
            if draft.is_done("photo"):
                _move_crop(draft, data)
                return redirect(draft.address_of(draft.step_after("photo")))
        except UnusableUpload as error:
            form.add_error("photo", _not_charged(error.message))
        else:
            form.add_error("photo", _("Add a photo of the fan. Nothing was charged."))
    source = draft.source or draft.photo
    context = {
        "most_bytes": MAX_PHOTO_BYTES,
        "source": source,
        "largest": crops.centred(source.width, source.height) if source else None,
        "least_width": crops.LEAST_WIDTH,
    }
    return render_step(request, draft, "photo", form, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_again_if_changed
def teams(request: SignedInRequest) -> HttpResponse:
    product = Generation.Product.FOOTBALL
    draft = _find(request, product)
    chosen = {"team_left": draft.team_left, "team_right": draft.team_right}
    form = TeamsForm(**_sent(request), initial=chosen)
    if form.is_bound and form.is_valid():
        draft = drafts.begin(request.user, product)
        drafts.change(draft, **form.cleaned_data)
        return redirect(draft.address_of(draft.step_after("teams")))
    context = {"kits": [KITS[team] for team in team_names.in_order(KITS)]}
    return render_step(request, draft, "teams", form, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_again_if_changed
def clip(request: SignedInRequest) -> HttpResponse:
    product = Generation.Product.AVATAR
    draft = _find(request, product)
    initial = {name: getattr(draft, name) for name in ("duration_seconds", "ratio", "voice_id")}
    form = ClipForm(**_sent(request), initial=initial)
    if form.is_bound and form.is_valid():
        draft = drafts.begin(request.user, product)
        answers = form.cleaned_data
        file = cast("UploadedFile[bytes] | None", answers.pop("clip"))
        drafts.change(draft, **answers)
        try:
            if file:
                drafts.put_clip(draft, uploads.accept_clip(request.user, file))
                return redirect(draft.address_of("clip"))
        except UnusableUpload as error:
            form.add_error("clip", _not_charged(error.message))
        else:
            if draft.is_done("clip"):
                return redirect(draft.address_of(draft.step_after("clip")))
            form.add_error("clip", _("Add the clip to start from. Nothing was charged."))
    context = {
        "most_bytes": MAX_CLIP_BYTES,
        "prices": AVATAR_CREDITS,
        # One dock a length: the style sheet shows the one of the length that is chosen.
        "offers": [
            {"seconds": seconds, **offer_of(request.user, price)}
            for seconds, price in AVATAR_CREDITS.items()
        ],
    }
    return render_step(request, draft, "clip", form, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_again_if_changed
def consent(request: SignedInRequest, product: str) -> HttpResponse:
    draft = _find(request, product)
    form = ConsentForm(**_sent(request), draft=draft, tenant=request.tenant)
    if form.is_bound and form.is_valid():
        draft = drafts.begin(request.user, product)
        drafts.change(draft, consents=_take_consents(request, product, form))
        return redirect(draft.address_of(draft.step_after("consent")))
    return render_step(request, draft, "consent", form, {})


def _sent(request: SignedInRequest) -> dict[str, Any]:
    """Also where nothing was filled in: that is told as well."""
    if request.method != "POST":
        return {}
    return {"data": request.POST, "files": request.FILES}


def _find(request: SignedInRequest, product: str) -> Draft:
    """The draft, or an empty one that is not stored: looking at a page begins nothing."""
    return drafts.find(request.user, product) or Draft(
        user=request.user, tenant=request.tenant, product=product
    )


def _wanted_teams(request: SignedInRequest, draft: Draft) -> dict[str, str]:
    """Those that there are, and no team on both sides: the one in the address stays where it is."""
    asked = {"team_left": request.GET.get("left", ""), "team_right": request.GET.get("right", "")}
    wanted = {side: team for side, team in asked.items() if team in KITS}
    if not wanted:
        return {}
    teams = {"team_left": draft.team_left, "team_right": draft.team_right, **wanted}
    if teams["team_left"] == teams["team_right"]:
        teams["team_left" if list(wanted) == ["team_right"] else "team_right"] = ""
    return teams


def _wanted_photo(request: SignedInRequest) -> Upload | None:
    asked = request.GET.get("photo")
    if not asked:
        return None
    try:
        photo_id = uuid.UUID(asked)
    except ValueError:
        photo_id = uuid.UUID(int=0)
    mine = Upload.objects.for_user(request.user).filter(kind=Upload.Kind.PHOTO, is_prepared=True)
    found = mine.exclude(file="").filter(pk=photo_id).first()
    if found is None:
        messages.info(request, _("That photo is not kept any more. Add one here."))
    return found


def _crop_of(draft: Draft) -> dict[str, int]:
    return {name: getattr(draft, name) for name in ("crop_left", "crop_top", "crop_width")}


def _move_crop(draft: Draft, data: dict[str, Any]) -> None:
    left, top, width = (data.get(name) for name in ("crop_left", "crop_top", "crop_width"))
    if left is not None and top is not None and width:
        drafts.move_crop(draft, left=left, top=top, width=width)


def _take_consents(
    request: SignedInRequest, product: str, form: forms.Form
) -> list[dict[str, str]]:
    data = form.cleaned_data
    return [
        consents.take(
            request, request.tenant, product, purpose, data["relation"], data["subject_name"]
        ).as_json()
        for purpose in Consent.Purpose
        if data[purpose]
    ]


def _not_charged(message: str) -> str:
    return f"{message} {_('Nothing was charged.')}"
