"""Carries LUMIQ's callbacks to the portal as badly as can be: late, shuffled, five times, or never.

And forgeries with them. LUMIQ believes that all were delivered.
"""

import json
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

COPIES = 5
DROPPED_EACH = 5
FORGED, AT_ONCE = 0.2, 0.5


class Postman:
    def __init__(self, port, *, seed):
        self._dice = random.Random(seed)
        self._portal = f"http://127.0.0.1:{port}"
        self._bag = []
        self._lock = threading.Lock()
        self.taken = 0
        self.dropped = []
        self.told = Counter()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def take(self, path, body):
        """From LUMIQ, which waits for the answer: what is carried on at once comes before that."""
        with self._lock:
            self.taken += 1
            if self.taken % DROPPED_EACH == 0:
                self.dropped.append(path)
                return
            goes_at_once = self._dice.random() < AT_ONCE
            copies = [("true", path, body)] * COPIES
            forgeries = round(COPIES * FORGED / (1 - FORGED) + self._dice.random() - 0.5)
            copies += [self._forge(path, body) for _ in range(forgeries)]
            self._bag += copies[goes_at_once:]
        if goes_at_once:
            self.carry([copies[0]])

    def empty_the_bag(self):
        """All that came in until now, in any order and four at a time."""
        with self._lock:
            letters, self._bag = self._bag, []
            self._dice.shuffle(letters)
        self.carry(letters)
        return len(letters)

    def carry(self, letters):
        with ThreadPoolExecutor(4) as carriers:
            answers = list(carriers.map(self._post, letters))
        with self._lock:
            self.told.update(
                (letter[0], answer) for letter, answer in zip(letters, answers, strict=True)
            )

    def _post(self, letter):
        _, path, body = letter
        headers = {"Content-Type": "application/json"}
        return requests.post(self._portal + path, data=body, headers=headers).status_code

    def _forge(self, path, body):
        kind = self._dice.choice(["unknown token", "foreign task", "other status", "garbage"])
        payload = json.loads(body)
        if kind == "unknown token":
            path = turn_round(path)
        elif kind == "foreign task":
            payload["task_id"] = f"{self._dice.randrange(16**8):08x}"
        elif kind == "other status":
            payload["status"] = "failed" if payload["status"] == "completed" else "completed"
        forged = b"\xff{not json" if kind == "garbage" else json.dumps(payload).encode()
        return kind, path, forged


def turn_round(path):
    """Another token of the same make."""
    head, _, token = path.rstrip("/").rpartition("/")
    return f"{head}/{token[::-1]}/"


def _handler(postman):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            postman.take(self.path, body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return Handler
