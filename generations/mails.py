"""What people are told by mail of their videos, their credits and their webhooks."""

import io
import uuid

from django.conf import settings
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from PIL import Image

from accounts import ledger
from accounts.mails import outbox
from accounts.mails.kinds import Content, register
from accounts.models import CreditHold, Mail, User
from accounts.tenancy import build_url
from generations.lumiq.contract import FOOTBALL_CREDITS
from generations.models import Generation, WebhookEndpoint
from generations.states import Reason, Status
from generations.storing import StorageAway, named_failures
from generations.team_names import shown_name

# Twice the width of the picture in the mail.
_POSTER_WIDTH = 1072

_KINDS = {Status.READY: "video_ready", Status.FAILED: "video_failed"}


def tell_outcome(generation_id: uuid.UUID, status: Status) -> None:
    """Call in the transaction that ends the video. Nothing for what a program has ordered: its
    owner has webhooks."""
    generation = Generation.objects.select_related("user__tenant").get(pk=generation_id)
    if status not in _KINDS or generation.is_test or generation.api_key_id is not None:
        return
    facts = {"generation": str(generation_id)}
    outbox.post(_KINDS[status], generation.user, about=generation_id, facts=facts)


@register("video_ready", choice="wants_ready_mails")
def video_ready(mail: Mail, user: User) -> Content | None:
    generation = _find(mail, Status.READY)
    if generation is None:
        return None
    poster = _read_poster(generation)
    context = {**_facts_of(generation), "has_poster": bool(poster)}
    return Content(context, {"poster": poster} if poster else {})


@register("video_failed", choice="wants_failed_mails")
def video_failed(mail: Mail, user: User) -> Content | None:
    generation = _find(mail, Status.FAILED)
    if generation is None:
        return None  # it came after all: another mail says so
    what, advice = _words_of(generation)
    context = {
        "what": what,
        "advice": advice,
        "again_url": build_url(mail.tenant, _again(generation)),
    }
    return Content({**_facts_of(generation), **context})


@register("wallet_low", choice="wants_balance_mails")
def wallet_low(mail: Mail, user: User) -> Content | None:
    credits = ledger.balance_of(user).available
    if credits >= mail.facts["below"]:
        return None  # there is a pool to draw on, or there are new credits since
    page = build_url(mail.tenant, reverse("wallet", settings.PORTAL_URLCONF))
    return Content({"credits": credits, "price": FOOTBALL_CREDITS, "page": page})


@register("pool_low")
def pool_low(mail: Mail, user: User) -> Content | None:
    credits = ledger.pool_of(mail.tenant)
    if credits >= mail.facts["below"] or not user.is_tenant_staff:
        return None
    path = reverse("admin:accounts_tenant_change", settings.PORTAL_URLCONF, args=[mail.tenant.pk])
    page = build_url(mail.tenant, path)
    return Content({"credits": credits, "price": FOOTBALL_CREDITS, "page": page})


@register("webhook_disabled")
def webhook_disabled(mail: Mail, user: User) -> Content | None:
    endpoint = WebhookEndpoint.objects.filter(pk=mail.facts["endpoint"], is_enabled=False).first()
    if endpoint is None:
        return None
    return Content(
        {
            "endpoint": endpoint,
            "reason": WebhookEndpoint.Disabled(endpoint.disabled_reason).label,
            "page": build_url(mail.tenant, endpoint.get_absolute_url()),
        }
    )


def _find(mail: Mail, status: Status) -> Generation | None:
    pk = mail.facts["generation"]
    return Generation.objects.filter(pk=pk, status=status, deleted_at=None).first()


def _facts_of(generation: Generation) -> dict[str, object]:
    """`hold` is what the ledger says, for partials/_cost_sentence.html."""
    return {
        "generation": generation,
        "title": _title_of(generation),
        "hold": CreditHold.objects.filter(generation_id=generation.pk).first(),
        "url": build_url(generation.tenant, generation.get_absolute_url()),
    }


def _title_of(generation: Generation) -> str:
    if not generation.team_left:
        return _("Avatar video, %(seconds)s s") % {"seconds": generation.duration_seconds}
    sides = {"left": shown_name(generation.team_left), "right": shown_name(generation.team_right)}
    return _("%(left)s v %(right)s") % sides


def _words_of(generation: Generation) -> tuple[str, str]:
    """What happened, and what to do: the words of the video's page."""
    another = (
        _("Try another photo: one where you look at the camera and nobody else is in it.")
        if generation.team_left
        else _("Try another photo or another clip.")
    )
    words = {
        Reason.PHOTO_UNUSABLE: (
            _("We could not read your photo any more"),
            _("Upload it again, or choose another one."),
        ),
        Reason.CLIP_UNUSABLE: (
            _("We could not use the clip"),
            _("Use a steady clip of 5 to 20 seconds with one person in it."),
        ),
        Reason.REFUSED_UPSTREAM: (_("The video could not be made from this"), another),
        Reason.TIMED_OUT: (
            _("This took too long"),
            _("We stopped waiting. Order it again; the same photo will do."),
        ),
    }
    not_yours = _("That was not your photo's fault. Order it again; the same photo will do.")
    words[Reason.FILE_LOST] = (_("The finished video was lost"), not_yours)
    known = {reason.value: sentences for reason, sentences in words.items()}
    return known.get(generation.reason, (_("The video did not come out"), not_yours))


def _again(generation: Generation) -> str:
    if not generation.team_left:
        return reverse("create-avatar", settings.PORTAL_URLCONF)
    teams = urlencode({"left": generation.team_left, "right": generation.team_right})
    return f"{reverse('create-football', settings.PORTAL_URLCONF)}?{teams}"


def _read_poster(generation: Generation) -> bytes:
    """Empty where there is none, or the storage is away: the mail goes without it."""
    if not generation.poster:
        return b""
    try:
        with named_failures(), default_storage.open(str(generation.poster.name)) as file:
            picture = Image.open(file).convert("RGB")
    except (StorageAway, OSError):
        return b""
    picture.thumbnail((_POSTER_WIDTH, _POSTER_WIDTH))
    small = io.BytesIO()
    picture.save(small, "JPEG", quality=82)
    return small.getvalue()
