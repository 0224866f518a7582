import os
import subprocess
import sys

import pytest

from lumiq_portal.embedded.errors import CannotStart
from lumiq_portal.embedded.lock import StateLock

HOLD = """
import sys, time
from pathlib import Path
from lumiq_portal.embedded.lock import StateLock
lock = StateLock(Path(sys.argv[1]))
lock.acquire("http://127.0.0.1:8123/")
print("held", flush=True)
time.sleep(300)
"""


@pytest.fixture
def holder(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def test_a_second_site_is_told_where_the_first_one_serves(tmp_path, holder):
    with pytest.raises(CannotStart) as refusal:
        StateLock(tmp_path).acquire("http://127.0.0.1:8000/")
    assert "http://127.0.0.1:8123/" in str(refusal.value)
    assert str(holder.pid) in str(refusal.value)


def test_the_lock_is_free_again_when_its_holder_was_killed(tmp_path, holder):
    holder.kill()
    holder.wait()
    lock = StateLock(tmp_path)
    lock.acquire("http://127.0.0.1:8000/")
    assert str(os.getpid()) in lock.path.read_text()
    lock.release()


def test_a_site_waits_for_the_watchdog_of_a_dead_one(tmp_path, holder):
    # What the note names is dead, but its lock is still held, as by a watchdog at work.
    dead = subprocess.Popen(["true"])
    dead.wait()
    (tmp_path / "portal.lock").write_text(f'{{"pid": {dead.pid}, "address": "nowhere"}}')
    with pytest.raises(CannotStart):
        StateLock(tmp_path).acquire("http://127.0.0.1:8000/", patience_seconds=0.3)
