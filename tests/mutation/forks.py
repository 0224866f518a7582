"""A process for each mutant, few at a time: a fork of the session, with a database of its own."""

import os
import resource
import shutil
import signal
import time
from pathlib import Path

from django.db import connection

from tests.mutation import live

AT_ONCE = int(os.environ.get("WORKERS", "2"))
SURVIVED, KILLED = 0, 1
# What a fork may take: of the processor, so that a busy machine kills nobody, and of a clock that
# a fork which only waits would never come to the end of.
PATIENCE, FORK_SECONDS, MOST_SECONDS = 5, 10, 900


class Forks:
    def __init__(self, session, judge):
        self.session, self.judged_by = session, judge
        connection.close()  # which no two processes may share, and writes all to the file
        self.database = Path(connection.settings_dict["NAME"])
        self.free = list(range(AT_ONCE))
        self.running = {}

    def judge(self, mutant, module, tests):
        """Yields verdicts that have come meanwhile."""
        if not tests:
            yield mutant, "not run"
            return
        while not self.free:
            yield self._wait()
        slot = self.free.pop()
        pid = os.fork()
        if pid == 0:
            self._run(slot, mutant, module, tests)
        self.running[pid] = slot, mutant, time.monotonic() + MOST_SECONDS

    def wait_for_all(self):
        while self.running:
            yield self._wait()

    def _wait(self):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in self.running:
                slot, mutant, _ = self.running.pop(pid)
                self.free.append(slot)
                return mutant, _verdict(status)
            for late, (_, _, deadline) in self.running.items():
                if time.monotonic() > deadline:
                    os.kill(late, signal.SIGKILL)
            time.sleep(0.005)

    def _run(self, slot, mutant, module, tests):
        """In the fork, which never comes back."""
        verdict = KILLED
        try:
            # Which would tell of each test of each mutant.
            self.session.config.pluginmanager.unregister(name="terminalreporter")
            expected = sum(self.judged_by.seconds[test.nodeid] for test in tests)
            most = int(PATIENCE * expected) + FORK_SECONDS
            resource.setrlimit(resource.RLIMIT_CPU, (most, most))
            self._take_database(slot)
            live.apply(mutant, module)
            verdict = self._run_tests(tests)
        except BaseException:  # noqa: BLE001 — whatever it is, the mutant did it
            verdict = KILLED
        finally:
            os._exit(verdict)

    def _take_database(self, slot):
        own = self.database.with_name(f"mutant-{slot}.sqlite3")
        for suffix in ("-wal", "-shm"):
            own.with_name(own.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.database, own)
        connection.settings_dict["NAME"] = str(own)

    def _run_tests(self, tests):
        self.judged_by.failed.clear()
        for test in tests:
            test.ihook.pytest_runtest_protocol(item=test, nextitem=self.session)
            if self.judged_by.failed:
                return KILLED
        return SURVIVED


def _verdict(status):
    if os.WIFSIGNALED(status):
        return "killed by time"
    return "survived" if os.WEXITSTATUS(status) == SURVIVED else "killed"
