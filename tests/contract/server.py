"""The server under test: raw HTTP and our own client, at a pace that any LUMIQ allows."""

import io
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from generations.lumiq import contract
from generations.lumiq.client import FilePart, LumiqClient
from tests.sandbox_server import RunningSandbox

SECONDS_BETWEEN_REQUESTS = 2.2  # 28 requests a minute at most
POLLING_SECONDS = 15  # as recommended
MAXIMUM_WAIT_SECONDS = 30 * 60
TEAMS = {"team_left": "Brazil", "team_right": "Japan"}


@dataclass(frozen=True)
class Material:
    """What is uploaded."""

    photo: bytes = field(repr=False)
    clip: bytes | None = field(repr=False)


class Pace:
    """A pause before each request, unless the server is ours."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next_at = 0.0

    def keep(self) -> None:
        time.sleep(max(0.0, self._next_at - time.monotonic()))
        self._next_at = time.monotonic() + self._seconds

    def rest(self, seconds: float) -> None:
        """Nothing for so long."""
        self._next_at = time.monotonic() + seconds


@dataclass
class Server:
    """One key at one base URL. No text that pytest may print carries the key."""

    base_url: str
    key: str | None = field(repr=False)
    material: Material
    pace: Pace = field(repr=False)
    sandbox: RunningSandbox | None = None

    def with_key(self, key: str | None) -> "Server":
        return Server(self.base_url, key, self.material, self.pace, self.sandbox)

    @property
    def client(self) -> LumiqClient:
        """To be asked for anew for each call: it waits for its turn."""
        self.pace.keep()
        return LumiqClient(base_url=self.base_url, api_key=self.key or "")

    def get(self, path: str, **options: Any) -> requests.Response:
        return self._ask("GET", path, **options)

    def post(self, path: str, data: Any, files: Any) -> requests.Response:
        return self._ask("POST", path, data=data, files=files)

    def football(self, photo: bytes | None = None, **data: Any) -> requests.Response:
        photo = photo or self.material.photo
        return self.post("/football", _given({**TEAMS, **data}), {"photo": ("me.jpg", photo)})

    def avatar(self, clip: bytes | None = None, **data: Any) -> requests.Response:
        clip = clip or self.material.clip
        files = {"video": ("clip.mp4", clip), "photo": ("me.jpg", self.material.photo)}
        return self.post("/avatar", _given(data), files)

    def submit_football(self, webhook_url: str = "") -> contract.Submitted:
        return self.client.submit_football(
            photo=self._part("me.jpg", "image/jpeg", self.material.photo),
            **TEAMS,
            webhook_url=webhook_url,
            before_last=lambda: None,
        )

    def submit_avatar(self, duration_seconds: int) -> contract.Submitted:
        assert self.material.clip is not None
        return self.client.submit_avatar(
            clip=self._part("clip.mp4", "video/mp4", self.material.clip),
            photo=self._part("me.jpg", "image/jpeg", self.material.photo),
            duration_seconds=duration_seconds,
            ratio=contract.DEFAULT_RATIO,
            voice_id=None,
            webhook_url="",
            before_last=lambda: None,
        )

    def wait_for(self, task_id: str) -> dict[str, Any]:
        """The final status, by the documented polling."""
        give_up_at = time.monotonic() + MAXIMUM_WAIT_SECONDS
        while time.monotonic() < give_up_at:
            status = self.get(f"/status/{task_id}").json()
            if status["status"] != contract.PROCESSING:
                return status
            time.sleep(0.03 if self.sandbox else POLLING_SECONDS)
        raise AssertionError(f"task {task_id} does not end")

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        self.pace.keep()
        headers = {contract.KEY_HEADER: self.key} if self.key else {}
        return requests.request(
            method, self.base_url + path, headers=headers, timeout=120, allow_redirects=False,
            **options,
        )  # fmt: skip

    def _part(self, name: str, content_type: str, content: bytes) -> FilePart:
        return FilePart(name, content_type, len(content), lambda: io.BytesIO(content))


def assert_row(response: requests.Response, row: contract.ErrorRow) -> None:
    """The documented status, and the documented code in a JSON answer."""
    assert response.status_code == row.http_status
    assert response.headers["Content-Type"].startswith("application/json")
    assert row.code in [value for value in response.json().values() if isinstance(value, str)]


def assert_shape(payload: dict[str, Any], example: dict[str, Any]) -> None:
    """The example's fields, no others, each of the example's type."""
    assert {name: type(value) for name, value in payload.items()} == {
        name: type(value) for name, value in example.items()
    }


def _given(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}
