"""The portal under test: its processes, its orders, and time that goes by at will."""

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta

import redis as redis_client
from django.conf import settings
from django.utils import timezone

from generations.models import Generation
from generations.states import ACTIVE
from lumiq_portal.embedded.sessions import find_processes, signal_sessions
from tests.cast import queue_video

QUEUES = ("dispatch", "fetch")
LONG_AGO = timedelta(hours=1)
# How often all must be found at rest in a row: between Redis and a work-horse a job is nowhere.
AT_REST, LOOK_SECONDS = 3, 0.03


class Portal:
    def __init__(self, nursery, folder, sandbox_database, photo, user):
        self._nursery = nursery
        self._folder = folder
        self._photo, self._user = photo, user
        self._workers = {}
        self._sessions = set()
        self._redis = redis_client.Redis.from_url(settings.REDIS_URL)
        self._lumiq = sqlite3.connect(f"file:{sandbox_database}?mode=ro", uri=True)

    def begin(self, *, with_workers):
        """So that no run sees what another left in Redis."""
        (self._folder / "sprung").unlink(missing_ok=True)
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
        """Until nothing moves any more, or all that was ordered is at its end."""
        self._settle(lambda: not self.has_unfinished(generation_ids) and not self._work_horses())

    def has_unfinished(self, generation_ids):
        return Generation.objects.filter(pk__in=generation_ids, status__in=ACTIVE).exists()

    def pass_of_beat(self):
        """After the time for which anything waits has gone by."""
        active = Generation.objects.filter(status__in=ACTIVE)
        active.update(due_at=timezone.now() - LONG_AGO)
        active.exclude(lease_until=None).update(lease_until=timezone.now() - LONG_AGO)
        self._forget_jobs()
        self._ask("beat")

    def charges(self, since):
        """(callback token, credits) of each task that the sandbox has charged since then."""
        query = "SELECT webhook_url, credits FROM tasks WHERE created_at >= ?"
        rows = self._lumiq.execute(query, [since]).fetchall()
        return [(url.rstrip("/").rpartition("/")[2], credits) for url, credits in rows]

    def _settle(self, is_done, *, seconds=120):
        deadline = time.monotonic() + seconds
        found_at_rest = 0
        while found_at_rest < AT_REST:
            if is_done():
                return True
            moving = self._moving()
            assert time.monotonic() < deadline, f"the portal does not come to rest: {moving}"
            found_at_rest = 0 if moving else found_at_rest + 1
            time.sleep(LOOK_SECONDS)
        return is_done()

    def _moving(self):
        """What is not at rest, in words; empty where all is."""
        queues = [name for name in QUEUES if self._redis.llen(f"rq:queue:{name}")]
        unfinished = "SELECT task_id FROM tasks WHERE finished_at IS NULL"
        if not (self._folder / "held").exists():
            unfinished += " OR callback = 'pending'"
        tasks = self._lumiq.execute(unfinished).fetchall()
        return " ".join(str(what) for what in (self._work_horses(), queues, tasks) if what)

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
