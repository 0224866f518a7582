"""`python -m tests.chaos.nursery`: forks processes of the portal, ready-made, on command.

A sweep needs thousands of fresh workers, and starting Python takes seconds. Each child leads a
session of its own and runs the very command that production runs; only the import was done before.
Commands come line by line: `worker QUEUE`, `web PORT`, `beat`. The answer is the child's pid; that
of a beat comes when its one pass has ended.
"""

import gc
import importlib
import os
import socketserver
import sys
import time
import traceback
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.db import connections
from django.urls import reverse
from PIL import Image

IMPORTED = (
    "_strptime",
    "av.subtitles.stream",
    "django.db.models.sql.compiler",
    "django_rq.management.commands.rqworker",
    "generations.beat",
    "generations.jobs",
    "generations.rq_job",
    "lumiq_portal.wsgi",
)


def main():
    django.setup()
    import_all()
    warm_up()
    from tests.chaos import trap

    trap.install()
    # What is there already need not be looked through, and so copied, in each child.
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        name, *arguments = line.split()
        pid = fork(name, arguments)
        if name == "beat":
            os.waitpid(pid, 0)
        reap()
        print(pid, flush=True)


def import_all():
    """What a process would import by itself, later, each time anew."""
    for name in IMPORTED:
        importlib.import_module(name)
    reverse("lumiq-callback", args=["x"])  # reads all URLs, and so all views
    Image.init()


def warm_up():
    """What a process does for its first time takes longer: here, while nothing is ordered yet."""
    from generations.beat import run_pass

    run_pass(inline=True)
    connections.close_all()


def fork(name, arguments):
    """Returns once the child leads its session: it is known, and found, by that."""
    is_led, leads = os.pipe()
    pid = os.fork()
    if pid:
        os.close(leads)
        os.read(is_led, 1)
        os.close(is_led)
        return pid
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        os.close(is_led)
        os.close(leads)
        {"worker": work, "web": serve, "beat": beat}[name](*arguments)
    except Exception:  # noqa: BLE001 (to the log, and nowhere up the stack)
        traceback.print_exc()
    finally:
        os._exit(0)


def work(queue):
    from django.core.management import call_command

    from tests.chaos import trap

    trap.become(queue)
    call_command("rqworker", queue, serializer="json")


def beat():
    from generations.beat import run_pass
    from tests.chaos import trap

    trap.become("beat")
    run_pass()


def serve(port):
    from lumiq_portal.wsgi import application
    from tests.chaos import trap

    trap.become("web")
    server = _Server(("127.0.0.1", int(port)), _Quiet)

    def answer_later(*arguments):
        while trap.HELD.exists():
            time.sleep(0.01)
        return application(*arguments)

    server.set_app(answer_later)
    server.serve_forever()


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


class _Server(socketserver.ForkingMixIn, WSGIServer):
    """Each request in a process of its own, so that one can be killed without the others."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


if __name__ == "__main__":
    main()
