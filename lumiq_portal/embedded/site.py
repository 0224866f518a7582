"""The whole site from lock to last goodbye."""

import sys
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import Error as DatabaseError

from lumiq_portal.embedded import demo, preparation, programs, redis_server
from lumiq_portal.embedded.banner import build_banner
from lumiq_portal.embedded.errors import CannotStart, GaveUp, Interrupted
from lumiq_portal.embedded.lock import StateLock
from lumiq_portal.embedded.parent import Make
from lumiq_portal.embedded.processes import Process, Program
from lumiq_portal.embedded.supervisor import Supervisor, answers_http, listens
from lumiq_portal.embedded.watchdog import Watchdog

VAR = Path(settings.VAR_DIR)


def say(text: str) -> None:
    print(text, flush=True)


def serve() -> int:
    """The exit code: 0 where somebody stopped the site, 1 where it could not go on."""
    lock = StateLock(VAR)
    try:
        lock.acquire(programs.site_address())
        _check_ports()
    except (CannotStart, OSError) as error:
        lock.release()
        print(error, file=sys.stderr, flush=True)
        return 1
    watchdog = Watchdog(lock_fileno=lock.fileno())
    make = Make()
    supervisor = Supervisor(
        logs=VAR / "log",
        watcher=watchdog,
        say=say,
        was_interrupted=make.was_interrupted,
        on_success=_on_success,
    )
    supervisor.listen_for_signals()
    try:
        return _run(supervisor)
    finally:
        supervisor.stop()
        watchdog.dismiss()
        lock.release()


def _run(supervisor: Supervisor) -> int:
    try:
        _start(supervisor)
        supervisor.watch()
    except Interrupted:
        pass
    except (CannotStart, GaveUp, CommandError, DatabaseError, ImproperlyConfigured) as error:
        print(f"The site stops: {error}", file=sys.stderr, flush=True)
        return 1
    say("\nStopping …")
    return 0


def _check_ports() -> None:
    preparation.check_port_is_free(
        settings.PORT, purpose="the site", remedy="Choose another: PORT=8001 make run"
    )
    if settings.LUMIQ_USES_SANDBOX:
        preparation.check_port_is_free(
            settings.SANDBOX_PORT,
            purpose="LUMIQ's sandbox beside the site",
            remedy="It follows from PORT, so choose another: PORT=8001 make run",
        )
    if programs.uses_local_stripe():
        preparation.check_port_is_free(
            settings.LOCAL_STRIPE_PORT,
            purpose="the local Stripe beside the site",
            remedy="It follows from PORT, so choose another: PORT=8001 make run",
        )


def _start(supervisor: Supervisor) -> None:
    say("Preparing the database and the static files …")
    if programs.uses_embedded_redis():
        _start_redis(supervisor)
    if settings.LUMIQ_USES_SANDBOX:
        sandbox = supervisor.start(programs.build_sandbox())
    if programs.uses_local_stripe():
        stripe = supervisor.start(programs.build_stripe())
    preparation.migrate()
    supervisor.raise_if_stopping()
    preparation.collect_static()
    if settings.LUMIQ_USES_SANDBOX:
        supervisor.wait_until(lambda: listens(settings.SANDBOX_PORT), sandbox, seconds=60)
    if programs.uses_local_stripe():
        supervisor.wait_until(lambda: listens(settings.LOCAL_STRIPE_PORT), stripe, seconds=60)
    web = supervisor.start(programs.build_web())
    filling = _start_demo(supervisor)
    host = settings.PORTAL_PLATFORM_HOST
    supervisor.wait_until(lambda: answers_http(settings.PORT, host), web, seconds=120)
    # Only now, so that they don't take the processor from what people wait for.
    for program in programs.build_workers():
        supervisor.start(program)
    say(build_banner(has_demo=demo.has_portals()))
    if filling:
        say("The demo's first videos are being made; they appear in the galleries one by one.")


def _start_demo(supervisor: Supervisor) -> Process | None:
    """Waits for the portals and their people; their videos take longer and are made meanwhile."""
    if not (demo.is_wanted() and demo.is_unfinished()):
        return None
    process = supervisor.start(programs.build_demo())
    supervisor.wait_for(lambda: demo.has_portals() or process.has_ended, seconds=60)
    return process


def _start_redis(supervisor: Supervisor) -> None:
    socket = Path(settings.REDIS_SOCKET)
    data = VAR / "redis"
    redis_server.prepare(socket, data)
    process = supervisor.start(redis_server.build_program(socket, data))
    supervisor.wait_until(lambda: redis_server.answers(socket), process, seconds=20)


def _on_success(program: Program) -> None:
    if program.name == "demo":
        demo.remember()
        say("The demo's videos are ready.")
