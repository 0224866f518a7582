import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from lumiq_portal.embedded import supervisor as supervisor_module
from lumiq_portal.embedded.errors import GaveUp, Interrupted
from lumiq_portal.embedded.sessions import find_processes
from lumiq_portal.embedded.supervisor import Supervisor
from tests.embedded.stand_ins import (
    FAMILY,
    STUBBORN,
    Watcher,
    is_alive,
    python_program,
    wait_until,
)

# A supervisor with its watchdog, looking after one family; prints the session of it.
SITE = """
import sys
from pathlib import Path
from lumiq_portal.embedded.lock import StateLock
from lumiq_portal.embedded.supervisor import Supervisor
from lumiq_portal.embedded.watchdog import Watchdog
from tests.embedded.stand_ins import FAMILY, python_program

lock = StateLock(Path(sys.argv[1]))
lock.acquire("here")
watchdog = Watchdog(lock_fileno=lock.fileno())
supervisor = Supervisor(logs=Path(sys.argv[1]), watcher=watchdog, say=print)
supervisor.listen_for_signals()
process = supervisor.start(python_program("family", FAMILY))
print(process.pid, watchdog.pid, flush=True)
supervisor.watch()
supervisor.stop()
watchdog.dismiss()
"""


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    supervisor = Supervisor(logs=tmp_path, watcher=Watcher(), say=said.append)
    yield supervisor
    supervisor.stop()


@pytest.fixture
def site(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", SITE, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    child.family, child.watchdog = map(int, child.stdout.readline().split())
    wait_until(lambda: len(find_processes({child.family})) == 3)
    yield child
    child.kill()
    child.wait()
    child.stdout.close()
    wait_until(lambda: not find_processes({child.family}))


def test_kill_nine_leaves_nothing_behind(site):
    site.kill()
    site.wait()
    wait_until(lambda: not find_processes({site.family}), seconds=5)
    wait_until(lambda: not is_alive(site.watchdog), seconds=5)


def test_the_kernel_ends_the_program_even_without_a_watchdog(site):
    os.kill(site.watchdog, signal.SIGKILL)
    site.kill()
    site.wait()
    wait_until(lambda: not is_alive(site.family), seconds=5)
    for pid in find_processes({site.family}):  # what it forked had only the watchdog
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_stop_ends_all_with_exit_code_0(site, number):
    site.send_signal(number)
    assert site.wait(timeout=10) == 0
    assert find_processes({site.family}) == []
    assert not is_alive(site.watchdog)


def test_an_unexpected_end_is_told_and_the_program_starts_again(supervisor, said, tmp_path):
    process = supervisor.start(python_program("fetch", "import time; time.sleep(300)"))
    first = process.pid
    os.kill(first, signal.SIGKILL)
    with watching(supervisor):
        wait_until(lambda: process.is_running and process.pid != first)
    assert said == [
        f"fetch ended unexpectedly (exit -9) and starts again in 1 s; see {tmp_path / 'fetch.log'}"
    ]


def test_what_a_dead_program_forked_ends_before_it_starts_again(supervisor):
    process = supervisor.start(python_program("web", FAMILY))
    family = process.pid
    wait_until(lambda: len(find_processes({family})) == 3)
    os.kill(family, signal.SIGKILL)
    wait_until(process.notice_end)
    assert find_processes({family}) == []


def test_a_vital_program_that_ends_again_and_again_is_given_up(supervisor, monkeypatch):
    monkeypatch.setattr(supervisor_module, "DEATHS_ALLOWED", 2)
    code = "print('no table is laid'); raise SystemExit(3)"
    supervisor.start(python_program("web", code, is_vital=True))
    with pytest.raises(GaveUp, match=r"web ended 2 times(.|\n)*no table is laid"):
        supervisor.watch()


def test_a_program_that_does_not_get_ready_is_given_up_with_its_last_lines(supervisor):
    process = supervisor.start(python_program("web", "raise SystemExit('cannot bind')"))
    with pytest.raises(GaveUp, match=r"web did not start(.|\n)*cannot bind"):
        supervisor.wait_until(lambda: False, process, seconds=20)


def test_a_program_that_runs_once_is_not_started_again(tmp_path, said):
    done = []
    supervisor = Supervisor(
        logs=tmp_path, watcher=Watcher(), say=said.append, on_success=done.append
    )
    good = supervisor.start(python_program("demo", "pass", runs_once=True))
    bad = supervisor.start(python_program("other", "raise SystemExit(2)", runs_once=True))
    with watching(supervisor):
        wait_until(lambda: done and said)
        time.sleep(0.5)
    assert [program.name for program in done] == ["demo"]
    assert said == [f"other failed (exit 2); see {tmp_path / 'other.log'}"]
    assert not good.is_running
    assert not bad.is_running


def test_a_program_that_ignores_the_request_is_killed_after_its_grace(supervisor):
    process = supervisor.start(python_program("web", STUBBORN, grace_seconds=0.3))
    wait_until(lambda: process.log.last_lines() == "ready")
    pid = process.pid
    supervisor.stop()
    assert not is_alive(pid)


def test_foundations_end_after_what_depends_on_them(supervisor, tmp_path):
    code = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        "    with pathlib.Path({path!r}).open('a') as file: file.write('{name} ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready')\n"
        "time.sleep(300)"
    )
    path = str(tmp_path / "order")
    for name, is_foundation in (("redis", True), ("sandbox", True), ("web", False)):
        program = python_program(
            name, code.format(path=path, name=name), is_foundation=is_foundation
        )
        process = supervisor.start(program)
        wait_until(lambda process=process: process.log.last_lines() == "ready")
    supervisor.stop()
    assert (tmp_path / "order").read_text().split() == ["web", "sandbox", "redis"]


def test_warnings_in_a_log_are_pointed_to_once(supervisor, said, monkeypatch, tmp_path):
    monkeypatch.setattr(supervisor, "_next_look_at_logs", 0)
    code = "print('2026 WARNING generations odd'); import time; time.sleep(300)"
    process = supervisor.start(python_program("fetch", code))
    wait_until(lambda: process.log.last_lines())
    with watching(supervisor):
        wait_until(lambda: said)
    assert said == [f"fetch wrote warnings; see {tmp_path / 'fetch.log'}"]


def test_a_stop_while_starting_starts_no_more(tmp_path):
    supervisor = Supervisor(
        logs=tmp_path, watcher=Watcher(), say=print, was_interrupted=lambda: True
    )
    with pytest.raises(Interrupted):
        supervisor.start(python_program("web", "pass"))


class watching:  # noqa: N801 — reads as a verb
    """Runs `supervisor.watch()` beside the block."""

    def __init__(self, supervisor):
        self._supervisor = supervisor
        self._thread = threading.Thread(target=supervisor.watch)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *exception):
        self._supervisor._on_signal(signal.SIGTERM, None)
        self._thread.join()
