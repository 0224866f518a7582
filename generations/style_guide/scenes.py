"""The context that each component of the style guide is rendered with, by the samples."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import SUCCESS, WARNING
from django.contrib.messages.storage.base import Message
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import branding
from accounts.forms import SignUpForm
from accounts.ledger import Balance
from accounts.models import CreditHold
from accounts.requests import PortalRequest
from generations import failures, progress, team_names
from generations.forms import PhotoForm, TeamsForm
from generations.kits import KITS, Pattern
from generations.lumiq.contract import MAX_PHOTO_BYTES
from generations.retries import Obstacle
from generations.states import Shown, Status
from generations.style_guide import samples
from generations.views.create_page import build_steps

Context = dict[str, Any]


def nothing(request: PortalRequest) -> Context:
    return {}


def colours(request: PortalRequest) -> Context:
    """Those of the mode that the frame is in, as the portal has them."""
    mode = request.GET.get("mode", "")
    palette = branding.build_palette(request.tenant, mode) if mode in branding.MODES else {}
    return {"palette": {name: value for name, value in palette.items() if name.startswith("--")}}


def signed_out(request: PortalRequest) -> Context:
    return {"user": AnonymousUser(), "balance": None}


def signed_in(request: PortalRequest) -> Context:
    return {"user": samples.build_fan(request.tenant), "balance": Balance(available=180, held=90)}


def priced(request: PortalRequest) -> Context:
    return {"price": samples.PRICE}


def hero(request: PortalRequest) -> Context:
    sample = samples.build_card(samples.DrawnCard, samples.LEFT, samples.RIGHT, fan="Robin")
    usual = progress.usual_time(180, 300)
    return {"sample": sample, "usual_time": usual, **slots(request), **priced(request)}


def slots(request: PortalRequest) -> Context:
    return {"left": samples.LEFT, "right": samples.RIGHT}


def shirts(request: PortalRequest) -> Context:
    sizes = ("xs", "s", "m", "l", "xl", "xxl")
    return {"sizes": sizes, "kits": _kits(), "kit": KITS[samples.LONG_RIGHT]}


def cloth(request: PortalRequest) -> Context:
    """A kit of each pattern, and two reds, which must still be two sides."""
    kits = [next(kit for kit in KITS.values() if kit.pattern == pattern) for pattern in Pattern]
    return {"kits": kits, "reds": (KITS["Denmark"], KITS["Switzerland"])}


def scarves(request: PortalRequest) -> Context:
    return {"matches": samples.build_matches(), **slots(request)}


def matches(request: PortalRequest) -> Context:
    return {"matches": samples.build_matches()}


def pairing(request: PortalRequest) -> Context:
    match = samples.build_matches()[1]
    left, right = (team_names.shown_name(kit.team) for kit in (match.left, match.right))
    return {"match": match, "left": left, "right": right}


def picker(request: PortalRequest) -> Context:
    """Two that stand near the beginning of the list in every language."""
    chosen = {"team_left": "Argentina", "team_right": "Brazil"}
    return {"form": TeamsForm(initial=chosen), "kits": _kits()}


def picker_empty(request: PortalRequest) -> Context:
    form = TeamsForm(initial={"team_left": samples.LEFT})
    return {"form": form, "kits": _kits(), "searched": "Itly"}


def cards(request: PortalRequest) -> Context:
    return {"cards": samples.build_cards()}


def match_card(request: PortalRequest) -> Context:
    slugs = [KITS[team].slug for team in (samples.LONG_LEFT, samples.LONG_RIGHT)]
    return {"address": reverse("pairing-card", args=slugs)}


def player(request: PortalRequest) -> Context:
    return {"generation": _ready(request), "poster": samples.poster_url()}


def steps(request: PortalRequest) -> Context:
    draft = samples.build_draft(request.tenant)
    return {"draft": draft, "steps": build_steps(draft, "consent"), "step_number": 3}


def photo(request: PortalRequest) -> Context:
    return {"form": PhotoForm(), "draft": {}, "most_bytes": MAX_PHOTO_BYTES, **cost(request)}


def photo_taken(request: PortalRequest) -> Context:
    one = samples.Photo()
    crop = {"crop_left": 0, "crop_top": 0, "crop_width": one.width}
    form = PhotoForm(initial=crop)
    own = {
        "form": form,
        "draft": {"photo": one},
        "source": one,
        "largest": one,
        "next_words": _("Next: teams"),
    }
    return photo(request) | own


def cost(request: PortalRequest) -> Context:
    back = {"back_url": reverse("create-football"), "sells_credits": True}
    return {**_offer(available=180), **back}


def cost_short(request: PortalRequest) -> Context:
    return cost(request) | _offer(available=60)


def in_line(request: PortalRequest) -> Context:
    return _status(request, Status.QUEUED)


def being_made(request: PortalRequest) -> Context:
    return _status(request, Status.PROCESSING)


def owner(request: PortalRequest) -> Context:
    return {
        "hold": samples.build_hold(CreditHold.State.CAPTURED),
        "ledger_lines": samples.build_lines()[:1],
        "keeps_files": True,
        "has_story": True,
        "has_consents": True,
        **links(request),
        **priced(request),
    }


def links(request: PortalRequest) -> Context:
    video = _ready(request)
    address = request.build_absolute_uri("/").rstrip("/")
    return {"generation": video, "share_links": samples.build_links(video, address)}


def share_sheet(request: PortalRequest) -> Context:
    link = links(request)["share_links"][0]
    return {"generation": link.generation, "link": link, "page_url": link.url}


def history(request: PortalRequest) -> Context:
    return {"lines": samples.build_lines()}


def forms(request: PortalRequest) -> Context:
    answers = {"email": "robin@mail", "display_name": "Robin", "password": ""}
    return {"form": SignUpForm(answers, tenant=request.tenant)}


def states(request: PortalRequest) -> Context:
    return {"states": [{"shown_status": shown} for shown in Shown]}


def toasts(request: PortalRequest) -> Context:
    done = Message(SUCCESS, _("Thrown away, with its photo. Nothing was charged."))
    return {"told": [done, Message(WARNING, _("You cannot cancel now: the video is being made."))]}


def failure(request: PortalRequest) -> Context:
    video = samples.build_failed_video(request.tenant)
    return {
        "generation": video,
        "failure": failures.explain(video, Obstacle.FILES_UNFIT),
        "hold": samples.build_hold(CreditHold.State.RELEASED),
        "ledger_lines": samples.build_lines()[1:3],
        **priced(request),
    }


def _kits() -> list[Any]:
    return [KITS[team] for team in team_names.in_order(KITS)]


def _ready(request: PortalRequest) -> Any:
    return samples.build_ready_video(request.tenant)


def _offer(*, available: int) -> Context:
    left_after = available - samples.PRICE
    return {
        "price": samples.PRICE,
        "balance": Balance(available=available, held=0),
        "balance_after": max(0, left_after),
        "missing": max(0, -left_after),
    }


def _status(request: PortalRequest, status: Status) -> Context:
    video = samples.build_video(request.tenant, status)
    estimate = samples.build_estimate(video)
    return {
        "generation": video,
        "user": video.user,
        "hold": samples.build_hold(CreditHold.State.OPEN),
        "ledger_lines": samples.build_lines()[:1],
        "queue_position": estimate.position,
        "time_left": progress.time_left(estimate),
        "usual_time": progress.usual_time(estimate.low_seconds, estimate.high_seconds),
        "progress": progress.percent(video, estimate),
        "timeline": progress.build_timeline(video, samples.build_events(video), estimate),
    }
