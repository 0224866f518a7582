"""Shapes of the API's answers. The documented ones keep LUMIQ's fields and their order."""

from typing import Literal

from ninja import Schema
from pydantic import Field

Status = Literal["processing", "completed", "failed"]
Product = Literal["football", "avatar"]
CREATED_AT = "UTC, such as 2026-06-14 10:30:00."


class Error(Schema):
    success: Literal[False]
    error: str = Field(description="One of the codes of the list of errors.")
    detail: str = Field(description="What to do.")


class Accepted(Schema):
    success: Literal[True]
    task_id: str
    status: Literal["processing"]
    credits_used: int
    credits_remaining: int
    estimated_time: str = Field(description="As it looks now, such as 3-5 minutes.")
    check_status: str = Field(description="Address of the status.")


class TaskStatus(Schema):
    task_id: str
    status: Status
    created_at: str = Field(description=CREATED_AT)
    video_url: str | None = Field(None, description="With `completed` only.")


class Account(Schema):
    credits_balance: int
    email: str
    total_api_calls: int
    total_credits_spent: int


class Team(Schema):
    name: str = Field(description="As team_left and team_right want it.")
    colours: list[str] = Field(description="Of its scarf, as #rrggbb.")


class Teams(Schema):
    teams: list[Team]


class Voice(Schema):
    voice_id: str
    name: str
    language: str


class Voices(Schema):
    voices: list[Voice]


class Estimate(Schema):
    success: Literal[True]
    credits: int = Field(description="What the video would cost.")
    credits_balance: int
    is_affordable: bool
    estimated_time: str


class GenerationItem(TaskStatus):
    product: Product
    team_left: str
    team_right: str
    duration: int = Field(description="Seconds.")
    ratio: str
    credits: int = Field(description="Its price; given back where the status is failed.")
    error: str | None = Field(None, description="With `failed` only: why, in a sentence.")
    metadata: dict[str, str]


class GenerationPage(Schema):
    generations: list[GenerationItem]
    next_cursor: str | None = Field(None, description="For the next page; none at the end.")


class Deleted(Schema):
    success: Literal[True]
    task_id: str
    credits_returned: int
    maker_keeps_until: str | None = Field(
        description="Until when a copy stays with the maker of the video, who deletes it then."
    )


class ShareLink(Schema):
    success: Literal[True]
    url: str
    name: str
    created_at: str = Field(description=CREATED_AT)


class Done(Schema):
    success: Literal[True]


class WebhookEndpoint(Schema):
    id: str
    url: str
    events: list[str]
    description: str
    is_enabled: bool = Field(description="Not where it was switched off, by you or for failing.")
    created_at: str = Field(description=CREATED_AT)


class NewWebhookEndpoint(WebhookEndpoint):
    success: Literal[True]
    secret: str = Field(description="What its deliveries are signed with.")


class WebhookEndpoints(Schema):
    webhook_endpoints: list[WebhookEndpoint]
