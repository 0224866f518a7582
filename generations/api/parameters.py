"""What the operations take: types and words for the schema and the pages, answers to what is wrong.

Examples make up the samples of the documentation.
"""

from typing import Annotated, Any, Literal

from django.conf import settings
from ninja import UploadedFile
from ninja.params.functions import File, Form, Path, Query
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from generations.api import errors
from generations.api.errors import ApiError
from generations.lumiq import contract
from generations.lumiq.contract import ErrorRow
from generations.models.webhook import FILTERED

MEGABYTE = 1024**2
LONGEST_KEY = 255
ALL_EVENTS = tuple(kind.value for kind in FILTERED)


def _check_team(name: str) -> str:
    if name not in contract.TEAMS:
        raise ValueError("no such team")
    return name


def _read_duration(value: Any) -> Any:
    """A form has texts, of which pydantic takes none for a number here."""
    seconds: dict[str, int] = {str(known): known for known in contract.AVATAR_CREDITS}
    return seconds.get(str(value).strip(), value) if value != "" else contract.DEFAULT_DURATION


def _read_ratio(value: Any) -> Any:
    return value or contract.DEFAULT_RATIO


_TEAM = (
    AfterValidator(_check_team),
    WithJsonSchema({"type": "string", "enum": list(contract.TEAMS)}),
)

Photo = Annotated[
    UploadedFile,
    File(
        ...,
        description="The person, from the front. JPG or PNG, also HEIC and WebP; "
        f"at most {contract.MAX_PHOTO_BYTES // MEGABYTE} MB.",
        example="person.jpg",
    ),
]
Clip = Annotated[
    UploadedFile,
    File(
        ...,
        description="The clip whose person is replaced. MP4 or MOV, "
        f"at most {contract.MAX_CLIP_BYTES // MEGABYTE} MB, "
        "{} to {} seconds.".format(*settings.LUMIQ_CLIP_SECONDS),
        example="clip.mp4",
    ),
]
Product = Annotated[
    Literal["football", "avatar"], Form(..., description="Which video.", example="football")
]
TeamLeft = Annotated[
    str, *_TEAM, Form(..., description="The side of the person.", example="Brazil")
]
TeamRight = Annotated[str, *_TEAM, Form(..., description="The other side.", example="Japan")]
Duration = Annotated[
    Literal[10, 20, 30],
    BeforeValidator(_read_duration),
    Form(
        contract.DEFAULT_DURATION,
        description="Seconds of the finished video.",
        example=contract.DEFAULT_DURATION,
    ),
]
Ratio = Annotated[
    Literal["9:16", "16:9", "1:1", "4:5"],
    BeforeValidator(_read_ratio),
    Form(
        contract.DEFAULT_RATIO,
        description="Width to height of the finished video.",
        example=contract.DEFAULT_RATIO,
    ),
]
VoiceId = Annotated[
    str,
    Form("", description="The voice, one of GET /voices. Without it a female voice, US English."),
]
WebhookUrl = Annotated[
    str, Form("", description="Where the end of this video is posted to. https only, see Webhooks.")
]
Metadata = Annotated[
    str,
    Form(
        "",
        description="A JSON object of up to 10 texts of your own, such as an order number. "
        "Lists and webhooks bring it back.",
    ),
]
LinkName = Annotated[
    str,
    Form("API", description="What you call the link, at most 60 characters.", example="Newsletter"),
]
LinkDays = Annotated[
    str, Form("", description="For how many days it opens, 1 to 3650. Without it there is no end.")
]
LinkPassword = Annotated[
    str, Form("", description="What visitors are asked for, 6 to 128 characters.")
]
LinkViews = Annotated[
    str,
    Form("", description="How many may watch by it, 1 to 1000000. Without it there is no limit."),
]
TaskId = Annotated[str, Path(..., description="As the order was answered with.")]
Cursor = Annotated[
    str, Query("", description="next_cursor of the page before. Without it: the first page.")
]
Limit = Annotated[int, Query(20, description="Videos a page, 1 to 100.")]

EndpointId = Annotated[str, Path(..., description="As the list of endpoints has it.")]
EndpointUrl = Annotated[
    str,
    Form(
        ...,
        description="Of a public host, https only.",
        example="https://your-server.example/hook",
    ),
]
EndpointEvents = Annotated[
    str,
    Form(
        ",".join(ALL_EVENTS),
        description="What it gets, separated by commas.",
        example=ALL_EVENTS[0],
    ),
]
EndpointDescription = Annotated[
    str, Form("", description="For you to know it by, at most 80 characters.", max_length=80)
]

_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": f"Any text of yours, at most {LONGEST_KEY} characters. A repetition within "
    "24 hours has no second effect and the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}
_SCENARIO = {
    "in": "header",
    "name": "X-Sandbox-Scenario",
    "required": False,
    "description": "With a test key: what is to go wrong. Live keys ignore it.",
    "schema": {"type": "string"},
}
# `openapi_extra` of operations that may be repeated, and of those that order.
REPEATABLE: dict[str, Any] = {"parameters": [_IDEMPOTENCY_KEY]}
ORDER: dict[str, Any] = {"parameters": [_IDEMPOTENCY_KEY, _SCENARIO]}

# In the order in which they are looked at: the first that is wrong is answered.
_WRONG: dict[str, tuple[ErrorRow, str]] = {
    "photo": (contract.MISSING_FILES, "Send the photo as a file named photo."),
    "video": (contract.MISSING_FILES, "Send the clip as a file named video."),
    "team_left": (errors.INVALID_TEAMS, "team_left must be a team of GET /teams."),
    "team_right": (errors.INVALID_TEAMS, "team_right must be a team of GET /teams."),
    "duration": (contract.INVALID_DURATION, "duration must be 10, 20 or 30."),
    "ratio": (errors.INVALID_RATIO, f"Send one of {', '.join(contract.AVATAR_RATIOS)}."),
}


def answer_to(problems: list[dict[str, Any]]) -> ApiError:
    """What a call is told whose fields pydantic refused."""
    wrong = {str(problem["loc"][-1]) for problem in problems}
    for field, (row, detail) in _WRONG.items():
        if field in wrong:
            return ApiError(row, f"{detail} Nothing was charged.")
    return ApiError(errors.INVALID_REQUEST, f"Check {', '.join(sorted(wrong))}.")
