"""The tests' own ground: what tests/fixtures promises."""

import json
import socket
import sys

import pytest
import requests
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from accounts.models import Tenant
from tests.fixtures.network import NetworkForbidden
from tests.fixtures.processes import processes_of

COUNT = "from accounts.models import Tenant; print(Tenant.objects.filter(slug='aurora').count())"


def test_nothing_leaves_this_machine():
    with pytest.raises(NetworkForbidden), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkForbidden):
        requests.get("http://example.com/")


def test_any_localhost_name_resolves():
    assert socket.getaddrinfo("aurora.localhost", 80)[0][4][0] == "127.0.0.1"


def test_another_process_sees_the_rows_the_redis_and_the_files(run_manage, redis):
    Tenant.objects.create(slug="aurora", name="Aurora")
    redis.set("greeting", "hello")
    default_storage.save("note.txt", ContentFile(b"from the test"))
    code = f"{COUNT}; import redis as r; from django.conf import settings as s; " + (
        "from django.core.files.storage import default_storage as d; "
        "print(r.Redis.from_url(s.REDIS_URL).get('greeting').decode()); "
        "print(d.open('note.txt').read().decode())"
    )
    done = run_manage("shell", "--verbosity", "0", "-c", code)
    assert done.stdout.split("\n")[-4:] == ["1", "hello", "from the test", ""], done.stderr


def test_a_real_worker_runs_on_the_test_redis(start_manage, redis):
    worker = start_manage("rqworker", "dispatch", "--serializer", "json", "--burst")
    assert worker.wait(timeout=60) == 0, worker.log_path.read_text()


def test_started_processes_are_ended(start_process):
    child = start_process([sys.executable, "-c", "import time; time.sleep(300)"])
    assert processes_of(child) == [child.pid]


def test_local_s3_server_keeps_files(s3_storage):
    name = s3_storage.save("a/b.txt", ContentFile(b"hello"))
    with s3_storage.open(name) as file:
        assert file.read() == b"hello"
    assert requests.get(s3_storage.url(name), timeout=5).content == b"hello"


@pytest.mark.django_db
def test_the_database_is_a_file_or_postgresql():
    if connection.vendor == "sqlite":
        assert "portal-tests-" in str(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert json.dumps(settings.SECRET_KEY).startswith('"for-tests-only')
