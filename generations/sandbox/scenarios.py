"""What may go wrong: the scenarios as data, each with what it does to an answer, order or callback.

An answer's part is given `call.respond`: before that is called nothing has been charged, after it
a submit was. Raising ConnectionError drops the connection.
"""

import json
import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.wrappers import Response

from generations.lumiq import contract
from generations.lumiq.contract import ErrorRow
from generations.sandbox.answers import build_refusal
from generations.sandbox.orders import Order, Refused

Details = Mapping[str, Any]

SUBMITS = ("football", "avatar")
TEXTS = (*SUBMITS, "status", "account")
REQUESTS = (*TEXTS, "download")
CALLBACK = "callback"
ENDPOINTS = (*REQUESTS, CALLBACK)

BAD_GATEWAY_PAGE = """<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body>
</html>
"""
UNAVAILABLE = ErrorRow(503, "Service unavailable", "Try again later")


@dataclass(frozen=True)
class Call:
    """An admitted request. `wait_for_callback(task_id, seconds)` returns once that was made."""

    respond: Callable[[], Response]
    wait_for_callback: Callable[[str, float], None]


@dataclass(frozen=True)
class Callback:
    """`deliver(url, payload)` makes all the documented tries; True if one was taken."""

    url: str
    payload: dict[str, str]
    deliver: Callable[[str, dict[str, str]], bool]


@dataclass(frozen=True)
class Scenario:
    """`details` are its settings with their defaults; nobody may give it others."""

    about: str
    endpoints: tuple[str, ...]
    details: Details = field(default_factory=dict)
    answer: Callable[[Call, Details], Response] = lambda call, _: call.respond()
    change: Callable[[Order, Details], Order] = lambda order, _: order
    call_back: Callable[[Callback, Details], bool] = lambda callback, _: callback.deliver(
        callback.url, callback.payload
    )


def _refuse(row: ErrorRow) -> Callable[[Call, Details], Response]:
    def refuse(_call: Call, details: Details) -> Response:
        return build_refusal(Refused(row, retry_after_seconds=details.get("retry_after")))

    return refuse


def _bad_gateway(_call: Call, _details: Details) -> Response:
    return Response(BAD_GATEWAY_PAGE, 502, mimetype="text/html")


def _slow(call: Call, details: Details) -> Response:
    time.sleep(details["seconds"])
    return call.respond()


def _drop(_call: Call, _details: Details) -> Response:
    raise ConnectionError("dropped by a scenario")


def _drop_accepted(call: Call, details: Details) -> Response:
    call.respond().close()
    time.sleep(details.get("seconds", 0))
    raise ConnectionError("dropped by a scenario")


def _fail_accepted(call: Call, _details: Details) -> Response:
    call.respond()
    return build_refusal(Refused(contract.INTERNAL_ERROR))


def _garble(call: Call, _details: Details) -> Response:
    return Response("<html>Thank you!</html>", call.respond().status_code, mimetype="text/html")


def _cut_before_task_id(call: Call, _details: Details) -> Response:
    response = call.respond()
    return _cut(response, response.get_data().find(b'"task_id"') + len('"task'))


def _cut_after_task_id(call: Call, _details: Details) -> Response:
    response = call.respond()
    task_id = json.dumps(response.get_json().get("task_id", "")).encode()
    return _cut(response, response.get_data().find(task_id) + len(task_id))


def _cut(response: Response, length: int) -> Response:
    """As much of it as that, under the Content-Length of the whole."""
    whole = response.get_data()
    cut = Response(whole[:length], response.status_code, mimetype=response.mimetype)
    cut.headers["Content-Length"] = str(len(whole))
    return cut


def _answer_after_callback(call: Call, details: Details) -> Response:
    response = call.respond()
    call.wait_for_callback(response.get_json().get("task_id", ""), details["seconds"])
    return response


def _cut_download(call: Call, _details: Details) -> Response:
    response = _loaded(call.respond())
    return _cut(response, len(response.get_data()) // 2)


def _shorten_download(call: Call, _details: Details) -> Response:
    response = _loaded(call.respond())
    whole = response.get_data()
    # An iterator has no length, so the server sends chunks and ends them in good order.
    return Response(iter([whole[: len(whole) // 2]]), response.status_code, mimetype="video/mp4")


def _loaded(response: Response) -> Response:
    response.direct_passthrough = False
    response.get_data()
    response.close()
    return response


def _redirect(call: Call, details: Details) -> Response:
    call.respond().close()
    return Response("", 302, {"Location": details["url"]})


def _deliver_late(callback: Callback, details: Details) -> bool:
    time.sleep(details["seconds"])
    return callback.deliver(callback.url, callback.payload)


def _deliver_repeatedly(callback: Callback, details: Details) -> bool:
    outcomes = [callback.deliver(callback.url, callback.payload) for _ in range(details["count"])]
    return any(outcomes)


def _forge_task(callback: Callback, _details: Details) -> bool:
    return _deliver_after(callback, payload={**callback.payload, "task_id": secrets.token_hex(4)})


def _forge_status(callback: Callback, _details: Details) -> bool:
    is_done = callback.payload["status"] == contract.COMPLETED
    status = contract.FAILED if is_done else contract.COMPLETED
    return _deliver_after(callback, payload={**callback.payload, "status": status})


def _forge_token(callback: Callback, _details: Details) -> bool:
    head, _, token = callback.url.rstrip("/").rpartition("/")
    # Backwards, it is of the same make and opens nothing.
    tail = "/" if callback.url.endswith("/") else ""
    callback.deliver(f"{head}/{token[::-1]}{tail}", callback.payload)
    return callback.deliver(callback.url, callback.payload)


def _deliver_after(callback: Callback, *, payload: dict[str, str]) -> bool:
    """The forged callback first, then the true one."""
    callback.deliver(callback.url, payload)
    return callback.deliver(callback.url, callback.payload)


def _decide(outcome: str, *, wait_seconds: float | None = None) -> Callable[..., Order]:
    def decide(order: Order, _details: Details) -> Order:
        return replace(order, outcome=outcome, wait_seconds=wait_seconds)

    return decide


SCENARIOS: dict[str, Scenario] = {
    "rate-limited": Scenario(
        "429 with Retry-After",
        REQUESTS,
        {"retry_after": 30},
        answer=_refuse(contract.RATE_LIMITED),
    ),
    "rate-limited-bare": Scenario(
        "429 without Retry-After", REQUESTS, answer=_refuse(contract.RATE_LIMITED)
    ),
    "internal-error": Scenario(
        "500, nothing charged", REQUESTS, answer=_refuse(contract.INTERNAL_ERROR)
    ),
    "bad-gateway": Scenario("502 with a page of HTML", REQUESTS, answer=_bad_gateway),
    "unavailable": Scenario("503", REQUESTS, answer=_refuse(UNAVAILABLE)),
    "revoked-key": Scenario("401 for a good key", REQUESTS, answer=_refuse(contract.INVALID_KEY)),
    "out-of-credits": Scenario(
        "402 whatever the balance", SUBMITS, answer=_refuse(contract.INSUFFICIENT_CREDITS)
    ),
    "slow": Scenario("works and answers after `seconds`", REQUESTS, {"seconds": 5.0}, answer=_slow),
    "too-slow": Scenario(
        "the same beyond a client's patience: a submit is taken after the client gave up",
        REQUESTS,
        {"seconds": 150.0},
        answer=_slow,
    ),
    "reset-before": Scenario(
        "the request is read, the connection dropped; nothing charged", REQUESTS, answer=_drop
    ),
    "reset-after": Scenario(
        "charged, task made, connection dropped", SUBMITS, answer=_drop_accepted
    ),
    "accepted-error": Scenario("charged, task made, 500", SUBMITS, answer=_fail_accepted),
    "accepted-silent": Scenario(
        "charged, task made, no answer for `seconds`, then dropped",
        SUBMITS,
        {"seconds": 150.0},
        answer=_drop_accepted,
    ),
    "garbage": Scenario("done, but the answer is not JSON", TEXTS, answer=_garble),
    "truncated": Scenario(
        "done, but the answer is cut off before its task_id", TEXTS, answer=_cut_before_task_id
    ),
    "truncated-after-task-id": Scenario(
        "done, but the answer is cut off after its task_id", SUBMITS, answer=_cut_after_task_id
    ),
    "price-drift": Scenario(
        "charges `credits`, and says so",
        SUBMITS,
        {"credits": 100},
        change=lambda order, details: replace(order, credits=details["credits"]),
    ),
    "failing": Scenario("the task ends `failed`", SUBMITS, change=_decide(contract.FAILED)),
    "never-finishing": Scenario(
        "the task stays `processing`",
        SUBMITS,
        change=_decide(contract.COMPLETED, wait_seconds=math.inf),
    ),
    "webhook-first": Scenario(
        "the callback comes before the answer, which waits for it up to `seconds`",
        SUBMITS,
        {"seconds": 30.0},
        answer=_answer_after_callback,
        change=lambda order, _: replace(order, wait_seconds=0.0),
    ),
    "webhook-lost": Scenario("no callback", (CALLBACK,), call_back=lambda *_: False),
    "webhook-late": Scenario(
        "it comes `seconds` later",
        (CALLBACK,),
        {"seconds": 60.0},
        call_back=_deliver_late,
    ),
    "webhook-repeated": Scenario(
        "it comes `count` times", (CALLBACK,), {"count": 3}, call_back=_deliver_repeatedly
    ),
    "webhook-forged-task": Scenario(
        "one with another task id, then the true one", (CALLBACK,), call_back=_forge_task
    ),
    "webhook-forged-status": Scenario(
        "one with the other status, then the true one", (CALLBACK,), call_back=_forge_status
    ),
    "webhook-forged-token": Scenario(
        "one to an address with another last part, then the true one",
        (CALLBACK,),
        call_back=_forge_token,
    ),
    "download-cut": Scenario(
        "half of the video under the whole's Content-Length", ("download",), answer=_cut_download
    ),
    "download-short": Scenario(
        "half of the video without a Content-Length", ("download",), answer=_shorten_download
    ),
    "download-vanished": Scenario(
        "404 for a completed task", ("download",), answer=_refuse(contract.TASK_NOT_FOUND)
    ),
    "download-redirected": Scenario(
        "302 to `url`",
        ("download",),
        {"url": "http://elsewhere.invalid/video.mp4"},
        answer=_redirect,
    ),
}
