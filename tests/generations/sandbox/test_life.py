"""Starting, ending and starting again."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

from generations.lumiq.contract import FILE_LIFETIME_DAYS
from tests.generations.sandbox.api import DEADLY, SLOW, Api, error_of, photo_bytes
from tests.generations.sandbox.test_webhooks import receiving
from tests.sandbox_server import ROOT, running_sandbox


def children_of(pid):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]


def priorities_of_children(sandbox):
    return [os.getpriority(os.PRIO_PROCESS, pid) for pid in children_of(sandbox.process.pid)]


def wait_until(condition, seconds=10):
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.03)


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_state_survives_a_restart_and_is_used_by_one_sandbox_at_a_time(tmp_path):
    with running_sandbox(tmp_path, keys={"lmq_test": 900}) as sandbox:
        api = Api(sandbox.base_url)
        task_id = api.football().json()["task_id"]
        api.wait_for(task_id)
        video = api.get(f"/download/{task_id}").content
        account = api.account()
        assert sandbox.stop() == 0
    with running_sandbox(tmp_path, keys={"lmq_test": 5}) as sandbox:
        api = Api(sandbox.base_url)
        assert api.account() == account
        assert api.get(f"/download/{task_id}").content == video
        second = subprocess.run(
            [sys.executable, "-m", "generations.sandbox", "--port", "0", "--state", tmp_path],
            cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        assert second.returncode == 1
        assert "another sandbox is using" in second.stderr


def test_killed_sandbox_takes_its_children_along_and_resumes_after_a_restart(tmp_path):
    with receiving() as receiver:
        with running_sandbox(tmp_path) as sandbox:
            api = Api(sandbox.base_url)
            slow = api.football(photo_bytes(SLOW), webhook_url=receiver.url).json()["task_id"]
            queued = api.football(webhook_url=receiver.url).json()["task_id"]
            wait_until(lambda: 10 in priorities_of_children(sandbox))
            children = children_of(sandbox.process.pid)
            sandbox.process.send_signal(signal.SIGKILL)
            sandbox.process.wait()
            wait_until(lambda: all(map(is_gone, children)))
        assert receiver.bodies == []
        with running_sandbox(tmp_path) as sandbox:
            api = Api(sandbox.base_url)
            assert api.account()["total_credits_spent"] == 180
            for task_id in (slow, queued):
                assert api.wait_for(task_id)["status"] == "completed"
            assert {body["task_id"] for body in receiver.wait(2)} == {slow, queued}


def test_drawing_is_of_low_priority_slows_no_answer_and_ends_at_sigterm(tmp_path):
    with running_sandbox(tmp_path) as sandbox:
        api = Api(sandbox.base_url)
        task_id = api.football(photo_bytes(SLOW)).json()["task_id"]
        wait_until(lambda: 10 in priorities_of_children(sandbox))
        assert api.get(f"/status/{task_id}").json()["status"] == "processing"
        children = children_of(sandbox.process.pid)
        assert sandbox.stop() == 0
        wait_until(lambda: all(map(is_gone, children)))


def test_waiting_time_is_pretended_and_a_process_that_dies_fails_one_task_only(tmp_path):
    with running_sandbox(tmp_path, speed=300, refund_failed=True) as sandbox:
        api = Api(sandbox.base_url)
        started = time.monotonic()
        deadly, harmless = (
            api.football(photo_bytes(width)).json()["task_id"] for width in (DEADLY, 20)
        )
        assert api.wait_for(harmless)["status"] == "completed"
        assert time.monotonic() - started >= 3 * 60 / 300
        assert api.wait_for(deadly)["status"] == "failed"
        account = api.account()
        assert (account["credits_balance"], account["total_credits_spent"]) == (8910, 90)


def test_videos_are_there_for_30_days_and_a_due_callback_is_sent_after_a_restart(tmp_path):
    with running_sandbox(tmp_path) as sandbox:
        api = Api(sandbox.base_url)
        old, new = (api.football().json()["task_id"] for _ in range(2))
        api.wait_for(old)
        api.wait_for(new)
    days = 24 * 3600
    for task_id, age in ((old, FILE_LIFETIME_DAYS * days + 60), (new, 29 * days)):
        change(
            tmp_path, "UPDATE tasks SET finished_at = finished_at - ? WHERE task_id = ?",
            age, task_id,
        )  # fmt: skip
    pending = "UPDATE tasks SET callback = 'pending', webhook_url = ? WHERE task_id = ?"
    with receiving() as receiver, contextlib.ExitStack() as stack:
        change(tmp_path, pending, receiver.url, new)
        sandbox = stack.enter_context(running_sandbox(tmp_path))
        assert [body["task_id"] for body in receiver.wait(1)] == [new]
        api = Api(sandbox.base_url)
        assert error_of(api.get(f"/download/{old}")) == (404, "Task not found")
        assert api.get(f"/download/{new}").status_code == 200
        wait_until(lambda: not (tmp_path / "videos" / f"{old}.mp4").exists())


def test_state_of_the_time_before_accounts_goes_on(tmp_path):
    with running_sandbox(tmp_path, keys={"lmq_test": 900, "lmq_sandbox": 500}) as sandbox:
        api = Api(sandbox.base_url)
        task_id = api.football().json()["task_id"]
        api.wait_for(task_id)
    before_accounts(tmp_path)
    with running_sandbox(tmp_path) as sandbox:
        api = Api(sandbox.base_url)
        account = api.account()
        assert account.pop("email").startswith("account-")
        assert account == {
            "credits_balance": 810, "total_api_calls": 1, "total_credits_spent": 90,
        }  # fmt: skip
        assert api.get(f"/download/{task_id}").status_code == 200
        assert api.football().status_code == 200
        old = Api(sandbox.base_url, "lmq_sandbox").account()
        assert (old["email"], old["credits_balance"]) == ("sandbox@example.com", 500)


def before_accounts(state):
    """Makes the database what the first sandboxes wrote."""
    connection = sqlite3.connect(state / "sandbox.sqlite3")
    connection.executescript("""
        PRAGMA user_version = 0;
        CREATE TABLE old (
            key TEXT PRIMARY KEY,
            credits INTEGER NOT NULL CHECK (credits >= 0),
            calls INTEGER NOT NULL DEFAULT 0,
            spent INTEGER NOT NULL DEFAULT 0
        );
        INSERT INTO old SELECT key, credits, calls, spent FROM keys JOIN accounts USING (email);
        DROP TABLE keys;
        DROP TABLE accounts;
        ALTER TABLE old RENAME TO keys;
        ALTER TABLE tasks DROP COLUMN is_refunded;
        ALTER TABLE tasks DROP COLUMN scenario;
    """)
    connection.close()


def test_state_of_a_newer_sandbox_is_refused(tmp_path):
    with running_sandbox(tmp_path):
        pass
    change(tmp_path, "PRAGMA user_version = 99")
    command = [sys.executable, "-m", "generations.sandbox", "--port", "0", "--state", tmp_path]
    refused = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert refused.returncode == 1
    assert "newer sandbox" in refused.stderr


def change(state, statement, *values):
    connection = sqlite3.connect(state / "sandbox.sqlite3")
    with connection:
        connection.execute(statement, values)
    connection.close()
