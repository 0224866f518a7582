"""Fields of orders: their types as documented, and what is answered where one is wrong."""

from typing import Annotated, Any, Literal

from ninja import FileEx, FormEx, P, UploadedFile
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from generations.api import errors
from generations.api.errors import ApiError
from generations.lumiq import contract
from generations.lumiq.contract import ErrorRow

_TEAM = {"type": "string", "enum": list(contract.TEAMS)}


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


Photo = FileEx[
    UploadedFile, P(description="JPG or PNG, also HEIC and WebP; at most 10 MB, 256 pixels a side.")
]
Clip = FileEx[UploadedFile, P(description="The clip: MP4 or MOV, 5 to 20 s, at most 100 MB.")]
Team = Annotated[str, AfterValidator(_check_team), WithJsonSchema(_TEAM)]
Duration = Annotated[Literal[10, 20, 30], BeforeValidator(_read_duration)]
Ratio = Annotated[Literal["9:16", "16:9", "1:1", "4:5"], BeforeValidator(_read_ratio)]

WebhookUrl = FormEx[str, P(default="", description="Called when the video is at its end.")]
Metadata = FormEx[
    str, P(default="", description="A JSON object of up to 10 texts; it comes back with the video.")
]

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
