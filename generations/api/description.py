"""The description of the API for machines: OpenAPI, under the name and the host of the portal."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts.models import Tenant
from accounts.requests import PortalRequest
from generations.api.api import api
from generations.api.idempotency import HEADER, LONGEST_KEY
from generations.lumiq.contract import API_PATH

_IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Repeated with the same key, the call has one effect and one answer, for 24 h.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}
# An error that only a call with such a key can meet: it marks the operations that take one.
_KEY_REUSED = 422


@login_not_required
@require_safe
def openapi(request: PortalRequest) -> JsonResponse:
    response = JsonResponse(describe(request, request.tenant))
    response.headers["Access-Control-Allow-Origin"] = "*"  # for tools that run in a browser
    return response


def describe(request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
    """The OpenAPI document, with the request's own host as the server."""
    schema: dict[str, Any] = api.get_openapi_schema(path_prefix="/")
    for operations in schema["paths"].values():
        for operation in operations.values():
            if str(_KEY_REUSED) in map(str, operation["responses"]):
                operation["parameters"] = [*operation.get("parameters", []), _IDEMPOTENCY_KEY]
    return {
        **schema,
        "info": {"title": f"{tenant.name} API", "version": "1"},
        "servers": [{"url": request.build_absolute_uri(API_PATH)}],
    }
