"""What several operations answer with: documented words and addresses on the tenant's host."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from generations.api.errors import ApiError
from generations.api.schemas import Error
from generations.lumiq import contract
from generations.lumiq.contract import ErrorRow
from generations.models import Generation
from generations.states import ACTIVE, Status

# What any call may end with, for the description of the API.
ALWAYS = (400, 401, 403, 404, 429, 500)


def answers(schema: Any, *more: int) -> dict[int, Any]:
    """For an operation: its answer, and the errors besides those of every call."""
    return {200: schema, **errors_only(*more)}


def errors_only(*more: int) -> dict[int, Any]:
    return dict.fromkeys((*ALWAYS, *more), Error)


def documented_status(generation: Generation) -> str:
    if generation.status in ACTIVE:
        return contract.PROCESSING
    return contract.COMPLETED if generation.status == Status.READY else contract.FAILED


def describe_status(request: HttpRequest, generation: Generation) -> dict[str, Any]:
    answer = {
        "task_id": str(generation.pk),
        "status": documented_status(generation),
        "created_at": contract.format_created_at(generation.created_at),
    }
    if generation.is_ready:
        answer["video_url"] = address(request, "api:download", generation)
    return answer


def address(request: HttpRequest, name: str, generation: Generation) -> str:
    return request.build_absolute_uri(reverse(name, args=[generation.pk]))


def too_few_credits(needed: int, balance: int) -> ApiError:
    return ApiError(
        contract.INSUFFICIENT_CREDITS,
        f"The video costs {needed} credits, you have {balance}. Nothing was charged.",
    )


def refuse(row: ErrorRow, detail: str) -> ApiError:
    """An order with something wrong in it."""
    return ApiError(row, f"{detail} Nothing was charged.")
