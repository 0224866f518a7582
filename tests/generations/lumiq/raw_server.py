"""A server of bare sockets for the answers that no well-behaved server gives."""

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Script = Callable[["Visit"], None]


@dataclass
class Visit:
    """One connection and what came over it."""

    connection: socket.socket
    received: bytearray = field(default_factory=bytearray)

    def receive_head(self) -> None:
        while b"\r\n\r\n" not in self.received:
            self._receive()

    def receive_body(self) -> None:
        """All the bytes that Content-Length announces; ends early where they don't come."""
        self.receive_head()
        while len(self.body) < self.content_length and self._receive():
            pass

    def receive_all_but_the_tail(self) -> None:
        """Up to the moment in which the client waits with its last bytes."""
        self.receive_head()
        while self.content_length - len(self.body) > 36 + 2 and self._receive():
            pass

    def send(self, text: str) -> None:
        self.connection.sendall(text.encode())

    def answer(self, status: int, body: str, headers: str = "", length: int | None = None) -> None:
        length = len(body.encode()) if length is None else length
        self.send(f"HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{headers}\r\n{body}")

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    @property
    def body(self) -> memoryview:
        return memoryview(self.received)[self.received.find(b"\r\n\r\n") + 4 :]

    @property
    def content_length(self) -> int:
        found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", self.received)
        return int(found.group(1)) if found else 0

    @property
    def is_whole(self) -> bool:
        return len(self.body) == self.content_length

    def _receive(self) -> bytes:
        try:
            piece = self.connection.recv(65536)
        except ConnectionError:
            piece = b""
        self.received += piece
        return piece


@dataclass
class RawServer:
    base_url: str
    visits: list[Visit] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def settle(self, connections: int = 0) -> None:
        """Waits until as many connections have come and every script has ended."""
        give_up_at = time.monotonic() + 5
        while len(self.threads) < connections and time.monotonic() < give_up_at:
            time.sleep(0.005)
        for thread in self.threads:
            thread.join(5)


@contextlib.contextmanager
def raw_server(script: Script) -> Iterator[RawServer]:
    """Runs `script` for each connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1")

    def play(visit: Visit) -> None:
        with visit.connection, contextlib.suppress(ConnectionError):
            script(visit)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                visit = Visit(listener.accept()[0])
                server.visits.append(visit)
                thread = threading.Thread(target=play, args=[visit], daemon=True)
                thread.start()
                server.threads.append(thread)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        server.settle()
