"""A process for each mutant, few at a time: a fork of the session, with a database of its own."""

import os
import resource
import shutil
import signal
from pathlib import Path

from django.db import connection

from tests.mutation import live

AT_ONCE = int(os.environ.get("WORKERS", "2"))
SURVIVED, KILLED, BROKEN = 0, 1, 2
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
        self._start(mutant, module, tests)

    def check(self, tests):
        """Without any mutant the tests pass in a fork too."""
        self._start(None, None, tests)
        _, verdict = self._wait()
        assert verdict == "survived", "the tests fail in a fork without any mutant"

    def wait_for_all(self):
        while self.running:
            yield self._wait()

    def _start(self, mutant, module, tests):
        slot = self.free.pop()
        pid = os.fork()
        if pid == 0:
            self._run(slot, mutant, module, tests)
        self.running[pid] = slot, mutant

    def _wait(self):
        pid, status = os.wait()
        while pid not in self.running:  # a process that a test left behind
            pid, status = os.wait()
        slot, mutant = self.running.pop(pid)
        self.free.append(slot)
        return mutant, _verdict(status)

    def _run(self, slot, mutant, module, tests):
        """In the fork, which never comes back."""
        verdict = BROKEN
        try:
            # Which would tell of each test of each mutant.
            self.session.config.pluginmanager.unregister(name="terminalreporter")
            self._limit(tests)
            self._take_database(slot)
            verdict = KILLED  # as soon as anything fails from here on
            if mutant:
                live.apply(mutant, module)
            verdict = self._run_tests(tests)
        finally:
            os._exit(verdict)

    def _limit(self, tests):
        expected = sum(self.judged_by.seconds[test.nodeid] for test in tests)
        most = int(PATIENCE * expected) + FORK_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(MOST_SECONDS)

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
    assert os.WEXITSTATUS(status) != BROKEN, "a fork could not begin"
    return "survived" if os.WEXITSTATUS(status) == SURVIVED else "killed"
