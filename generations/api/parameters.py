"""What the operations take, described once: for the API's schema and its pages.

What a schema calls required may be left out all the same: the operation then answers with the
documented error. Examples make up the samples of the documentation.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.conf import settings
from ninja import UploadedFile
from ninja.params.functions import File, Form, Path, Query
from pydantic import WithJsonSchema

from generations.lumiq import contract

MEGABYTE = 1024**2
FILE_SCHEMA = WithJsonSchema({"type": "string", "format": "binary"})


def _form(description: str, *, example: Any = None, **schema: Any) -> Any:
    """`schema` tells the true type of a field that is read as a text first.

    Where nothing stands for it, "" is no value of the field: no reader of the schema needs it.
    """

    def correct(found: dict[str, Any]) -> None:
        found.pop("default", None)
        found.update(schema if example is None else {"example": example, **schema})

    field = Form("", description=description)
    field.json_schema_extra = correct
    return field


Photo = Annotated[
    UploadedFile | None,
    FILE_SCHEMA,
    File(
        None,
        description="The person, from the front. JPG or PNG, "
        f"at most {contract.MAX_PHOTO_BYTES // MEGABYTE} MB.",
        example="person.jpg",
    ),
]
Clip = Annotated[
    UploadedFile | None,
    FILE_SCHEMA,
    File(
        None,
        description="The clip whose person is replaced. MP4 or MOV, "
        f"at most {contract.MAX_CLIP_BYTES // MEGABYTE} MB, "
        "{} to {} seconds.".format(*settings.LUMIQ_CLIP_SECONDS),
        example="clip.mp4",
    ),
]
Product = Annotated[
    Literal["football", "avatar"], Form(description="Which video.", example="football")
]
TeamLeft = Annotated[
    str, _form("The side of the person.", example="Brazil", enum=list(contract.TEAMS))
]
TeamRight = Annotated[str, _form("The other side.", example="Japan", enum=list(contract.TEAMS))]
Duration = Annotated[
    str,
    _form(
        "Seconds of the finished video.",
        example=contract.DEFAULT_DURATION,
        type="integer",
        enum=list(contract.AVATAR_CREDITS),
        default=contract.DEFAULT_DURATION,
    ),
]
Ratio = Annotated[
    str,
    _form(
        "Width to height of the finished video.",
        example=contract.DEFAULT_RATIO,
        enum=list(contract.AVATAR_RATIOS),
        default=contract.DEFAULT_RATIO,
    ),
]
VoiceId = Annotated[
    str, _form("The voice, one of GET /voices. Without it a female voice, US English.")
]
WebhookUrl = Annotated[
    str, _form("Where the end of this video is posted to. https only, see Webhooks.")
]
Metadata = Annotated[
    str,
    _form(
        "A JSON object of up to 10 texts of your own, such as an order number. "
        "Lists and webhooks bring it back."
    ),
]
LinkName = Annotated[
    str, Form(description="What you call the link, at most 60 characters.", example="Newsletter")
]
TaskId = Annotated[str, Path(description="As the order was answered with.")]
Cursor = Annotated[
    str, Query(description="next_cursor of the page before. Without it: the first page.")
]
Limit = Annotated[int, Query(description="Videos a page, 1 to 100.")]

_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "Any text of yours, at most 255 characters. A repetition within 24 hours has "
    "no second effect and the same answer.",
    "schema": {"type": "string", "maxLength": 255},
}
_SCENARIO = {
    "in": "header",
    "name": "X-Sandbox-Scenario",
    "required": False,
    "description": "With a test key: what is to go wrong. Live keys ignore it.",
    "schema": {"type": "string"},
}
REPEATABLE: dict[str, Any] = {"parameters": [_IDEMPOTENCY_KEY]}


def order_form(*, required: Sequence[str]) -> dict[str, Any]:
    """For `openapi_extra` of an operation that orders a video."""
    body = {"content": {"multipart/form-data": {"schema": {"required": list(required)}}}}
    return {"parameters": [_IDEMPOTENCY_KEY, _SCENARIO], "requestBody": body}
