"""All that this Stripe knows, and its clock. The verbs are in sessions.py, refunds.py and so on.

Usable without any server: `sessions.create(State(), "", {…})`, with parameters as the API would
have read them. "" is the platform's own account.
"""

import secrets
import string
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lumiq_portal.embedded.stripe.errors import no_such
from lumiq_portal.embedded.stripe.knobs import Knobs
from lumiq_portal.embedded.stripe.store import Body, Store

_LETTERS = (string.ascii_letters + string.digits).encode()
_TO_LETTERS = bytes(_LETTERS[byte % len(_LETTERS)] for byte in range(256))


class State:
    def __init__(self, path: Path | None = None, *, base_url: str = "http://127.0.0.1") -> None:
        self.store = Store(path)
        self.base_url = base_url
        self.knobs = Knobs()
        self.skipped_seconds = 0.0
        # Which endpoint gets the events of the platform's account, and which the others'.
        self.has_endpoint: Callable[[str], bool] = lambda endpoint: False
        self.something_to_send = threading.Event()

    @property
    def now(self) -> int:
        return int(time.time() + self.skipped_seconds)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.store.transaction():
            yield

    def add(self, account: str, body: Body) -> Body:
        """What begins with an underscore is for ourselves: nobody gets to see it."""
        self.store.add(account, body["object"], _key_of(body), body)
        return body

    def save(self, body: Body) -> None:
        self.store.replace(_key_of(body), body)

    def get(self, account: str, kind: str, key: str, *, param: str = "id") -> Body:
        found = self.store.find(kind, key)
        if found is None or found[0] != account:
            raise no_such(kind, key, param=param)
        return found[1]

    def get_anywhere(self, kind: str, key: str) -> tuple[str, Body]:
        """The account, and the object."""
        found = self.store.find(kind, key)
        if found is None:
            raise no_such(kind, key)
        return found

    def find_all(self, account: str | None, kind: str) -> list[Body]:
        return self.store.find_all(account, kind)


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{secrets.token_bytes(length).translate(_TO_LETTERS).decode()}"


def build_public(body: Any) -> Any:
    """Without what is for ourselves."""
    if isinstance(body, dict):
        return {key: build_public(value) for key, value in body.items() if key[:1] != "_"}
    if isinstance(body, list):
        return [build_public(item) for item in body]
    return body


def _key_of(body: Body) -> str:
    return str(body.get("id") or body["_key"])
