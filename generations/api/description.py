"""The description of the API for machines: OpenAPI, under the name and the host of the portal."""

import json
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts.models import Tenant
from accounts.requests import PortalRequest
from generations.api import schemas
from generations.api.api import api
from generations.lumiq.contract import API_PATH


@login_not_required
@require_safe
def openapi(request: PortalRequest) -> JsonResponse:
    response = JsonResponse(describe(request, request.tenant))
    response.headers["Access-Control-Allow-Origin"] = "*"  # for tools that run in a browser
    return response


def describe(request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
    """The OpenAPI document, with the request's own host as the server."""
    described = json.dumps(build_schema())
    own_host = request.build_absolute_uri("/").rstrip("/")
    schema: dict[str, Any] = json.loads(described.replace(schemas.HOST, own_host))
    return {
        **schema,
        "info": {"title": f"{tenant.name} API", "version": "1"},
        "servers": [{"url": request.build_absolute_uri(API_PATH)}],
    }


@cache
def build_schema() -> dict[str, Any]:
    """The same for all portals; paths begin after the API's root. Not to be changed."""
    schema: dict[str, Any] = api.get_openapi_schema(path_prefix="/")
    return schema
