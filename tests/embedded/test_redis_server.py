import subprocess

import pytest
import redis as redis_client

from lumiq_portal import env
from lumiq_portal.embedded import redis_server
from lumiq_portal.embedded.errors import CannotStart
from lumiq_portal.embedded.supervisor import Supervisor
from tests.embedded.stand_ins import Watcher


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("r")  # short enough for a socket


def start(folder):
    socket = folder / "run" / "redis.sock"
    redis_server.prepare(socket, folder / "data")
    supervisor = Supervisor(logs=folder, watcher=Watcher(), say=print)
    process = supervisor.start(redis_server.build_program(socket, folder / "data"))
    supervisor.wait_until(lambda: redis_server.answers(socket), process, seconds=20)
    return supervisor, process, redis_client.Redis(unix_socket_path=str(socket))


def test_what_is_queued_survives_a_restart_and_a_kill(folder):
    supervisor, process, client = start(folder)
    client.rpush("queue", "one")
    supervisor.stop()
    supervisor, process, client = start(folder)
    client.rpush("queue", "two")
    process.kill()
    supervisor, process, client = start(folder)
    assert client.lrange("queue", 0, -1) == [b"one", b"two"]
    supervisor.stop()
    client.close()


def test_a_server_left_on_the_socket_is_ended_first(folder):
    socket = folder / "run" / "redis.sock"
    redis_server.prepare(socket, folder / "old")
    old = subprocess.Popen(
        redis_server.build_program(socket, folder / "old").command, stdout=subprocess.DEVNULL
    )
    while not redis_server.answers(socket):
        assert old.poll() is None
    supervisor, _, client = start(folder)
    assert old.wait(timeout=5) == 0
    assert client.ping()
    supervisor.stop()
    client.close()


def test_a_long_state_path_gets_a_short_socket_that_all_agree_on(tmp_path):
    long = tmp_path / ("x" * 60) / ("y" * 60)
    socket = env.choose_socket(long, "redis.sock")
    assert len(str(socket)) < 100
    assert socket == env.choose_socket(long, "redis.sock")
    assert socket != env.choose_socket(long / "other", "redis.sock")
    assert env.choose_socket(folder := tmp_path.parent, "s") == folder / "run" / "s"


def test_a_socket_path_with_odd_characters_makes_a_url_that_redis_reads_back(tmp_path):
    path = tmp_path / "my state?" / "50% #1"
    options = redis_client.Redis.from_url(env.build_socket_url(path)).get_connection_kwargs()
    assert options["path"] == str(path)


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(CannotStart, match="belongs to somebody else"):
        redis_server.prepare(tmp_path / "run" / "redis.sock", tmp_path / "data")
