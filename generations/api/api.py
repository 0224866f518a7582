"""The API under /api/v1: LUMIQ's own paths and shapes, on each portal's host."""

import logging
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import ValidationError

from generations.api.account import router as account
from generations.api.auth import PortalKey
from generations.api.errors import INVALID_REQUEST, ApiError
from generations.api.videos import router as videos
from generations.lumiq import contract

logger = logging.getLogger(__name__)

api = NinjaAPI(
    title="Video API",
    version="1",
    auth=PortalKey(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
api.add_router("", videos)
api.add_router("", account)


@api.exception_handler(ApiError)
def api_error(request: HttpRequest, error: ApiError) -> HttpResponse:
    response = api.create_response(request, error.body(), status=error.row.http_status)
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


@api.exception_handler(ValidationError)
def invalid_request(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = sorted({str(problem["loc"][-1]) for problem in error.errors})
    return api_error(request, ApiError(INVALID_REQUEST, f"Check {', '.join(fields)}."))


@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
@api.exception_handler(UnreadablePostError)
def unreadable_request(request: HttpRequest, error: Exception) -> HttpResponse:
    """No form at all, one cut off, or one with too much in it."""
    return api_error(request, ApiError(INVALID_REQUEST, "Send a whole multipart/form-data body."))


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return api_error(request, ApiError(contract.TASK_NOT_FOUND))


@api.exception_handler(Exception)
def internal_error(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("The API failed at %s", request.path, exc_info=error)
    return api_error(request, ApiError(contract.INTERNAL_ERROR, "Try again; nothing was charged."))


def build_urls() -> tuple[list[Any], str, str]:
    """The API knows its callers by key: LoginRequiredMiddleware has no say here.

    Each reading of `api.urls` makes new view functions, so what is marked must be what is served.
    """
    urls = api.urls
    patterns: list[Any] = urls[0]
    for pattern in patterns:
        pattern.callback.login_required = False
    return urls
