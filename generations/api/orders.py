"""POST /football, POST /avatar, POST /estimate."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from ninja import Router, UploadedFile

from accounts import ledger
from accounts.errors import InsufficientCredits, KeyCapReached
from accounts.models import ApiKey, User
from accounts.models.api_key import Scope
from generations import estimates, lifecycle, uploads
from generations.api import errors, parameters, schemas, test_mode
from generations.api.auth import caller, calling_key, requires
from generations.api.errors import ApiError, cap_reached
from generations.api.idempotency import once
from generations.api.responses import address, answers, refuse, too_few_credits
from generations.errors import SupplyExhausted, UnusableUpload
from generations.lifecycle import Order
from generations.lumiq import contract
from generations.models import Generation, Upload, Voice
from generations.outgoing.addresses import RefusedAddress, validate_url

MOST_METADATA = 10
LONGEST_METADATA_NAME, LONGEST_METADATA_TEXT = 40, 500

router = Router(tags=["Videos"])


@dataclass(frozen=True)
class Wish:
    """An order as it came, checked but for its files, its address and its metadata."""

    product: Generation.Product
    photo: UploadedFile
    credits: int
    duration_seconds: int
    ratio: str
    clip: UploadedFile | None = None
    team_left: str = ""
    team_right: str = ""
    voice_id: str = ""
    webhook_url: str = ""
    metadata: str = ""

    def sent(self) -> tuple[Any, ...]:
        """All that the caller sent, to know a repetition by."""
        fields = (self.duration_seconds, self.ratio, self.team_left, self.team_right)
        return (*fields, self.voice_id, self.webhook_url, self.metadata, self.photo, self.clip)


@router.post(
    "/football",
    auth=requires(Scope.CREATE),
    response=answers(schemas.Accepted, 402, 409, 413, 422, 503),
    openapi_extra=parameters.ORDER,
)
def football(
    request: HttpRequest,
    photo: parameters.Photo,
    team_left: parameters.TeamLeft,
    team_right: parameters.TeamRight,
    webhook_url: parameters.WebhookUrl,
    metadata: parameters.Metadata,
) -> dict[str, Any]:
    """Order a football fan video: a photo and two teams become 10 seconds in the crowd."""
    if team_left == team_right:
        raise refuse(errors.INVALID_TEAMS, "team_left and team_right must be two different teams.")
    wish = Wish(
        product=Generation.Product.FOOTBALL,
        photo=photo,
        credits=contract.FOOTBALL_CREDITS,
        duration_seconds=contract.FOOTBALL_SECONDS,
        ratio=contract.FOOTBALL_RATIO,
        team_left=team_left,
        team_right=team_right,
        webhook_url=webhook_url,
        metadata=metadata,
    )
    return _place(request, wish)


@router.post(
    "/avatar",
    auth=requires(Scope.CREATE),
    response=answers(schemas.Accepted, 402, 409, 413, 422, 503),
    openapi_extra=parameters.ORDER,
)
def avatar(
    request: HttpRequest,
    video: parameters.Clip,
    photo: parameters.Photo,
    duration: parameters.Duration,
    ratio: parameters.Ratio,
    voice_id: parameters.VoiceId,
    webhook_url: parameters.WebhookUrl,
    metadata: parameters.Metadata,
) -> dict[str, Any]:
    """Order an avatar video: the person of the photo takes the place of the one in the clip."""
    if voice_id and not Voice.objects.offered().filter(voice_id=voice_id).exists():
        raise refuse(errors.INVALID_VOICE, "Send one of GET /voices, or none.")
    wish = Wish(
        product=Generation.Product.AVATAR,
        photo=photo,
        clip=video,
        credits=contract.AVATAR_CREDITS[duration],
        duration_seconds=duration,
        ratio=ratio,
        voice_id=voice_id,
        webhook_url=webhook_url,
        metadata=metadata,
    )
    return _place(request, wish)


@router.post("/estimate", auth=requires(Scope.READ), response=answers(schemas.Estimate))
def estimate(
    request: HttpRequest,
    product: parameters.Product,
    duration: parameters.Duration,
) -> dict[str, Any]:
    """What a video would cost and when it would be there. Nothing is ordered."""
    user = caller(request)
    seconds, credits = int(duration), contract.AVATAR_CREDITS[duration]
    if product == "football":
        seconds, credits = contract.FOOTBALL_SECONDS, contract.FOOTBALL_CREDITS
    balance = ledger.balance_of(user).available
    outlook = estimates.expect_new(user, Generation.Product(product), seconds)
    return {
        "success": True,
        "credits": credits,
        "credits_balance": balance,
        "is_affordable": balance >= credits,
        "estimated_time": estimates.in_lumiqs_words(outlook),
    }


def _place(request: HttpRequest, wish: Wish) -> dict[str, Any]:
    extra = {
        "metadata": _read_metadata(wish.metadata),
        "webhook_url": _check_webhook_url(wish.webhook_url),
    }
    return once(request, wish.sent(), lambda nonce: _order(request, wish, extra, nonce))


def _order(
    request: HttpRequest, wish: Wish, extra: dict[str, Any], nonce: uuid.UUID | None
) -> dict[str, Any]:
    user = caller(request)
    generation = None
    if nonce:
        generation = Generation.objects.filter(user=user, order_nonce=nonce).first()
    if generation is None:
        extra = {**extra, "test_scenario": test_mode.admit(request)}
        generation = _queue(calling_key(request), wish, extra, nonce or uuid.uuid4())
    return {
        "success": True,
        "task_id": str(generation.pk),
        "status": contract.PROCESSING,
        "credits_used": generation.credits,
        "credits_remaining": ledger.balance_of(user).available,
        "estimated_time": estimates.in_lumiqs_words(estimates.expect(generation)),
        "check_status": address(request, "api:status", generation),
    }


def _queue(key: ApiKey, wish: Wish, extra: dict[str, Any], nonce: uuid.UUID) -> Generation:
    user = key.user
    balance = ledger.balance_of(user).available
    if balance < wish.credits and not key.is_test:
        raise too_few_credits(wish.credits, balance)  # before the files cost us work
    files = _keep_files(user, wish)
    order = Order(
        nonce=nonce,
        product=wish.product,
        photo_id=files[0].pk,
        clip_id=files[1].pk if wish.clip else None,
        credits=wish.credits,
        duration_seconds=wish.duration_seconds,
        ratio=wish.ratio,
        team_left=wish.team_left,
        team_right=wish.team_right,
        voice_id=wish.voice_id,
        is_prepared=False,
        api_key=key,
        is_test=key.is_test,
        **extra,
    )
    try:
        generation = _take(user, order)
    except BaseException:
        for file in files:
            uploads.discard(file)
        raise
    if generation.photo_id != order.photo_id:  # a parallel call with this nonce was first
        for file in files:
            uploads.discard(file)
    return generation


def _take(user: User, order: Order) -> Generation:
    try:
        return lifecycle.queue(user, order)
    except InsufficientCredits as error:
        raise too_few_credits(order.credits, error.available) from error
    except KeyCapReached as error:
        raise cap_reached(error) from error
    except SupplyExhausted as error:
        detail = "Nothing was charged. Try again later."
        raise ApiError(errors.SUPPLY_EXHAUSTED, detail) from error


def _keep_files(user: User, wish: Wish) -> list[Upload]:
    try:
        photo = uploads.keep_photo(user, wish.photo)
    except UnusableUpload as error:
        raise refuse(errors.INVALID_PHOTO, error.message) from error
    if wish.clip is None:
        return [photo]
    try:
        return [photo, uploads.keep_clip(user, wish.clip)]
    except UnusableUpload as error:
        uploads.discard(photo)
        raise refuse(errors.INVALID_VIDEO, error.message) from error


def _check_webhook_url(url: str) -> str:
    try:
        return validate_url(url) if url else ""
    except RefusedAddress as error:
        raise refuse(errors.INVALID_WEBHOOK_URL, error.message) from error


def _read_metadata(text: str) -> dict[str, str]:
    if not text:
        return {}
    wanted = (
        f"metadata must be a JSON object of at most {MOST_METADATA} names "
        f"({LONGEST_METADATA_NAME} characters) with texts ({LONGEST_METADATA_TEXT})."
    )
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse(errors.INVALID_METADATA, wanted) from error
    if not isinstance(found, dict) or len(found) > MOST_METADATA:
        raise refuse(errors.INVALID_METADATA, wanted)
    for name, value in found.items():
        if not _is_metadata(name, LONGEST_METADATA_NAME) or not _is_metadata(
            value, LONGEST_METADATA_TEXT
        ):
            raise refuse(errors.INVALID_METADATA, wanted)
    return found


def _is_metadata(value: Any, longest: int) -> bool:
    """PostgreSQL takes no NUL, and no half of a surrogate pair, in JSON."""
    return (
        isinstance(value, str)
        and len(value) <= longest
        and "\0" not in value
        and not any("\ud800" <= character <= "\udfff" for character in value)
    )
