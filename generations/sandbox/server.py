"""The HTTP face of the sandbox: LUMIQ's five endpoints as a WSGI application."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.routing import Map, Rule
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from generations.lumiq import contract
from generations.sandbox import answers, behaviour, intake, scenarios
from generations.sandbox.answers import build_json
from generations.sandbox.behaviour import Behaviour, Fault
from generations.sandbox.files import Folders
from generations.sandbox.orders import AVATAR, FOOTBALL, Account, Order, Refused, Task
from generations.sandbox.rate_limit import RateLimit
from generations.sandbox.reception import Form, receive_form
from generations.sandbox.record import Arrival, Record
from generations.sandbox.store import Store
from generations.sandbox.studio import FILE_LIFETIME_SECONDS, Studio

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_URLS = Map(
    [
        Rule(f"{contract.API_PATH}/football", endpoint="football", methods=["POST"]),
        Rule(f"{contract.API_PATH}/avatar", endpoint="avatar", methods=["POST"]),
        Rule(f"{contract.API_PATH}/status/<task_id>", endpoint="status", methods=["GET"]),
        Rule(f"{contract.API_PATH}/download/<task_id>", endpoint="download", methods=["GET"]),
        Rule(f"{contract.API_PATH}/account", endpoint="account", methods=["GET"]),
    ]
)
_READ_ORDER: dict[str, Callable[[dict[str, str], dict[str, Path]], Order]] = {
    FOOTBALL: intake.football_order,
    AVATAR: intake.avatar_order,
}


@dataclass(frozen=True)
class Visit:
    """An admitted request: whose it is, and what is to go wrong with it."""

    endpoint: str
    key: str
    account: Account
    wish: str
    fault: Fault


class Application:
    """`base_url` carries /api/v1 and stands at the head of every link that is given out."""

    def __init__(
        self,
        store: Store,
        folders: Folders,
        studio: Studio,
        rate_limit: RateLimit,
        behaviour: Behaviour,
        record: Record,
        base_url: str,
    ) -> None:
        self._store = store
        self._folders = folders
        self._studio = studio
        self._rate_limit = rate_limit
        self._behaviour = behaviour
        self._record = record
        self._base_url = base_url
        self._reads: dict[str, Callable[..., Response]] = {
            "status": self._status,
            "download": self._download,
            "account": self._account,
        }

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = Request(environ)
        arrival = self._record.begin(request.headers.get(contract.KEY_HEADER, ""))
        response = answers.answer(lambda: self._respond(request, arrival))
        arrival.http_status = response.status_code
        return response(environ, start_response)

    def _respond(self, request: Request, arrival: Arrival) -> Response:
        endpoint, arguments = _URLS.bind_to_environ(request.environ).match()
        arrival.endpoint = endpoint
        if endpoint in self._reads:
            return self._receive(request, arrival, partial(self._reads[endpoint], **arguments))
        with self._folders.incoming() as folder, receive_form(request, folder) as form:
            return self._receive(request, arrival, partial(self._submit, form=form))

    def _receive(
        self, request: Request, arrival: Arrival, handle: Callable[[Visit], Response]
    ) -> Response:
        """Admits the request, and lets its scenario have its way with it."""
        key, account = self._admit(request, arrival)
        wish = request.headers.get(behaviour.HEADER, "")
        fault = self._behaviour.choose(arrival.endpoint, key, wish)
        arrival.scenario = fault.name
        visit = Visit(arrival.endpoint, key, account, wish, fault)
        call = scenarios.Call(lambda: handle(visit), self._studio.wait_for_callback)
        return fault.answer(call)

    def _admit(self, request: Request, arrival: Arrival) -> tuple[str, Account]:
        arrival.is_admitted = False
        key = request.headers.get(contract.KEY_HEADER, "")
        if not key:
            raise Refused(contract.MISSING_KEY)
        account = self._store.find_account(key)
        if account is None:
            raise Refused(contract.INVALID_KEY)
        admission = self._rate_limit.admit(key)
        arrival.at = admission.at
        arrival.is_admitted = admission.wait_seconds is None
        if not arrival.is_admitted:
            raise Refused(contract.RATE_LIMITED, retry_after_seconds=admission.wait_seconds)
        return key, account

    def _submit(self, visit: Visit, form: Form) -> Response:
        order = visit.fault.change(_READ_ORDER[visit.endpoint](form.texts, form.files))
        if not visit.fault.name:
            order = replace(order, scenario=visit.wish)  # for the callback
        task, credits_remaining = self._studio.accept(visit.key, order)
        return build_json(
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

    def _status(self, visit: Visit, task_id: str) -> Response:
        task = self._task(visit, task_id)
        created_at = datetime.fromtimestamp(task.created_at, UTC)
        payload = {
            "task_id": task.task_id,
            "status": task.status,
            "created_at": contract.format_created_at(created_at),
        }
        if task.status == contract.COMPLETED:
            payload["video_url"] = f"{self._base_url}/download/{task.task_id}"
        return build_json(payload)

    def _download(self, visit: Visit, task_id: str) -> Response:
        task = self._task(visit, task_id)
        if task.status != contract.COMPLETED or task.finished_at is None:
            raise Refused(contract.TASK_NOT_FOUND, f"the video is not there: {task.status}")
        video = self._folders.video(task_id)
        if task.finished_at < time.time() - FILE_LIFETIME_SECONDS or not video.exists():
            raise Refused(contract.TASK_NOT_FOUND, "the video is no longer there")
        # Absolute, as werkzeug would look for a relative one beside its own code.
        return send_file(
            video.resolve(),
            {},
            mimetype="video/mp4",
            as_attachment=True,
            download_name=video.name,
            conditional=False,
            etag=False,
        )

    def _account(self, visit: Visit) -> Response:
        return build_json(
            {
                "credits_balance": visit.account.credits,
                "email": visit.account.email,
                # In the documented example 47 calls have spent 47 times 90 credits: the calls
                # that are counted are the paid ones.
                "total_api_calls": visit.account.calls,
                "total_credits_spent": visit.account.spent,
            }
        )

    def _task(self, visit: Visit, task_id: str) -> Task:
        task = self._store.find_task(task_id, visit.key)
        if task is None:
            raise Refused(contract.TASK_NOT_FOUND)
        return task
