"""What the tests of the API share: a whole order, and what an error and its harmlessness are."""

import re

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import ledger
from generations.models import Generation, Upload
from tests.cast import build_photo_file
from tests.clips import build_clip_bytes

FOOTBALL, AVATAR = "/api/v1/football", "/api/v1/avatar"


def football(**fields):
    whole = {"photo": build_photo_file(), "team_left": "Brazil", "team_right": "France"} | fields
    if isinstance(whole["photo"], bytes):
        whole["photo"] = SimpleUploadedFile("p.jpg", whole["photo"], content_type="image/jpeg")
    return {name: value for name, value in whole.items() if value is not None}


def avatar(folder, **fields):
    whole = {"photo": build_photo_file(), "video": build_clip_bytes(folder)} | fields
    if isinstance(whole["video"], bytes):
        whole["video"] = SimpleUploadedFile("c.mp4", whole["video"], content_type="video/mp4")
    return {name: value for name, value in whole.items() if value is not None}


def is_error(answer, row):
    body = answer.json()
    return (
        answer.status_code == row.http_status
        and set(body) == {"success", "error", "detail"}
        and (body["success"], body["error"]) == (False, row.code)
        and bool(re.search(r"\w", body["detail"]))
    )


def nothing_happened(user, media_folder):
    return (
        not Generation.objects.exists()
        and not Upload.objects.exists()
        and not [path for path in media_folder.rglob("*") if path.is_file()]
        and ledger.balance_of(user).held == 0
    )
