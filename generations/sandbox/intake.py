"""Turns a submitted form into an order, or refuses it with an error row.

The documentation has rows for missing files and durations only; the rows below continue it in its
own manner for what it leaves open.
"""

from collections.abc import Mapping
from pathlib import Path

from generations.lumiq import contract
from generations.lumiq.contract import ErrorRow
from generations.sandbox.orders import AVATAR, FOOTBALL, Order, Refused

INVALID_FORM = ErrorRow(400, "Invalid form", "the body is not a complete multipart form")
INVALID_TEAM = ErrorRow(400, "Invalid team", "two different teams of the supported 48 are needed")
INVALID_RATIO = ErrorRow(400, "Invalid ratio", "ratio must be 9:16, 16:9, 1:1 or 4:5")
INVALID_FILE = ErrorRow(400, "Invalid file type", "photo must be JPG or PNG, video MP4 or MOV")
FILE_TOO_LARGE = ErrorRow(400, "File too large", "photo max 10MB, video max 100MB")
INVALID_CLIP = ErrorRow(400, "Invalid video length", "5-20s are needed for a duration of 20")

AVATAR_MINUTES = (3, 8)
FOOTBALL_MINUTES = (3, 5)
# "5–20s for 20s duration". Containers round, so half a second is let pass at either end.
CLIP_SECONDS_FOR_20 = (4.5, 20.5)

_PHOTO_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_CLIP_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


def football_order(form: Mapping[str, str], files: Mapping[str, Path]) -> Order:
    photo = _file(files, "photo")
    _check_photo(photo)
    teams = {side: form.get(side, "").strip() for side in ("team_left", "team_right")}
    for side, team in teams.items():
        if team not in contract.TEAMS:
            raise Refused(INVALID_TEAM, f"{side} is missing or not supported")
    if teams["team_left"] == teams["team_right"]:
        raise Refused(INVALID_TEAM, "team_left and team_right are the same")
    return Order(
        kind=FOOTBALL,
        parameters=dict(teams),
        files={"photo": photo},
        credits=contract.FOOTBALL_CREDITS,
        estimate=contract.FOOTBALL_ESTIMATE,
        minutes=FOOTBALL_MINUTES,
        webhook_url=form.get("webhook_url", "").strip(),
    )


def avatar_order(form: Mapping[str, str], files: Mapping[str, Path]) -> Order:
    clip, photo = _file(files, "video"), _file(files, "photo")
    _check_photo(photo)
    _check_clip(clip)
    duration = _duration(form)
    ratio = form.get("ratio", "").strip() or contract.DEFAULT_RATIO
    if ratio not in contract.AVATAR_RATIOS:
        raise Refused(INVALID_RATIO)
    if duration == 20:
        _check_clip_seconds(clip)
    return Order(
        kind=AVATAR,
        parameters={
            "duration_seconds": duration,
            "ratio": ratio,
            "voice_id": form.get("voice_id", "").strip(),
        },
        files={"clip": clip, "photo": photo},
        credits=contract.credits_for_avatar(duration),
        estimate=contract.AVATAR_ESTIMATE,
        minutes=AVATAR_MINUTES,
        webhook_url=form.get("webhook_url", "").strip(),
    )


def _file(files: Mapping[str, Path], field: str) -> Path:
    path = files.get(field)
    if path is None or path.stat().st_size == 0:
        raise Refused(contract.MISSING_FILES, f"{field} not included")
    return path


def _duration(form: Mapping[str, str]) -> int:
    text = form.get("duration", "").strip() or str(contract.DEFAULT_DURATION)
    if text not in map(str, contract.AVATAR_CREDITS):
        raise Refused(contract.INVALID_DURATION)
    return int(text)


def _check_photo(photo: Path) -> None:
    if photo.stat().st_size > contract.MAX_PHOTO_BYTES:
        raise Refused(FILE_TOO_LARGE, "photo is larger than 10MB")
    if not _start_of(photo).startswith(_PHOTO_STARTS):
        raise Refused(INVALID_FILE, "photo is neither JPG nor PNG")


def _check_clip(clip: Path) -> None:
    if clip.stat().st_size > contract.MAX_CLIP_BYTES:
        raise Refused(FILE_TOO_LARGE, "video is larger than 100MB")
    if _start_of(clip)[4:8] not in _CLIP_ATOMS:
        raise Refused(INVALID_FILE, "video is neither MP4 nor MOV")


def _check_clip_seconds(clip: Path) -> None:
    """A clip that can't be opened is no matter of length: drawing it will fail."""
    import av  # It is large, and few requests need it.

    try:
        with av.open(str(clip)) as container:
            seconds = (container.duration or 0) / av.time_base
    except av.FFmpegError:
        return
    shortest, longest = CLIP_SECONDS_FOR_20
    if not shortest <= seconds <= longest:
        raise Refused(INVALID_CLIP, f"the video is {seconds:.1f}s long; 5-20s are needed")


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(12)
