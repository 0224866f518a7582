"""POST /football, GET /status/{id}, GET /download/{id}."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from ninja import File, Form, Router, UploadedFile

from accounts import ledger
from accounts.errors import InsufficientCredits
from accounts.models import ApiKey
from generations import estimates, lifecycle, uploads
from generations.api import test_mode
from generations.api.auth import caller, calling_key
from generations.api.errors import (
    INVALID_PHOTO,
    INVALID_TEAMS,
    NO_CALLBACKS,
    SUPPLY_EXHAUSTED,
    ApiError,
)
from generations.errors import SupplyExhausted, UnusableUpload
from generations.lifecycle import Order
from generations.lumiq import contract
from generations.models import Generation
from generations.serving import serve
from generations.states import ACTIVE, Status
from generations.test_mode import find_orders

router = Router()


@router.post("/football")
def football(
    request: HttpRequest,
    photo: File[UploadedFile | None] = None,
    team_left: Form[str] = "",
    team_right: Form[str] = "",
    webhook_url: Form[str] = "",
) -> dict[str, Any]:
    user = caller(request)
    scenario = test_mode.admit(request)
    if photo is None:
        raise ApiError(contract.MISSING_FILES, "Send the photo as a file named photo.")
    if team_left not in contract.TEAMS or team_right not in contract.TEAMS:
        raise ApiError(INVALID_TEAMS, "team_left and team_right must be of the documented teams.")
    if team_left == team_right:
        raise ApiError(INVALID_TEAMS, "team_left and team_right must be two different teams.")
    if webhook_url:
        raise ApiError(NO_CALLBACKS, "Leave webhook_url out and poll the status.")
    generation = _order(calling_key(request), photo, team_left, team_right, scenario)
    return {
        "success": True,
        "task_id": str(generation.pk),
        "status": contract.PROCESSING,
        "credits_used": generation.credits,
        "credits_remaining": ledger.balance_of(user).available,
        "estimated_time": estimates.in_lumiqs_words(estimates.expect(generation)),
        "check_status": _url(request, "api:status", generation),
    }


@router.get("/status/{task_id}", url_name="status")
def status(request: HttpRequest, task_id: str) -> dict[str, Any]:
    generation = _find(request, task_id)
    answer = {
        "task_id": task_id,
        "status": _documented_status(generation),
        "created_at": contract.format_created_at(generation.created_at),
    }
    if generation.is_ready:
        answer["video_url"] = _url(request, "api:download", generation)
    return answer


@router.get("/download/{task_id}", url_name="download")
def download(request: HttpRequest, task_id: str) -> HttpResponseBase:
    generation = _find(request, task_id)
    if not generation.is_ready:
        raise ApiError(contract.TASK_NOT_FOUND, "There is no finished video yet: see its status.")
    return serve(
        request,
        generation.video.name or "",
        content_type="video/mp4",
        filename=f"{task_id}.mp4",
        as_attachment=True,
        may_redirect=False,
    )


def _order(
    key: ApiKey, photo: UploadedFile, team_left: str, team_right: str, test_scenario: str
) -> Generation:
    user = key.user
    balance = ledger.balance_of(user).available
    if balance < contract.FOOTBALL_CREDITS and not key.is_test:
        raise _too_few_credits(balance)  # before the photo costs us work; the hold decides
    try:
        upload = uploads.accept_photo(user, photo)
    except UnusableUpload as error:
        raise ApiError(INVALID_PHOTO, error.message) from error
    order = Order(
        nonce=uuid.uuid4(),
        product=Generation.Product.FOOTBALL,
        photo_id=upload.pk,
        credits=contract.FOOTBALL_CREDITS,
        duration_seconds=contract.FOOTBALL_SECONDS,
        ratio=contract.FOOTBALL_RATIO,
        team_left=team_left,
        team_right=team_right,
        is_test=key.is_test,
        test_scenario=test_scenario,
    )
    try:
        return lifecycle.queue(user, order)
    except InsufficientCredits as error:
        uploads.discard(upload)
        raise _too_few_credits(error.available) from error
    except SupplyExhausted as error:
        uploads.discard(upload)
        raise ApiError(SUPPLY_EXHAUSTED, "Nothing was charged. Try again later.") from error


def _too_few_credits(balance: int) -> ApiError:
    needed = contract.FOOTBALL_CREDITS
    return ApiError(
        contract.INSUFFICIENT_CREDITS,
        f"The video costs {needed} credits, you have {balance}. Nothing was charged.",
    )


def _find(request: HttpRequest, task_id: str) -> Generation:
    try:
        pk = uuid.UUID(task_id)
    except ValueError:
        raise Http404 from None
    key = calling_key(request)
    generation = find_orders(key.user, is_test=key.is_test).filter(pk=pk).first()
    if generation is None:
        raise Http404
    return generation


def _documented_status(generation: Generation) -> str:
    if generation.status in ACTIVE:
        return contract.PROCESSING
    return contract.COMPLETED if generation.status == Status.READY else contract.FAILED


def _url(request: HttpRequest, name: str, generation: Generation) -> str:
    return request.build_absolute_uri(reverse(name, args=[generation.pk]))
