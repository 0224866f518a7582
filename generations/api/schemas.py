"""Shapes of the API's answers. The documented ones keep LUMIQ's fields and their order.

Examples have addresses on HOST: the documentation puts the portal's own in its place.
"""

from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

Status = Literal["processing", "completed", "failed"]
Product = Literal["football", "avatar"]
CREATED_AT = "UTC, such as 2026-06-14 10:30:00."
HOST = "https://portal.example"
EXAMPLE_ID = "5f0c7e1a-3b52-4d0e-9a3c-2f6f1f0e8d41"
EXAMPLE_TIME = "2026-06-14 10:30:00"


def examples(*found: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(found)})


_PROCESSING = {"task_id": EXAMPLE_ID, "status": "processing", "created_at": EXAMPLE_TIME}
_COMPLETED = _PROCESSING | {
    "status": "completed",
    "video_url": f"{HOST}/api/v1/download/{EXAMPLE_ID}",
}
_LISTED = _COMPLETED | {
    "product": "football",
    "team_left": "Brazil",
    "team_right": "Japan",
    "duration": 10,
    "ratio": "16:9",
    "credits": 90,
    "metadata": {"order": "1042"},
}


class Error(Schema):
    model_config = examples(
        {
            "success": False,
            "error": "Insufficient credits",
            "detail": "The video costs 90 credits, you have 40. Nothing was charged.",
        }
    )

    success: Literal[False]
    error: str = Field(description="One of the codes of the list of errors.")
    detail: str = Field(description="What to do.")


class Accepted(Schema):
    model_config = examples(
        {
            "success": True,
            "task_id": EXAMPLE_ID,
            "status": "processing",
            "credits_used": 90,
            "credits_remaining": 420,
            "estimated_time": "3-5 minutes",
            "check_status": f"{HOST}/api/v1/status/{EXAMPLE_ID}",
        }
    )

    success: Literal[True]
    task_id: str
    status: Literal["processing"]
    credits_used: int
    credits_remaining: int
    estimated_time: str = Field(description="As it looks now, such as 3-5 minutes.")
    check_status: str = Field(description="Address of the status.")


class TaskStatus(Schema):
    model_config = examples(_PROCESSING, _COMPLETED, _PROCESSING | {"status": "failed"})

    task_id: str
    status: Status
    created_at: str = Field(description=CREATED_AT)
    video_url: str | None = Field(None, description="With `completed` only.")


class Account(Schema):
    model_config = examples(
        {
            "credits_balance": 1200,
            "email": "you@example.com",
            "total_api_calls": 47,
            "total_credits_spent": 4230,
        }
    )

    credits_balance: int
    email: str
    total_api_calls: int
    total_credits_spent: int


class Team(Schema):
    name: str = Field(description="As team_left and team_right want it.")
    colours: list[str] = Field(description="Of its scarf, as #rrggbb.")


class Teams(Schema):
    model_config = examples({"teams": [{"name": "Brazil", "colours": ["#FFD93B", "#0B7A3E"]}]})

    teams: list[Team]


class Voice(Schema):
    voice_id: str
    name: str
    language: str


class Voices(Schema):
    model_config = examples(
        {"voices": [{"voice_id": "en-us-1", "name": "Joan", "language": "en-US"}]}
    )

    voices: list[Voice]


class Estimate(Schema):
    model_config = examples(
        {
            "success": True,
            "credits": 90,
            "credits_balance": 510,
            "is_affordable": True,
            "estimated_time": "3-5 minutes",
        }
    )

    success: Literal[True]
    credits: int = Field(description="What the video would cost.")
    credits_balance: int
    is_affordable: bool
    estimated_time: str


class GenerationItem(TaskStatus):
    model_config = examples(_LISTED)

    product: Product
    team_left: str
    team_right: str
    duration: int = Field(description="Seconds.")
    ratio: str
    credits: int = Field(description="Its price; given back where the status is failed.")
    error: str | None = Field(None, description="With `failed` only: why, in a sentence.")
    metadata: dict[str, str]


class GenerationPage(Schema):
    model_config = examples({"generations": [_LISTED], "next_cursor": "MjAyNi0wNi0xNFQxMDozMDowMA"})

    generations: list[GenerationItem]
    next_cursor: str | None = Field(None, description="For the next page; none at the end.")


class Deleted(Schema):
    model_config = examples(
        {
            "success": True,
            "task_id": EXAMPLE_ID,
            "credits_returned": 0,
            "maker_keeps_until": "2026-07-14 10:32:10",
        }
    )

    success: Literal[True]
    task_id: str
    credits_returned: int
    maker_keeps_until: str | None = Field(
        description="Until when a copy stays with the maker of the video, who deletes it then."
    )


class ShareLink(Schema):
    model_config = examples(
        {
            "success": True,
            "url": f"{HOST}/v/k3Jx9QbTz2/",
            "name": "Newsletter",
            "created_at": EXAMPLE_TIME,
            "expires_at": "2026-07-14 10:30:00",
            "max_views": 500,
            "has_password": False,
        }
    )

    success: Literal[True]
    url: str
    name: str
    created_at: str = Field(description=CREATED_AT)
    expires_at: str | None = Field(description="When it closes, UTC.")
    max_views: int | None = Field(description="How many may watch by it.")
    has_password: bool


_ENDPOINT = {
    "id": EXAMPLE_ID,
    "url": "https://your-server.example/hook",
    "events": ["video.completed"],
    "description": "",
    "is_enabled": True,
    "created_at": EXAMPLE_TIME,
}


class Done(Schema):
    model_config = examples({"success": True})

    success: Literal[True]


class WebhookEndpoint(Schema):
    id: str
    url: str
    events: list[str]
    description: str
    is_enabled: bool = Field(description="Not where it was switched off, by you or for failing.")
    created_at: str = Field(description=CREATED_AT)


class NewWebhookEndpoint(WebhookEndpoint):
    model_config = examples(
        {"success": True, **_ENDPOINT, "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZg"}
    )

    success: Literal[True]
    secret: str = Field(description="What its deliveries are signed with.")


class WebhookEndpoints(Schema):
    model_config = examples({"webhook_endpoints": [_ENDPOINT]})

    webhook_endpoints: list[WebhookEndpoint]
