"""The API's documentation, with the portal's own address in every sample, and its playground."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from accounts.models.api_key import Scope, key_start
from accounts.requests import PortalRequest
from generations.api import guide
from generations.api.description import build_schema
from generations.api.errors import ERROR_ROWS
from generations.api.guide import Operation
from generations.api.samples import Sample, build_samples
from generations.api.schemas import EXAMPLE_ID, Error
from generations.kits import KITS
from generations.lumiq import contract

# Written by hand: templates/api_docs/samples/<name>.<language>.txt.
WRITTEN = {
    "order": ("curl",),
    "wait": ("curl", "python", "javascript"),
    "webhook": ("python", "javascript"),
    "repeat": ("curl",),
    "failing": ("curl",),
}
NAMES = {"curl": "curl", "python": "Python", "javascript": "JavaScript"}


@dataclass(frozen=True)
class Described:
    operation: Operation
    samples: list[Sample]


# A hundred samples: five times the weight of any other page as they are.
@login_not_required
@gzip_page
@require_safe
def api_docs(request: PortalRequest) -> HttpResponse:
    context = {
        **_common(request),
        "written": {name: _read_written(request, name) for name in WRITTEN},
        "payloads": _payloads(request),
        "error_body": _error_body(),
        "error_rows": sorted(ERROR_ROWS, key=lambda row: row.http_status),
        "teams": [KITS[team] for team in contract.TEAMS],
        "football_credits": contract.FOOTBALL_CREDITS,
        "avatar_credits": contract.AVATAR_CREDITS,
        "scopes": Scope.choices,
        "requests_per_minute": settings.PORTAL_API_REQUESTS_PER_MINUTE,
    }
    return render(request, "api_docs.html", context)


@require_safe
def api_playground(request: PortalRequest) -> HttpResponse:
    return render(request, "accounts/api_playground.html", _common(request))


def _common(request: PortalRequest) -> dict[str, Any]:
    base_url = _base_url(request)
    host = request.build_absolute_uri("/").removesuffix("/")
    key = _example_key(request)
    operations = guide.read_operations(build_schema(), host=host)
    described = [
        Described(operation, build_samples(operation, base_url=base_url, key=key))
        for operation in operations
    ]
    return {
        "operations": described,
        "docs_url": reverse("api-docs"),
        "base_url": base_url.removesuffix("/"),
        "example_key": key,
        "key_start": key.partition("_")[0],
    }


def _base_url(request: PortalRequest) -> str:
    return request.build_absolute_uri(reverse("api:api-root"))


def _example_key(request: PortalRequest) -> str:
    """One for tests, so that a sample that is run as it stands can spend nothing."""
    return key_start(request.tenant, is_test=True) + "YOUR_KEY"


def _payloads(request: PortalRequest) -> list[tuple[str, str]]:
    """What a webhook's body is, by its status."""
    ended = {"timestamp": "2026-06-14T10:38:22.123456"}
    video_url = f"{_base_url(request)}download/{EXAMPLE_ID}"
    completed = {"task_id": EXAMPLE_ID, "status": contract.COMPLETED, "video_url": video_url}
    failed = {"task_id": EXAMPLE_ID, "status": contract.FAILED, "error": "Generation failed"}
    return [
        (found["status"], json.dumps({**found, **ended}, indent=2)) for found in (completed, failed)
    ]


def _error_body() -> str:
    example = Error.model_json_schema()["examples"][0]
    return json.dumps({name: example[name] for name in Error.model_fields}, indent=2)


def _read_written(request: PortalRequest, name: str) -> list[Sample]:
    context = {"base_url": _base_url(request), "key": _example_key(request)}
    return [
        Sample(
            language,
            NAMES[language],
            render_to_string(f"api_docs/samples/{name}.{language}.txt", context).strip(),
        )
        for language in WRITTEN[name]
    ]
