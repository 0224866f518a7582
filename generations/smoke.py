"""The smoke test: a customer of the API, as any other, with nothing but a key and an address."""

import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from accounts import ledger
from accounts.errors import InsufficientCredits
from accounts.models import Tenant, User
from accounts.tenancy import build_url
from generations import videos
from generations.errors import UnusableVideo
from generations.lumiq.contract import FOOTBALL_CREDITS, FOOTBALL_SECONDS, KEY_HEADER

POLL_SECONDS = 2.0


class SmokeFailed(Exception):
    """The portal did not deliver; the text says where it ended."""


def fund(user: User) -> None:
    """Give the user one video's credits from the pool where the wallet is short of them."""
    short = FOOTBALL_CREDITS - ledger.balance_of(user).available
    if short > 0:
        try:
            ledger.allocate_to_user(
                user, short, reference=f"smoke:{uuid.uuid4()}", note="for a smoke test"
            )
        except InsufficientCredits:
            return  # the order's own answer says it better


def run(
    tenant: Tenant,
    key: str,
    *,
    photo: Path,
    teams: tuple[str, str],
    timeout_seconds: float,
    output: Path,
) -> dict[str, Any]:
    """Raises SmokeFailed. `output` is a file, or a folder that gets `<task id>.mp4`."""
    caller = _Caller(tenant, key)
    began = time.monotonic()
    with photo.open("rb") as file:
        order = caller.call(
            "post",
            "/api/v1/football",
            files={"photo": (photo.name, file)},
            data={"team_left": teams[0], "team_right": teams[1]},
        ).json()
    task_id = str(order["task_id"])
    _wait(caller, task_id, ends_at=began + timeout_seconds)
    seconds = time.monotonic() - began
    path = output if output.suffix else output / f"{task_id}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(caller.call("get", f"/api/v1/download/{task_id}").content)
    try:
        facts = videos.inspect(path, expected_seconds=FOOTBALL_SECONDS)
    except UnusableVideo as error:
        raise SmokeFailed(f"the video of {task_id} is unusable: {error}") from error
    return {
        "status": "completed",
        "task_id": task_id,
        "path": str(path),
        "duration": facts.duration_ms / 1000,
        "size": path.stat().st_size,
        "width": facts.width,
        "height": facts.height,
        "seconds": round(seconds, 1),
        "credits_remaining": order["credits_remaining"],
    }


def _wait(caller: "_Caller", task_id: str, *, ends_at: float) -> None:
    while time.monotonic() < ends_at:
        status = caller.call("get", f"/api/v1/status/{task_id}").json()["status"]
        if status == "completed":
            return
        if status == "failed":
            raise SmokeFailed(f"the portal could not make {task_id}")
        time.sleep(POLL_SECONDS)
    raise SmokeFailed(f"{task_id} was not done in time")


class _Caller:
    """Asks the tenant's own host. Names under .localhost are not resolved by every machine."""

    def __init__(self, tenant: Tenant, key: str) -> None:
        parts = urlsplit(build_url(tenant, ""))
        self._headers = {KEY_HEADER: key}
        self._origin = f"{parts.scheme}://{parts.netloc}"
        if (parts.hostname or "").endswith(".localhost"):
            self._headers["Host"] = parts.netloc
            self._origin = f"{parts.scheme}://127.0.0.1:{settings.PORT}"

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        try:
            response = requests.request(
                method, self._origin + path, headers=self._headers, timeout=60, **arguments
            )
        except requests.RequestException as error:
            raise SmokeFailed(f"{self._origin} does not answer: {type(error).__name__}") from error
        if response.status_code != 200:
            raise SmokeFailed(f"{path} answered {response.status_code}: {response.text[:300]}")
        return response
