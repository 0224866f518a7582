"""GET /status/{id}, GET /download/{id}; the list of videos, deleting one, and its share links."""

import base64
import binascii
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac
from ninja import Router

from accounts.models.api_key import Scope
from generations import deletion, sharing
from generations.api import errors, parameters, schemas
from generations.api.auth import caller, calling_key, requires
from generations.api.errors import INVALID_REQUEST, ApiError
from generations.api.idempotency import once
from generations.api.responses import answers, describe_status, errors_only
from generations.deletion import StillBeingMade
from generations.errors import StaleTransition
from generations.lumiq import contract
from generations.models import Generation
from generations.models.generation import GenerationQuerySet
from generations.reasons import sentence
from generations.serving import serve
from generations.share_link_forms import (
    LONGEST_DAYS,
    LONGEST_PASSWORD,
    MOST_VIEWS,
    SHORTEST_PASSWORD,
)
from generations.states import Status

MOST_LISTED = 100
LONGEST_LINK_NAME = 60

router = Router(tags=["Videos"])


@router.get(
    "/status/{task_id}",
    url_name="status",
    auth=requires(Scope.READ),
    response=answers(schemas.TaskStatus),
    exclude_none=True,
)
def status(request: HttpRequest, task_id: parameters.TaskId) -> dict[str, Any]:
    """How far a video is. Every 15 seconds is often enough."""
    return describe_status(request, _find(request, task_id))


@router.get(
    "/download/{task_id}",
    url_name="download",
    auth=requires(Scope.READ),
    response=errors_only(),
    openapi_extra={
        "responses": {200: {"description": "The video", "content": {"video/mp4": {}}}},
    },
)
def download(request: HttpRequest, task_id: parameters.TaskId) -> HttpResponseBase:
    """The finished video, an MP4 file."""
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


@router.get(
    "/generations",
    auth=requires(Scope.READ),
    response=answers(schemas.GenerationPage),
    exclude_none=True,
)
def generations(
    request: HttpRequest, cursor: parameters.Cursor, limit: parameters.Limit
) -> dict[str, Any]:
    """Your videos, the newest first, 1 to 100 a page."""
    if not 1 <= limit <= MOST_LISTED:
        raise ApiError(INVALID_REQUEST, f"limit must be 1 to {MOST_LISTED}.")
    rows = _orders(request).order_by("-created_at", "-id")
    if cursor:
        created_at, pk = _read_cursor(cursor)
        rows = rows.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk))
    found = list(rows[: limit + 1])
    return {
        "generations": [_describe(request, row) for row in found[:limit]],
        "next_cursor": _cursor(found[limit - 1]) if len(found) > limit else None,
    }


@router.delete(
    "/generations/{task_id}", auth=requires(Scope.MANAGE), response=answers(schemas.Deleted, 409)
)
def delete(request: HttpRequest, task_id: parameters.TaskId) -> dict[str, Any]:
    """Remove our copies of a video and of its files. One that is still in line is cancelled."""
    generation = _find(request, task_id)
    was_queued = generation.status == Status.QUEUED
    try:
        deletion.delete(generation)
    except (StillBeingMade, StaleTransition) as error:
        detail = "Wait until its status is completed or failed, then delete it."
        raise ApiError(errors.STILL_BEING_MADE, detail) from error
    expires_at = deletion.upstream_copy_expires_at(generation)
    return {
        "success": True,
        "task_id": str(generation.pk),
        "credits_returned": generation.credits if was_queued else 0,
        "maker_keeps_until": contract.format_created_at(expires_at) if expires_at else None,
    }


@router.post(
    "/generations/{task_id}/share-links",
    auth=requires(Scope.MANAGE),
    response=answers(schemas.ShareLink, 409, 422),
    openapi_extra=parameters.REPEATABLE,
)
def create_share_link(
    request: HttpRequest,
    task_id: parameters.TaskId,
    name: parameters.LinkName,
    expires_in_days: parameters.LinkDays,
    max_views: parameters.LinkViews,
    password: parameters.LinkPassword,
) -> dict[str, Any]:
    """One more address at which a finished video may be seen."""
    generation = _find(request, task_id)
    name = name.strip()
    if not (0 < len(name) <= LONGEST_LINK_NAME and name.isprintable()):
        raise ApiError(INVALID_REQUEST, f"name must have 1 to {LONGEST_LINK_NAME} characters.")
    if password and not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ApiError(INVALID_REQUEST, "password must have 6 to 128 characters.")
    days = _read_whole("expires_in_days", expires_in_days, most=LONGEST_DAYS)
    terms = {
        "name": name,
        "expires_at": timezone.now() + timedelta(days=days) if days else None,
        "max_views": _read_whole("max_views", max_views, most=MOST_VIEWS),
        "password": password,
    }
    sealed = salted_hmac("share-link", password).hexdigest()  # it is kept for a day
    about = (name, days, terms["max_views"], sealed)
    return once(request, about, lambda _: _share(request, generation, terms))


def _read_whole(field: str, text: str, *, most: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise ApiError(INVALID_REQUEST, f"{field} must be a whole number from 1 to {most}.")
    return int(text)


def _share(request: HttpRequest, generation: Generation, terms: dict[str, Any]) -> dict[str, Any]:
    if generation.is_test:
        raise ApiError(errors.TEST_VIDEO, "Order it with a live key to share it.")
    if not generation.is_ready:
        raise ApiError(errors.STILL_BEING_MADE, "Only a completed video can be shared.")
    if generation.visibility == Generation.Visibility.PRIVATE:
        sharing.set_visibility(generation, Generation.Visibility.LINK)
    try:
        link = sharing.create_link(generation, **terms)
    except sharing.TooManyLinks as error:
        raise ApiError(
            errors.TOO_MANY_LINKS, f"A video may have {sharing.MOST_LINKS}. Revoke one first."
        ) from error
    return {
        "success": True,
        "url": request.build_absolute_uri(link.get_absolute_url()),
        "name": link.name,
        "created_at": contract.format_created_at(link.created_at),
        "expires_at": contract.format_created_at(link.expires_at) if link.expires_at else None,
        "max_views": link.max_views,
        "has_password": bool(link.password),
    }


def _find(request: HttpRequest, task_id: str) -> Generation:
    try:
        pk = uuid.UUID(task_id)
    except ValueError:
        raise Http404 from None
    generation = _orders(request).filter(pk=pk).first()
    if generation is None:
        raise Http404
    return generation


def _orders(request: HttpRequest) -> GenerationQuerySet:
    return Generation.objects.for_user(caller(request), is_test=calling_key(request).is_test)


def _describe(request: HttpRequest, generation: Generation) -> dict[str, Any]:
    return {
        **describe_status(request, generation),
        "product": generation.product,
        "team_left": generation.team_left,
        "team_right": generation.team_right,
        "duration": generation.duration_seconds,
        "ratio": generation.ratio,
        "credits": generation.credits,
        "error": sentence(generation),
        "metadata": generation.metadata,
    }


def _cursor(generation: Generation) -> str:
    text = f"{generation.created_at.isoformat()}|{generation.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, uuid.UUID]:
    try:
        moment, _, pk = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        created_at = datetime.fromisoformat(moment)
        if timezone.is_naive(created_at):
            raise ValueError("no zone")
        return created_at, uuid.UUID(pk)
    except (ValueError, binascii.Error, OverflowError) as error:
        detail = "cursor must be the next_cursor of an earlier answer."
        raise ApiError(INVALID_REQUEST, detail) from error
