"""The pytest session that judges mutants, instead of running the tests once."""

import importlib
import os
import time
from itertools import islice

import coverage
import pytest

from tests.mutation import report
from tests.mutation.equivalents import reason_of
from tests.mutation.forks import Forks
from tests.mutation.mutants import mutants_of
from tests.mutation.plan import ROOT

# Each so-manieth mutant only, for a quick estimate.
SAMPLE = int(os.environ.get("SAMPLE", "1"))
# Tests that show in a fork of their own that forks are no reason to fail.
FORKED_FIRST = 20


class Session:
    def __init__(self, subjects):
        self.subjects = subjects
        self.failed = []
        self.seconds = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        assert not session.testsfailed, "the tests cannot be collected"
        covered = self._run_all(session)
        if self.failed:
            raise session.Failed(f"{self.failed} fail without any mutant")
        began = time.monotonic()
        verdicts = []
        for mutant, verdict in self._judge_all(session, covered):
            verdicts.append((mutant, verdict))
            report.tell_survivor(mutant, verdict)
        session.testsfailed = report.tell(
            self.subjects, verdicts, time.monotonic() - began, is_whole=SAMPLE == 1
        )
        return True

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    def _run_all(self, session):
        """Which lines are run by which tests. Fixtures of the session stay, for the forks."""
        from tests.fixtures.cast import KEPT_CAST  # pytest has to be the first

        KEPT_CAST.seconds = 0  # a mutant is to meet each test's own
        files = [str(ROOT / path) for subject in self.subjects for path in subject.modules]
        first = session.items[0]
        first.ihook.pytest_runtest_protocol(item=first, nextitem=session)  # makes the database
        self.seconds.clear()
        watch = coverage.Coverage(data_file=None, config_file=False, include=files)
        watch.start()
        for item in session.items:
            watch.switch_context(item.nodeid)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=session)
        watch.stop()
        data = watch.get_data()
        return {path: data.contexts_by_lineno(path) for path in files}

    def _judge_all(self, session, covered):
        forks = Forks(session, self)
        forks.check(session.items[:FORKED_FIRST])
        for subject in self.subjects:
            items = [item for item in session.items if item.location[0] in subject.tests]
            for path in subject.modules:
                name = path.removesuffix(".py").replace("/", ".")
                module = importlib.import_module(name)
                mutants = mutants_of(ROOT / path, path, module)
                for mutant in islice(mutants, None, None, SAMPLE):
                    if reason_of(mutant):
                        yield mutant, "equivalent"
                        continue
                    tests = self._tests_of(mutant, items, covered[str(ROOT / path)])
                    yield from forks.judge(mutant, module, tests)
        yield from forks.wait_for_all()

    def _tests_of(self, mutant, items, contexts):
        """Those that run its lines, the fastest first; all of them where it acts on import."""
        ran = {nodeid for line in mutant.lines for nodeid in contexts.get(line, ())}
        found = [item for item in items if item.nodeid in ran or not mutant.lines]
        return sorted(found, key=lambda item: self.seconds[item.nodeid])
