"""Options of the local Stripe, and running it until SIGTERM or SIGINT.

The secrets come by the environment, where `ps` doesn't show them.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from lumiq_portal.embedded.stripe.server import Options, running

SECRETS = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_CONNECT_WEBHOOK_SECRET")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m lumiq_portal.embedded.stripe",
        description="A local Stripe for development; no money moves."
        f" {', '.join(SECRETS)} must be in the environment.",
    )
    add = parser.add_argument
    add("--port", type=int, default=9100, help="0 takes any free one (default: %(default)s)")
    add("--state", type=Path, default=Path("var/stripe"), help="folder (default: %(default)s)")
    add("--webhook", default="", metavar="URL", help="gets the events of the platform's account")
    add("--connect-webhook", default="", metavar="URL", help="gets those of connected accounts")
    given = parser.parse_args(arguments)
    secrets = [os.environ.get(name, "") for name in SECRETS]
    if not all(secrets):
        parser.error(f"set {', '.join(SECRETS)}")
    secret_key, webhook_secret, connect_webhook_secret = secrets
    if not secret_key.startswith("sk_test_"):
        parser.error("STRIPE_SECRET_KEY must begin with sk_test_")
    serve(
        Options(
            secret_key=secret_key,
            webhook_secret=webhook_secret,
            connect_webhook_secret=connect_webhook_secret,
            port=given.port,
            folder=given.state.resolve(),
            webhook_url=given.webhook,
            connect_webhook_url=given.connect_webhook,
        )
    )


def serve(options: Options) -> None:
    """Until SIGTERM or SIGINT; must be called from the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with running(options) as url:
        sys.stdout.write(f"Local Stripe ready on {url}\n")
        sys.stdout.flush()
        stop.wait()
