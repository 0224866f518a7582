"""The portal under test: its processes, its orders, and time that goes by at will."""

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from functools import reduce
from operator import or_
from pathlib import Path

import redis as redis_client
from django.apps import apps
from django.conf import settings
from django.db.models import DateTimeField, F, Q
from django.utils import timezone

from generations.models import Generation, LumiqKey
from generations.states import Status
from lumiq_portal.embedded.sessions import find_processes, signal_sessions
from tests.cast import queue_video

QUEUES = ("dispatch", "fetch")
HOUR = timedelta(hours=1)
# What is older need not age any further: nothing asks by how much it is.
OLD = timedelta(days=2)
# How often all must be found at rest in a row: not all of it is looked at in the same moment.
AT_REST, LOOK_SECONDS = 2, 0.02
_IN_USE = ("01", "08")  # connections: established; closed by the other side only


class Portal:
    def __init__(self, nursery, folder, sandbox, sandbox_database, photo, user):
        self._nursery = nursery
        self._folder = folder
        self._sandbox = sandbox
        self._photo, self._user = photo, user
        self._workers = {}
        self._sessions = set()
        self._redis = redis_client.Redis.from_url(settings.REDIS_URL)
        self._lumiq = sqlite3.connect(f"file:{sandbox_database}?mode=ro", uri=True)

    def begin(self, *, with_workers):
        """So that no run sees what another left in Redis."""
        (self._folder / "sprung").unlink(missing_ok=True)
        self.let_callbacks_in()
        if with_workers:
            self._forget_jobs()
            self._replace_the_dead(find_processes(self._sessions))
        else:
            self.end()
            self._redis.flushall()

    def end(self):
        signal_sessions(self._sessions, signal.SIGKILL)
        self._workers, self._sessions = {}, set()

    def hold_callbacks(self):
        """As if LUMIQ took longer than the portal needs to miss a dead worker."""
        (self._folder / "held").touch()

    def let_callbacks_in(self):
        (self._folder / "held").unlink(missing_ok=True)

    def let_lumiq(self, scenario):
        """What LUMIQ does with the next order."""
        self._sandbox.clear_scenarios()
        if scenario:
            self._sandbox.set_scenario(scenario, endpoints=["football"], times=1)

    def arm(self, orders):
        """To be carried out one after another; each is the fields `point`, `call` and `kill`."""
        draft = self._folder / "draft"
        draft.write_text(json.dumps(orders))
        draft.rename(self._folder / "armed")

    def order(self):
        return queue_video(self._user, photo=self._photo).pk

    def wait_for_the_kill(self):
        """Whether all orders were carried out before all came to rest."""
        return self._settle(lambda: (self._folder / "sprung").exists())

    def settle(self, generation_ids):
        """Until nothing moves any more, or all that was ordered is delivered."""
        self._settle(lambda: self.has_delivered(generation_ids))

    def has_delivered(self, generation_ids):
        ready = Generation.objects.filter(pk__in=generation_ids, status=Status.READY)
        return 0 < ready.count() == len(generation_ids)

    def let_an_hour_go_by(self):
        """In which nobody does anything."""
        _let_an_hour_go_by()

    def pass_of_beat(self):
        self.let_an_hour_go_by()
        self._forget_jobs()
        self._ask("beat")

    def tasks(self, since):
        """(callback token, status) of each task that the sandbox has charged since then."""
        query = "SELECT webhook_url, status FROM tasks WHERE created_at >= ?"
        rows = self._lumiq.execute(query, [since]).fetchall()
        return [(url.rstrip("/").rpartition("/")[2], status) for url, status in rows]

    def charged(self):
        """Credits that the sandbox has charged, all in all."""
        return self._lumiq.execute("SELECT SUM(spent) FROM accounts").fetchone()[0]

    def _settle(self, is_done, *, seconds=180):
        """Until it is done and no job runs, or all is at rest; returns whether it is done."""
        deadline = time.monotonic() + seconds
        found_at_rest = 0
        while found_at_rest < AT_REST:
            moving = self._work_horses()
            if not moving and is_done():
                return True
            moving = moving or self._moving()
            assert time.monotonic() < deadline, f"the portal does not come to rest: {moving}"
            found_at_rest = 0 if moving else found_at_rest + 1
            time.sleep(LOOK_SECONDS)
        return is_done()

    def _moving(self):
        """What is not at rest, in words; empty where all is. What costs least is asked first."""
        looks = (self._busy_workers, self._unfinished_tasks, self._requests)
        return next((str(found) for look in looks if (found := look())), "")

    def _busy_workers(self):
        """A worker without work waits for it in Redis, which knows how many do."""
        busy = len(QUEUES) - self._redis.info("clients")["blocked_clients"]
        return f"{busy} workers" if busy else ""

    def _unfinished_tasks(self):
        unfinished = "SELECT task_id FROM tasks WHERE finished_at IS NULL"
        if not (self._folder / "held").exists():
            unfinished += " OR callback = 'pending'"
        return self._lumiq.execute(unfinished).fetchall()

    def _requests(self):
        """Connections that the sandbox has not closed yet, as Linux lists them: who is killed while
        LUMIQ answers, leaves it at work."""
        port = f":{self._sandbox.port:04X}"
        rows = map(str.split, Path("/proc/net/tcp").read_text().splitlines())
        return [row[2] for row in rows if row[1].endswith(port) and row[3] in _IN_USE]

    def _work_horses(self):
        """Also those whose parent is dead, which is replaced at once."""
        alive = find_processes(self._sessions)
        self._replace_the_dead(alive)
        return set(alive) - set(self._workers.values())

    def _replace_the_dead(self, alive):
        """As whatever supervises the workers would."""
        for queue in QUEUES:
            if self._workers.get(queue) not in alive:
                self._workers[queue] = self._ask("worker", queue)
                self._sessions.add(self._workers[queue])

    def _forget_jobs(self):
        """A job's name carries the minute, which in this test goes by at once."""
        for pattern in ("rq:job:*", "rq:wip:*", "rq:failed:*", "rq:*:intermediate"):
            if names := list(self._redis.scan_iter(pattern, count=1000)):
                self._redis.delete(*names)

    def _ask(self, *words):
        self._nursery.stdin.write(" ".join(words) + "\n")
        self._nursery.stdin.flush()
        answer = self._nursery.stdout.readline()
        assert answer, "the nursery has ended; see its log"
        return int(answer)


@contextlib.contextmanager
def running_nursery(environment, log_path):
    """A web server of the portal is its first child."""
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.nursery"],
            env=environment,
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    web = None
    try:
        assert process.stdout.readline() == "ready\n", log_path.read_text()[-3000:]
        process.stdin.write(f"web {environment['PORT']}\n")
        process.stdin.flush()
        web = int(process.stdout.readline())
        yield process
    finally:
        if web:
            signal_sessions({web}, signal.SIGKILL)
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def _let_an_hour_go_by():
    """All that is written down was written an hour earlier."""
    since = timezone.now() - OLD
    for model in apps.get_app_config("generations").get_models():
        fields = [one for one in model._meta.get_fields() if isinstance(one, DateTimeField)]
        if fields:
            recent = reduce(or_, [Q(**{f"{field.name}__gt": since}) for field in fields])
            earlier = {field.name: F(field.name) - HOUR for field in fields}
            model._default_manager.filter(recent).order_by().update(**earlier)
    LumiqKey.objects.update(wanted={})  # nobody waits for so long
