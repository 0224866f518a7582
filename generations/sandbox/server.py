"""The HTTP face of the sandbox: LUMIQ's five endpoints as a WSGI application.

A body is received whole before anything is decided, as behind a buffering proxy: one that is cut
off costs nothing and makes no task.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.routing import Map, Rule
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from generations.lumiq import contract
from generations.lumiq.contract import ErrorRow
from generations.sandbox import intake
from generations.sandbox.behaviour import Behaviour
from generations.sandbox.files import Folders
from generations.sandbox.orders import Balance, Order, Refused, Task
from generations.sandbox.rate_limit import RateLimit
from generations.sandbox.store import Store
from generations.sandbox.studio import FILE_LIFETIME_SECONDS, Studio

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Files over the documented sizes are received and refused by name; beyond this, only dropped.
MAX_BODY_BYTES = 2 * (contract.MAX_PHOTO_BYTES + contract.MAX_CLIP_BYTES)
# Well above the 64 KB that werkzeug reads at once: it counts them, and the start of what may be a
# boundary, as if they were a field.
MAX_FIELD_BYTES = 1024 * 1024
EMAIL = "sandbox@example.com"

logger = logging.getLogger(__name__)

_URLS = Map(
    [
        Rule(f"{contract.API_PATH}/football", endpoint="football", methods=["POST"]),
        Rule(f"{contract.API_PATH}/avatar", endpoint="avatar", methods=["POST"]),
        Rule(f"{contract.API_PATH}/status/<task_id>", endpoint="status", methods=["GET"]),
        Rule(f"{contract.API_PATH}/download/<task_id>", endpoint="download", methods=["GET"]),
        Rule(f"{contract.API_PATH}/account", endpoint="account", methods=["GET"]),
    ]
)


class Application:
    """`base_url` carries /api/v1 and stands at the head of every link that is given out."""

    def __init__(
        self,
        store: Store,
        folders: Folders,
        studio: Studio,
        rate_limit: RateLimit,
        behaviour: Behaviour,
        base_url: str,
    ) -> None:
        self._store = store
        self._folders = folders
        self._studio = studio
        self._rate_limit = rate_limit
        self._behaviour = behaviour
        self._base_url = base_url
        self._endpoints: dict[str, Callable[..., Response]] = {
            "football": self._football,
            "avatar": self._avatar,
            "status": self._status,
            "download": self._download,
            "account": self._account,
        }

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        response = self._behaviour.answer(Request(environ), self._respond)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        try:
            endpoint, arguments = _URLS.bind_to_environ(request.environ).match()
            return self._endpoints[endpoint](request, **arguments)
        except Refused as refusal:
            return _refusal(refusal)
        except HTTPException as failure:
            row = ErrorRow(failure.code or 500, failure.name, failure.description or "")
            return _refusal(Refused(row))
        except Exception:
            logger.exception("%s %s", request.method, request.path)
            return _refusal(Refused(contract.INTERNAL_ERROR))

    def _football(self, request: Request) -> Response:
        return self._submit(request, intake.football_order)

    def _avatar(self, request: Request) -> Response:
        return self._submit(request, intake.avatar_order)

    def _submit(
        self, request: Request, read_order: Callable[[dict[str, str], dict[str, Path]], Order]
    ) -> Response:
        with self._folders.incoming() as folder, _received(request, folder) as (form, files):
            key, _ = self._admit(request)
            order = read_order(form, files)
            task, credits_remaining = self._studio.accept(key, order)
        return _json(
            {
                "success": True,
                "task_id": task.task_id,
                "status": task.status,
                "credits_used": task.credits,
                "credits_remaining": credits_remaining,
                "estimated_time": order.estimate,
                "check_status": f"{self._base_url}/status/{task.task_id}",
            }
        )

    def _status(self, request: Request, task_id: str) -> Response:
        task = self._task(request, task_id)
        created_at = datetime.fromtimestamp(task.created_at, UTC)
        payload = {
            "task_id": task.task_id,
            "status": task.status,
            "created_at": contract.format_created_at(created_at),
        }
        if task.status == contract.COMPLETED:
            payload["video_url"] = f"{self._base_url}/download/{task.task_id}"
        return _json(payload)

    def _download(self, request: Request, task_id: str) -> Response:
        task = self._task(request, task_id)
        if task.status != contract.COMPLETED or task.finished_at is None:
            raise Refused(contract.TASK_NOT_FOUND, f"the video is not there: {task.status}")
        video = self._folders.video(task_id)
        if task.finished_at < time.time() - FILE_LIFETIME_SECONDS or not video.exists():
            raise Refused(contract.TASK_NOT_FOUND, "the video is no longer there")
        # Absolute, as werkzeug would look for a relative one beside its own code.
        return send_file(
            video.resolve(),
            request.environ,
            mimetype="video/mp4",
            as_attachment=True,
            download_name=video.name,
            conditional=False,
            etag=False,
        )

    def _account(self, request: Request) -> Response:
        _, balance = self._admit(request)
        return _json(
            {
                "credits_balance": balance.credits,
                "email": EMAIL,
                # In the documented example 47 calls have spent 47 times 90 credits: the calls
                # that are counted are the paid ones.
                "total_api_calls": balance.calls,
                "total_credits_spent": balance.spent,
            }
        )

    def _task(self, request: Request, task_id: str) -> Task:
        key, _ = self._admit(request)
        task = self._store.find_task(task_id, key)
        if task is None:
            raise Refused(contract.TASK_NOT_FOUND)
        return task

    def _admit(self, request: Request) -> tuple[str, Balance]:
        key = request.headers.get(contract.KEY_HEADER, "")
        if not key:
            raise Refused(contract.MISSING_KEY)
        balance = self._store.find_balance(key)
        if balance is None:
            raise Refused(contract.INVALID_KEY)
        wait_seconds = self._rate_limit.admit(key)
        if wait_seconds is not None:
            raise Refused(contract.RATE_LIMITED, retry_after_seconds=wait_seconds)
        return key, balance


@contextmanager
def _received(request: Request, folder: Path) -> Iterator[tuple[dict[str, str], dict[str, Path]]]:
    """The whole form: its texts, and its files on disk as they came in (in `folder`)."""
    with ExitStack() as opened:

        def open_file(*_: Any, **__: Any) -> IO[bytes]:
            path = folder / str(len(list(folder.iterdir())))
            return opened.enter_context(path.open("w+b"))

        form, files = _parse(request, open_file)
        for file in files.values():
            file.stream.flush()
        paths = {name: Path(file.stream.name or "") for name, file in files.items()}
        yield form.to_dict(), paths


def _parse(
    request: Request, open_file: Callable[..., IO[bytes]]
) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    parser = FormDataParser(
        stream_factory=open_file,
        max_form_memory_size=MAX_FIELD_BYTES,
        max_content_length=MAX_BODY_BYTES,
        max_form_parts=100,
        silent=False,
    )
    try:
        _, form, files = parser.parse_from_environ(request.environ)
    except RequestEntityTooLarge as failure:
        raise Refused(intake.FILE_TOO_LARGE, "the request is too large") from failure
    except ValueError as failure:
        raise Refused(intake.INVALID_FORM) from failure
    return form, files


def _json(payload: dict[str, Any], http_status: int = 200) -> Response:
    return Response(json.dumps(payload), mimetype="application/json", status=http_status)


def _refusal(refusal: Refused) -> Response:
    row = refusal.row
    payload = {"success": False, "error": row.code, "detail": refusal.detail}
    response = _json(payload, row.http_status)
    if refusal.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return response
