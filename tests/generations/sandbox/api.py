"""Asking a running sandbox, as a client would that knows nothing of our code."""

import io
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from PIL import Image

from tests.quick_renderer import write_clip

UNDRAWABLE, DEADLY, SLOW = 13, 14, 15  # widths that tests/quick_renderer.py knows


def photo_bytes(width: int = 20, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, 20), "#804020").save(buffer, kind)
    return buffer.getvalue()


def clip_bytes(folder: Path, seconds: float = 6) -> bytes:
    path = folder / "made.mp4"
    write_clip(path, frames=round(seconds * 2), rate=2)
    return path.read_bytes()


@dataclass
class Api:
    base_url: str
    key: str | None = "lmq_test"

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.base_url + path, headers=self.headers, timeout=20, **options)

    def post(self, path: str, data: Any, files: Any) -> requests.Response:
        return requests.post(
            self.base_url + path, headers=self.headers, data=data, files=files, timeout=20
        )

    def football(self, photo: bytes | None = None, **data: Any) -> requests.Response:
        data = {"team_left": "Brazil", "team_right": "Japan", **data}
        data = {name: value for name, value in data.items() if value is not None}
        return self.post("/football", data, {"photo": ("me.jpg", photo or photo_bytes())})

    def avatar(self, clip: bytes, photo: bytes | None = None, **data: Any) -> requests.Response:
        files = {"video": ("clip.mp4", clip), "photo": ("me.jpg", photo or photo_bytes())}
        return self.post("/avatar", data, files)

    def account(self) -> dict[str, Any]:
        return self.get("/account").json()

    def wait_for(self, task_id: str) -> dict[str, Any]:
        give_up_at = time.monotonic() + 20
        while time.monotonic() < give_up_at:
            status = self.get(f"/status/{task_id}").json()
            if status["status"] != "processing":
                return status
            time.sleep(0.03)
        raise AssertionError(f"task {task_id} does not end")

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.key} if self.key else {}


def error_of(response: requests.Response) -> tuple[int, str]:
    payload = response.json()
    assert payload["success"] is False
    assert payload["detail"]
    return response.status_code, payload["error"]
