"""Looks at the database every few seconds and moves what waits. Any number may run: one works."""

import logging
import os
import signal
import socket
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from generations import beat, leases, spool

logger = logging.getLogger(__name__)

LEASE = "beat"
LEASE_PASSES = 10


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--interval", type=float, default=2.0, metavar="SECONDS", help="the longest pause"
        )
        parser.add_argument(
            "--inline", action="store_true", help="do the work here instead of waking workers"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        holder = f"{socket.gethostname()[:40]}:{os.getpid()}"
        interval = options["interval"]
        while not stop.is_set():
            inline = options["inline"]
            stop.wait(_run_once(holder, longest_pause=interval, inline=inline))
        leases.give_back(LEASE, holder=holder)


def _run_once(holder: str, *, longest_pause: float, inline: bool) -> float:
    """Returns for how long to pause. A database that is away for a while must not end the beat."""
    close_old_connections()
    spool.drain()  # of this host, whichever beat holds the lease
    try:
        if leases.hold(LEASE, holder=holder, seconds=longest_pause * LEASE_PASSES):
            beat.run_pass(inline=inline)
            return beat.pause_seconds(longest_pause)
    except DatabaseError:
        logger.exception("The beat could not work this time")
    return longest_pause
