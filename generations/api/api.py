"""The API under /api/v1: LUMIQ's own paths and shapes, on each portal's host."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.operation import Operation

from generations.api import errors
from generations.api.account import router as account
from generations.api.auth import PortalKey
from generations.api.catalogue import router as catalogue
from generations.api.errors import ApiError
from generations.api.orders import router as orders
from generations.api.parameters import answer_to
from generations.api.videos import router as videos
from generations.api.webhook_endpoints import router as webhook_endpoints
from generations.lumiq import contract

logger = logging.getLogger(__name__)


class VideoAPI(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Short ones: code generators make names of methods of them."""
        return operation.view_func.__name__


api = VideoAPI(
    title="Video API",
    version="1",
    auth=PortalKey(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
for part in (orders, videos, catalogue, account, webhook_endpoints):
    api.add_router("", part)


@api.exception_handler(ApiError)
def api_error(request: HttpRequest, error: ApiError) -> HttpResponse:
    return JsonResponse(error.body(), status=error.row.http_status, headers=error.headers)


@api.exception_handler(ValidationError)
def invalid_request(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return api_error(request, answer_to(error.errors))


@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
@api.exception_handler(UnreadablePostError)
def unreadable_request(request: HttpRequest, error: Exception) -> HttpResponse:
    """No form at all, one cut off, or one with too much in it."""
    detail = "Send a whole multipart/form-data body."
    return api_error(request, ApiError(errors.INVALID_REQUEST, detail))


@api.exception_handler(Http404)
def no_such_task(request: HttpRequest, error: Http404) -> HttpResponse:
    return api_error(request, ApiError(contract.TASK_NOT_FOUND))


@api.exception_handler(Exception)
def internal_error(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("The API failed at %s", request.path, exc_info=error)
    return api_error(request, ApiError(contract.INTERNAL_ERROR, "Try again; nothing was charged."))


@csrf_exempt
@login_not_required
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Any other address below /api/v1/: a client of an API can read JSON only."""
    return api_error(request, ApiError(errors.NOT_FOUND, "The documentation lists the addresses."))


def build_urls() -> tuple[list[Any], str, str]:
    """The API knows its callers by key: SignInMiddleware has no say here.

    Each reading of `api.urls` makes new view functions, so what is marked must be what is served.
    """
    urls = api.urls
    patterns: list[Any] = urls[0]
    for pattern in patterns:
        is_root = pattern.name == "api-root"
        pattern.callback = nothing_here if is_root else _finished(pattern.callback)
        pattern.callback.login_required = False
    return urls


def _finished(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """With the headers that were collected on the way, and JSON also for a wrong method."""

    @wraps(view)
    def finished(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        headers: dict[str, str] = {}
        request.extra_headers = headers  # type: ignore[attr-defined]  # a slot of our own
        response = view(request, *arguments, **options)
        if isinstance(response, HttpResponseNotAllowed):
            headers["Allow"] = response.headers["Allow"]
            detail = f"This address takes {headers['Allow']}."
            response = api_error(request, ApiError(errors.METHOD_NOT_ALLOWED, detail))
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return finished
