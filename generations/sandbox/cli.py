"""Options of the sandbox, and running it until SIGTERM or SIGINT.

Shared by `python -m generations.sandbox` and the management command.
"""

import argparse
import re
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from generations.lumiq import contract
from generations.sandbox import control
from generations.sandbox.behaviour import Behaviour
from generations.sandbox.files import Folders
from generations.sandbox.rate_limit import SLIDING, WINDOW_SECONDS, WINDOWS, RateLimit
from generations.sandbox.record import Record
from generations.sandbox.schema import DEFAULT_KEY
from generations.sandbox.server import Application
from generations.sandbox.store import Store
from generations.sandbox.studio import Studio

DEFAULT_CREDITS = 1_000_000
DEFAULT_RENDERER = "generations.sandbox.rendering"
SPEED_HELP = """how fast the pretended waiting time of 3-5 (football) or 3-8 minutes (avatar)
passes: 1 is real time, 10 ten times faster, 0 (the default) means that a video is done as soon
as it is drawn"""
RENDERER_HELP = """dotted name of the module whose render_football and render_avatar draw the
videos (default: %(default)s)"""


class Key(NamedTuple):
    """Without an e-mail address the key is an account of its own."""

    key: str
    credits: int
    email: str = ""


# Of a key for tests, which nobody is to run out of.
TEST_CREDITS = 10**12


@dataclass(frozen=True)
class Options:
    port: int
    state: Path
    host: str = "127.0.0.1"
    keys: Sequence[Key] = (Key(DEFAULT_KEY, DEFAULT_CREDITS),)
    test_keys: Sequence[str] = ()
    speed: float = 0.0
    requests_per_minute: int = contract.REQUESTS_PER_MINUTE
    rate_window: str = SLIDING
    rate_window_seconds: float = WINDOW_SECONDS
    count_refused: bool = False
    workers: int = 1
    refund_failed: bool = False
    renderer: str = DEFAULT_RENDERER

    @classmethod
    def from_arguments(cls, arguments: dict[str, Any]) -> "Options":
        """Of a parser's result. Without any key there is one for everyday use."""
        names = cls.__dataclass_fields__
        options = {name: value for name, value in arguments.items() if name in names}
        if arguments["key"] or options["test_keys"]:
            options["keys"] = arguments["key"] or ()
        return cls(**options)


def add_arguments(parser: argparse.ArgumentParser, *, default_state: Path) -> None:
    add = parser.add_argument
    add("--port", type=int, default=9000, help="0 takes any free one (default: %(default)s)")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--state", type=Path, default=default_state, help="directory (default: %(default)s)")
    add(
        "--key", type=_key, action="append", metavar="KEY:CREDITS[:EMAIL]",
        help="an API key, its account's first balance and the account: keys with one e-mail"
        " address share it; may be repeated, and what the state knows stays as it is"
        f" (default: {DEFAULT_KEY}:{DEFAULT_CREDITS})",
    )  # fmt: skip
    add(
        "--test-key", type=_test_key, action="append", default=[], metavar="KEY", dest="test_keys",
        help="an API key with a trillion credits whose videos say TEST; may be repeated",
    )  # fmt: skip
    add("--speed", type=_not_negative(float), default=0.0, help=SPEED_HELP)
    add(
        "--requests-per-minute", type=_not_negative(int), default=contract.REQUESTS_PER_MINUTE,
        help="for each key (default: %(default)s)",
    )  # fmt: skip
    add(
        "--rate-window", choices=WINDOWS, default=SLIDING,
        help="any sliding minute, or each minute anew (default: %(default)s)",
    )  # fmt: skip
    add(
        "--rate-window-seconds", type=_not_negative(float), default=WINDOW_SECONDS,
        help="how long that minute lasts, for tests in a hurry (default: %(default)s)",
    )  # fmt: skip
    add("--count-refused", action="store_true", help="count requests answered with 429, too")
    add("--workers", type=_not_negative(int), default=1, help="drawing processes (default: 1)")
    add("--refund-failed", action="store_true", help="give credits of failed tasks back")
    add("--renderer", default=DEFAULT_RENDERER, help=RENDERER_HELP)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m generations.sandbox",
        description="A LUMIQ server for development: same protocol, real MP4 files drawn here.",
    )
    add_arguments(parser, default_state=Path("var/sandbox"))
    run(Options.from_arguments(vars(parser.parse_args(arguments))))


def run(options: Options) -> None:
    """Serves until SIGTERM or SIGINT; must be called from the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    folders = Folders(options.state.resolve())
    store = Store(folders.database)
    _add_keys(store, options)
    server, studio = _build(options, folders, store)
    studio.start()
    serving = threading.Thread(target=server.serve_forever, args=[0.1], daemon=True)
    serving.start()
    sys.stdout.write(f"LUMIQ sandbox ready on {_base_url(options, server)}\n")
    sys.stdout.flush()
    stop.wait()
    server.shutdown()
    server.server_close()
    studio.stop()
    store.close()
    folders.close()


def _add_keys(store: Store, options: Options) -> None:
    for key in options.keys:
        store.add_key(*key)
    for test_key in options.test_keys:
        store.add_key(test_key, TEST_CREDITS)
        store.change_key(test_key, is_test=True)


def _build(options: Options, folders: Folders, store: Store) -> tuple[BaseWSGIServer, Studio]:
    server = make_server(
        options.host, options.port, _not_ready, threaded=True, request_handler=_Handler
    )
    base_url = _base_url(options, server)
    behaviour, record = Behaviour(), Record()
    studio = Studio(
        store,
        folders,
        behaviour,
        workers=options.workers,
        renderer=options.renderer,
        speed=options.speed,
        refund_failed=options.refund_failed,
        video_url=lambda task_id: f"{base_url}/download/{task_id}",
    )
    rate_limit = RateLimit(
        options.requests_per_minute,
        window=options.rate_window,
        counts_refused=options.count_refused,
        seconds=options.rate_window_seconds,
    )
    api = Application(store, folders, studio, rate_limit, behaviour, record, base_url)
    controls = control.Control(behaviour, store, record)
    server.app = DispatcherMiddleware(api, {control.PREFIX: controls})
    return server, studio


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


def _base_url(options: Options, server: BaseWSGIServer) -> str:
    return f"http://{options.host}:{server.port}{contract.API_PATH}"


def _key(text: str) -> Key:
    found = re.fullmatch(r"(.+?):(\d{1,12})(?::([^\s:@]+@[^\s:@]+))?", text)
    if not found:
        raise argparse.ArgumentTypeError("must look like lmq_something:600 or …:600:me@example.com")
    key, credits_balance, email = found.groups(default="")
    return Key(key, int(credits_balance), email)


def _test_key(text: str) -> str:
    if not re.fullmatch(r"[!-9;-~]+", text):
        raise argparse.ArgumentTypeError("must be a key alone: its credits are given")
    return text


def _not_negative(kind: type[int] | type[float]) -> Any:
    def number(text: str) -> int | float:
        value = kind(text)
        if value < 0:
            raise argparse.ArgumentTypeError("must not be negative")
        return value

    return number
