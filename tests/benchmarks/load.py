"""Asks a server as fast as it answers, or so often a second; for benchmarks on one machine."""

import http.client
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict
    body: bytes
    method: str = "POST"


@dataclass(frozen=True)
class Outcome:
    """`waits` are the seconds from when a request was due to its answer, sorted."""

    a_second: float
    waits: list
    statuses: set

    def percentile(self, share):
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))]


def ask(port, requests, *, seconds, threads, a_second=None):
    """`requests` in turn, for so long; with `a_second` so many are due a second, however slow the
    answers."""
    turn, lock = itertools.cycle(requests), threading.Lock()
    begins = time.perf_counter() + 0.1
    numbers = itertools.count()
    waits, statuses = [], set()

    def work():
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            while True:
                with lock:
                    number, request = next(numbers), next(turn)
                due = begins + number / a_second if a_second else max(begins, time.perf_counter())
                if due > begins + seconds:
                    return
                time.sleep(max(0, due - time.perf_counter()))
                connection.request(request.method, request.path, request.body, request.headers)
                answer = connection.getresponse()
                answer.read()
                waits.append(time.perf_counter() - due)
                statuses.add(answer.status)

    with ThreadPoolExecutor(threads) as pool:
        workers = [pool.submit(work) for _ in range(threads)]
    for worker in workers:
        worker.result()  # raises what went wrong in it
    took = time.perf_counter() - begins
    return Outcome(len(waits) / took, sorted(waits), statuses)


def build_form(files, fields):
    """(body, content type) of a multipart form. `files` are name → (file name, bytes)."""
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in fields.items()
    ]
    parts += [
        f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + data
        for name, (filename, data) in files.items()
    ]
    body = b"".join(b"--boundary\r\n" + part + b"\r\n" for part in parts) + b"--boundary--\r\n"
    return body, "multipart/form-data; boundary=boundary"
