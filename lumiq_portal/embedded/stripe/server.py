"""The whole local Stripe on a port of the loopback: API, pages, control side, post."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from lumiq_portal.embedded.stripe import control
from lumiq_portal.embedded.stripe.api import Api
from lumiq_portal.embedded.stripe.events import CONNECT, PLATFORM
from lumiq_portal.embedded.stripe.faults import Faults
from lumiq_portal.embedded.stripe.pages import Pages
from lumiq_portal.embedded.stripe.post import Endpoint, Postman
from lumiq_portal.embedded.stripe.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST = "127.0.0.1"
DATABASE = "stripe.sqlite3"


@dataclass(frozen=True)
class Options:
    """Without a folder the state lives in memory. Port 0 takes any free one."""

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    connect_webhook_secret: str = field(repr=False)
    port: int = 0
    folder: Path | None = None
    webhook_url: str = ""
    connect_webhook_url: str = ""


@contextmanager
def running(options: Options) -> Iterator[str]:
    """Yields its address; ends it after the block."""
    server = make_server(
        HOST, options.port, _not_ready, threaded=True, request_handler=_Handler
    )  # fmt: skip
    base_url = f"http://{HOST}:{server.port}"
    state = State(_database(options.folder), base_url=base_url)
    postman = Postman(state, _build_endpoints(options))
    server.app = _build_application(state, postman, options)
    serving = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    serving.start()
    postman.start()
    try:
        yield base_url
    finally:
        _stop(server, serving)
        postman.stop()
        state.store.close()


def _stop(server: BaseWSGIServer, serving: threading.Thread) -> None:
    server.shutdown()
    serving.join()
    server.server_close()


def _database(folder: Path | None) -> Path | None:
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / DATABASE


def _build_endpoints(options: Options) -> dict[str, Endpoint]:
    return {
        PLATFORM: Endpoint(options.webhook_secret, options.webhook_url),
        CONNECT: Endpoint(options.connect_webhook_secret, options.connect_webhook_url),
    }


def _build_application(state: State, postman: Postman, options: Options) -> DispatcherMiddleware:
    faults = Faults()
    api = Api(state, faults, options.secret_key)
    controls = control.Control(state, api, faults, postman)

    def api_in_full(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The dispatcher takes the prefix off, which stands in the API's addresses."""
        environ["PATH_INFO"] = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
        environ["SCRIPT_NAME"] = ""
        return api(environ, start_response)

    return DispatcherMiddleware(Pages(state), {"/v1": api_in_full, control.PREFIX: controls})


class _Handler(WSGIRequestHandler):
    """Says nothing of each request, and doesn't wait for ever for a client's bytes."""

    protocol_version = "HTTP/1.1"
    timeout = 120

    def log_request(self, *_: object) -> None:
        pass

    def connection_dropped(self, *_: object) -> None:
        """Else it would wait for a next request on the connection that is to be dropped."""
        self.close_connection = True


def _not_ready(_environ: object, _start_response: object) -> list[bytes]:
    raise ConnectionError("the port is known, the application is not")
