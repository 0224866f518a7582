"""Reads LUMIQ's answers and decides what each of them means. No connection is made in here."""

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import requests
from urllib3.exceptions import HTTPError

from generations.lumiq import contract
from generations.lumiq.errors import (
    LumiqKeyRefused,
    LumiqNotSent,
    LumiqOutOfCredits,
    LumiqRateLimited,
    LumiqRedirected,
    LumiqRejected,
    LumiqTaskNotFound,
    LumiqUnavailable,
    LumiqUnclear,
)

MAX_ANSWER_BYTES = 64 * 1024
_TEXT_CHARACTERS = 200
_SOME_TASK_ID = re.compile(rb'"task_id"\s*:\s*"([A-Za-z0-9_-]{1,64})"')


@dataclass(frozen=True)
class Answer:
    """What came back. `trouble` says why the body ends early; it is empty where it does not."""

    http_status: int
    retry_after: str | None
    body: bytes
    trouble: str
    secret: str = field(repr=False)

    def payload(self) -> Any:
        """The body as JSON, or None where it isn't (or isn't all there)."""
        if self.trouble:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def text(self, name: str) -> str:
        """A text of the JSON body, fit for a message: short, one line, without the API key."""
        payload = self.payload()
        value = payload.get(name) if isinstance(payload, dict) else None
        if not isinstance(value, str):
            return ""
        printable = "".join(c if c.isprintable() else " " for c in value)
        return printable.replace(self.secret, "[key]")[:_TEXT_CHARACTERS]

    @property
    def task_id_hint(self) -> str | None:
        """A task id that stands in the body, even if the body is cut off."""
        found = _SOME_TASK_ID.search(self.body)
        return found.group(1).decode() if found else None


def read_answer(response: requests.Response, *, seconds: float, secret: str) -> Answer:
    """Reads at most 64 KB within `seconds`, and keeps what came before any trouble."""
    ends_at = time.monotonic() + seconds
    body = b""
    trouble = ""
    try:
        while piece := response.raw.read1(8192, decode_content=True):
            body += piece
            if len(body) > MAX_ANSWER_BYTES:
                trouble = "the answer is too long"
            elif time.monotonic() > ends_at:
                trouble = "the answer takes too long"
            if trouble:
                break
    except (HTTPError, OSError, ValueError) as failure:
        trouble = f"the answer broke off: {type(failure).__name__}"
    return Answer(
        http_status=response.status_code,
        retry_after=response.headers.get("Retry-After"),
        body=body,
        trouble=trouble,
        secret=secret,
    )


def submitted_from(answer: Answer, *, tail_released: bool) -> contract.Submitted:
    """The task that a submit made, or the exception for what became of it."""
    status = answer.http_status
    if _is_refusal(answer):
        _raise_refusal(answer)
    if not tail_released and answer.task_id_hint is None and status != 200:
        raise LumiqNotSent(f"answered {status} before all was sent")
    if status != 200 or not tail_released:
        raise LumiqUnclear(f"answered {status}", task_id=answer.task_id_hint)
    try:
        return contract.Submitted.from_json(answer.payload())
    except contract.MalformedPayload as failure:
        reason = answer.trouble or f"an unusable answer: {failure}"
        raise LumiqUnclear(reason, task_id=answer.task_id_hint) from failure


def payload_from(answer: Answer) -> Any:
    """The JSON of a read-only call, or the exception for what came instead."""
    status = answer.http_status
    if status == 200:
        return answer.payload()
    if status in (401, 403):
        raise LumiqKeyRefused(_describe(answer))
    if status == 429:
        _raise_refusal(answer)
    # LUMIQ answers in JSON. A 404 in any other form is some proxy's and says nothing of the task.
    if status == 404 and isinstance(answer.payload(), dict):
        raise LumiqTaskNotFound(_describe(answer))
    if 300 <= status < 400:
        raise LumiqRedirected(_describe(answer))
    raise LumiqUnavailable(_describe(answer))


def retry_after_seconds(header: str | None) -> float | None:
    """Either form of RFC 9110 §10.2.3; None for anything else."""
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", header.strip()):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _is_refusal(answer: Answer) -> bool:
    """408 comes from a proxy that gave up waiting for LUMIQ; a refusal never names a task."""
    is_client_error = 400 <= answer.http_status < 500 and answer.http_status != 408
    return is_client_error and answer.task_id_hint is None


def _raise_refusal(answer: Answer) -> NoReturn:
    status = answer.http_status
    if status in (401, 403):
        raise LumiqKeyRefused(_describe(answer))
    if status == 402:
        raise LumiqOutOfCredits(_describe(answer))
    if status == 429:
        wish = retry_after_seconds(answer.retry_after)
        raise LumiqRateLimited(_describe(answer), retry_after_seconds=wish)
    code = answer.text("error") or f"HTTP {status}"
    raise LumiqRejected(code, http_status=status, detail=answer.text("detail"))


def _describe(answer: Answer) -> str:
    said = answer.text("error") or answer.trouble
    return f"answered {answer.http_status}" + (f": {said}" if said else "")
