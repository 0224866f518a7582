"""The HTTP client of the LUMIQ API. Never retries, follows no redirect unasked, knows no Django.

A submit is sent in two phases (multipart.py): `before_last` is the caller's chance to record, or to
refuse, that from here on LUMIQ may have taken it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from generations.lumiq import contract
from generations.lumiq.answers import Answer, payload_from, read_answer, submitted_from
from generations.lumiq.contract import Account, Submitted, TaskStatus
from generations.lumiq.errors import (
    LumiqNotSent,
    LumiqTaskNotFound,
    LumiqUnavailable,
    LumiqUnclear,
)
from generations.lumiq.multipart import BodyAborted, FilePart, MultipartBody
from generations.lumiq.transport import open_session

__all__ = ["Download", "FilePart", "LumiqClient"]

_TROUBLE = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


class Download:
    """A video on its way. Lengths in bytes; `content_length` is None where LUMIQ states none."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self.content_type = response.headers.get("Content-Type", "")
        stated = response.headers.get("Content-Length", "")
        self.content_length = int(stated) if stated.isascii() and stated.isdigit() else None

    def iter_chunks(self, size: int = 64 * 1024) -> Iterator[bytes]:
        """Raises LumiqUnavailable if the connection fails or ends before `content_length`."""
        try:
            # As it comes in: who waits for full blocks never gets to look at the clock.
            while block := self._response.raw.read1(size, decode_content=True):
                yield block
        except _TROUBLE as failure:
            raise LumiqUnavailable(f"the download broke off: {_name(failure)}") from failure


class LumiqClient:
    """One key at one LUMIQ. `base_url` carries /api/v1; timeouts are seconds.

    `send_timeout` is for one write of an upload, `read_timeout` for the wait for an answer and
    between two blocks of a download. A download may be redirected once, to one of `download_hosts`
    (host, or host:port), and the key stays behind. `submit_headers` go along with submits only.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        connect_timeout: float = 5,
        send_timeout: float = 60,
        read_timeout: float = 120,
        download_hosts: Collection[str] = (),
        submit_headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.base_url = _checked_base_url(base_url)
        if not api_key.isascii() or not api_key.isprintable() or not api_key or " " in api_key:
            raise ValueError("the API key is empty or has characters that no key has")
        self._api_key = api_key
        self._send_timeout = send_timeout
        self._read_timeout = read_timeout
        self._timeouts = (connect_timeout, read_timeout)
        self._download_hosts = download_hosts
        self._submit_headers = submit_headers

    def __repr__(self) -> str:
        return f"LumiqClient(base_url={self.base_url!r})"

    def submit_football(
        self,
        *,
        photo: FilePart,
        team_left: str,
        team_right: str,
        webhook_url: str,
        before_last: Callable[[], None],
    ) -> Submitted:
        """Raises any of errors.py but LumiqTaskNotFound and LumiqUnavailable, or what
        `before_last` raises, unchanged."""
        fields = [("team_left", team_left), ("team_right", team_right)]
        fields.append(("webhook_url", webhook_url))
        return self._submit("/football", fields, [("photo", photo)], before_last)

    def submit_avatar(
        self,
        *,
        clip: FilePart,
        photo: FilePart,
        duration_seconds: int,
        ratio: str,
        voice_id: str | None,
        webhook_url: str,
        before_last: Callable[[], None],
    ) -> Submitted:
        """As `submit_football`. Without a `voice_id` LUMIQ takes its default voice."""
        fields = [("duration", str(duration_seconds)), ("ratio", ratio)]
        if voice_id:
            fields.append(("voice_id", voice_id))
        fields.append(("webhook_url", webhook_url))
        return self._submit("/avatar", fields, [("video", clip), ("photo", photo)], before_last)

    def fetch_status(self, task_id: str) -> TaskStatus:
        try:
            status = TaskStatus.from_json(self._fetch(f"/status/{_checked_task_id(task_id)}"))
        except contract.MalformedPayload as failure:
            raise LumiqUnavailable(f"an unusable answer: {failure}") from failure
        if status.task_id != task_id:
            raise LumiqUnavailable("the answer is about another task")
        return status

    def fetch_account(self) -> Account:
        try:
            return Account.from_json(self._fetch("/account"))
        except contract.MalformedPayload as failure:
            raise LumiqUnavailable(f"an unusable answer: {failure}") from failure
        except LumiqTaskNotFound as failure:
            raise LumiqUnavailable("there is no account at this address") from failure

    @contextmanager
    def open_download(self, task_id: str) -> Iterator[Download]:
        """The task's video. The address is built here; a callback's `video_url` is never asked."""
        url = f"{self.base_url}/download/{_checked_task_id(task_id)}"
        with ExitStack() as stack:
            response = stack.enter_context(self._answering(url, self._api_key))
            elsewhere = self._allowed_target(response)
            if elsewhere:
                response = stack.enter_context(self._answering(elsewhere, None))
            if response.status_code != 200:
                payload_from(self._read(response))
            yield Download(response)

    def _submit(
        self,
        path: str,
        fields: Sequence[tuple[str, str]],
        files: Sequence[tuple[str, FilePart]],
        before_last: Callable[[], None],
    ) -> Submitted:
        body = MultipartBody(fields=fields, files=files, before_last=before_last)
        try:
            answer = self._post(path, body)
        except BodyAborted:
            assert body.failure is not None
            raise body.failure from body.failure.__cause__
        except _TROUBLE as failure:
            _raise_lost(failure, tail_released=body.tail_released)
        finally:
            body.close()
        return submitted_from(answer, tail_released=body.tail_released)

    def _post(self, path: str, body: MultipartBody) -> Answer:
        headers = {**self._submit_headers, "Content-Type": body.content_type}
        with (
            open_session(self._api_key, send_timeout_seconds=self._send_timeout) as session,
            session.post(
                self.base_url + path,
                data=body,
                headers=headers,
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            return self._read(response)

    def _fetch(self, path: str) -> Any:
        with self._answering(self.base_url + path, self._api_key) as response:
            answer = self._read(response)
        return payload_from(answer)

    def _allowed_target(self, response: requests.Response) -> str | None:
        """Where a download is redirected to, if that is one of the hosts that may give it."""
        target = response.headers.get("Location")
        if not response.is_redirect or not target:
            return None
        target = urljoin(response.url, target)
        parts = urlsplit(target)
        is_safe = (
            parts.scheme in ("https", urlsplit(self.base_url).scheme) and "@" not in parts.netloc
        )
        return target if is_safe and parts.netloc.lower() in self._download_hosts else None

    @contextmanager
    def _answering(self, url: str, api_key: str | None) -> Iterator[requests.Response]:
        with open_session(api_key, send_timeout_seconds=self._send_timeout) as session:
            try:
                response = session.get(
                    url,
                    timeout=self._timeouts,
                    allow_redirects=False,
                    stream=True,
                )
            except _TROUBLE as failure:
                raise LumiqUnavailable(f"no answer: {_name(failure)}") from failure
            with response:
                yield response

    def _read(self, response: requests.Response) -> Answer:
        return read_answer(response, seconds=self._read_timeout, secret=self._api_key)


def _raise_lost(failure: Exception, *, tail_released: bool) -> NoReturn:
    if tail_released:
        raise LumiqUnclear(f"sent, but no answer: {_name(failure)}") from failure
    raise LumiqNotSent(f"not sent: {_name(failure)}") from failure


def _name(failure: BaseException) -> str:
    """The innermost cause by its class: texts of HTTP libraries may quote headers."""
    reason = getattr(failure, "reason", None) or (failure.args[0] if failure.args else None)
    if isinstance(reason, BaseException) and reason is not failure:
        return _name(reason)
    return type(failure).__name__


def _checked_base_url(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("the base URL must be http(s)://host…/api/v1, without a user name")
    if parts.query or parts.fragment:
        raise ValueError("the base URL must end with its path")
    return base_url.rstrip("/")


def _checked_task_id(task_id: str) -> str:
    if not contract.TASK_ID.match(task_id):
        raise ValueError("not a task id")
    return task_id
