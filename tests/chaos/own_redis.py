"""A Redis of a test's own, to be lost in all the ways in which a Redis gets lost."""

import contextlib
import os
import signal
import subprocess
import time

import redis as redis_client

from lumiq_portal import env
from lumiq_portal.embedded import redis_server


class OwnRedis:
    def __init__(self, folder):
        self._folder = folder
        self._socket = env.choose_socket(folder, "r.sock")
        self._server = None
        self.url = env.build_socket_url(self._socket)

    def start(self):
        """Empty, as after a loss."""
        redis_server.prepare(self._socket, self._folder)
        command = redis_server.build_program(self._socket, self._folder).command
        with (self._folder / "redis.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*command, "--appendonly", "no"], stdout=log, stderr=log
            )
        while not redis_server.answers(self._socket):
            assert self._server.poll() is None, "the Redis server ended at once"
            time.sleep(0.02)

    def kill(self):
        self._server.kill()
        self._server.wait(timeout=10)
        self._socket.unlink(missing_ok=True)

    def count_workers(self):
        with redis_client.Redis.from_url(self.url) as client:
            return client.scard("rq:workers")

    def flush(self, seconds=0):
        with redis_client.Redis.from_url(self.url) as client:
            client.flushall()

    def restart(self, seconds=0):
        self.be_away(0)

    def be_away(self, seconds):
        self.kill()
        time.sleep(seconds)
        self.start()

    def hang(self, seconds):
        """Takes connections, and says nothing."""
        os.kill(self._server.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self._server.pid, signal.SIGCONT)


@contextlib.contextmanager
def running_redis(folder):
    server = OwnRedis(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
