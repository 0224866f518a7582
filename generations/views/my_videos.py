"""The owner's list, and what is done to several of its videos at once."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import SignedInRequest
from generations import deletion, my_videos, sharing
from generations.deletion import StillBeingMade
from generations.errors import StaleTransition
from generations.lumiq.contract import FILE_LIFETIME_DAYS, FOOTBALL_CREDITS
from generations.models import Generation
from generations.states import Shown


@require_safe
def videos(request: SignedInRequest) -> HttpResponse:
    wanted = my_videos.read_filter(request.GET.dict())
    rows = my_videos.find(request.user, wanted)
    page = Paginator(rows, my_videos.PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "wanted": wanted,
        "states": Shown.values,
        "products": Generation.Product.values,
        "teams": my_videos.teams_of(request.user),
        "levels": Generation.Visibility.choices,
        "price": FOOTBALL_CREDITS,
    }
    return render(request, "videos.html", context)


@require_POST
def set_visibilities(request: SignedInRequest) -> HttpResponse:
    level = request.POST.get("visibility", "")
    if level not in Generation.Visibility.values:
        return HttpResponseBadRequest("unknown visibility")
    chosen = my_videos.find_chosen(request.user, request.POST.getlist("video"))
    ready = [generation for generation in chosen if generation.is_ready]
    for generation in ready:
        sharing.set_visibility(generation, Generation.Visibility(level))
    if not chosen:
        messages.error(request, _("Choose the videos first. Nothing was changed."))
    if ready:
        messages.success(request, _changed(len(ready), level))
    if left_out := len(chosen) - len(ready):
        messages.warning(request, _not_ready(left_out))
    return redirect(_list_address(request))


@require_http_methods(["GET", "HEAD", "POST"])
def delete_videos(request: SignedInRequest) -> HttpResponse:
    """Asks first. A POST from the list only brings the choice here."""
    is_post = request.method == "POST"
    ids = (request.POST if is_post else request.GET).getlist("video")
    chosen = my_videos.find_chosen(request.user, ids)
    if is_post and request.POST.get("confirmed"):
        _delete(request, chosen)
        return redirect("videos")
    if not chosen:
        if not is_post:
            raise Http404
        messages.error(request, _("Choose the videos first. Nothing was deleted."))
        return redirect(_list_address(request))
    if is_post:
        query = urlencode([("video", generation.pk) for generation in chosen])
        return redirect(f"{reverse('videos-deletion')}?{query}")
    being_made = [row for row in chosen if row.is_active and not row.can_be_cancelled]
    context = {
        "chosen": [row for row in chosen if row not in being_made],
        "being_made": being_made,
        "waiting_credits": sum(row.credits for row in chosen if row.can_be_cancelled),
        "kept_days": FILE_LIFETIME_DAYS,
    }
    return render(request, "videos_deletion.html", context)


def _delete(request: SignedInRequest, chosen: list[Generation]) -> None:
    gone = 0
    for generation in chosen:
        try:
            deletion.delete(generation)
            gone += 1
        except (StillBeingMade, StaleTransition):
            continue
    if gone:
        words = ngettext("%(n)s video deleted.", "%(n)s videos deleted.", gone) % {"n": gone}
        messages.success(request, words)
    if left := len(chosen) - gone:
        words = ngettext(
            "%(n)s video is being made and was not deleted. Delete it when it is ready.",
            "%(n)s videos are being made and were not deleted. Delete them when they are ready.",
            left,
        )
        messages.warning(request, words % {"n": left})


def _changed(number: int, level: str) -> str:
    if level == Generation.Visibility.PRIVATE:
        words = ngettext(
            "Only you can see %(n)s video now. Its links are paused.",
            "Only you can see %(n)s videos now. Their links are paused.",
            number,
        )
    elif level == Generation.Visibility.PUBLIC:
        words = ngettext(
            "Everybody can see %(n)s video now.", "Everybody can see %(n)s videos now.", number
        )
    else:
        words = ngettext(
            "Who can see it was changed for %(n)s video.",
            "Who can see them was changed for %(n)s videos.",
            number,
        )
    return words % {"n": number}


def _not_ready(number: int) -> str:
    words = ngettext(
        "%(n)s video is not ready and stays as it is.",
        "%(n)s videos are not ready and stay as they are.",
        number,
    )
    return words % {"n": number}


def _list_address(request: SignedInRequest) -> str:
    """The list as it was narrowed: its form has the filter in its address."""
    query = request.GET.urlencode()
    return f"{reverse('videos')}?{query}" if query else reverse("videos")
