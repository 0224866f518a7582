"""What people are told by mail of their videos, their credits and their webhooks."""

import io
import uuid

from django.conf import settings
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from accounts import ledger
from accounts.mails import outbox
from accounts.mails.kinds import Content, register
from accounts.models import CreditHold, Mail, User
from accounts.tenancy import build_url
from generations import failures, retries
from generations.lumiq.contract import FOOTBALL_CREDITS
from generations.models import Generation, WebhookEndpoint
from generations.states import Status
from generations.storing import StorageAway, named_failures

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
    told = failures.explain(generation, retries.find_obstacle(generation))
    return Content({**_facts_of(generation), "what": told.title, "advice": told.advice})


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
        "title": generation.title,
        "hold": CreditHold.objects.filter(generation_id=generation.pk).first(),
        "url": build_url(generation.tenant, generation.get_absolute_url()),
    }


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
