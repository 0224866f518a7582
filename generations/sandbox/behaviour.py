"""The seam for fault scenarios: all that leaves the sandbox passes through one of these methods.

A scenario subclasses `Behaviour` and overrides what it wants to go wrong: it may answer without
asking `respond`, spoil what `respond` gave, raise `ConnectionError` to drop the connection, or
deliver a callback late, twice or never.
"""

from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from generations.sandbox.orders import Task


class Behaviour:
    """Nothing goes wrong."""

    def answer(self, request: Request, respond: Callable[[Request], Response]) -> Response:
        return respond(request)

    def call_back(self, task: Task, deliver: Callable[[], bool]) -> bool:
        """Whether the receiver took it."""
        del task
        return deliver()
