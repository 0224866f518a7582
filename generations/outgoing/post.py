"""One guarded POST to an address that a user has written.

Own code on http.client instead of a library: nothing follows a redirect, keeps a cookie, unpacks a
body, reads a proxy from the environment or looks a name up a second time, since nothing here can.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any

import certifi

from generations.outgoing.addresses import RefusedAddress, Target, is_allowed, parse
from generations.outgoing.trouble import Trouble

USER_AGENT = "Portal-Webhooks/1.0"
KEPT_BYTES = 1024

# From a name and a port to IP addresses, the best one first. Raises OSError.
Resolver = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True)
class Limits:
    """`total_seconds` counts from the look-up of the name to the last byte of the answer."""

    connect_seconds: float = 3
    read_seconds: float = 10
    total_seconds: float = 15
    answer_bytes: int = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """`text` is the beginning of the body, without control characters: not yet fit for HTML."""

    status: int
    text: str


class NoAnswer(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


def look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    limits: Limits = Limits(),
    resolve: Resolver = look_up,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """Raises NoAnswer. `trust` says whose certificates count, by default the usual authorities'."""
    clock = _Clock(limits)
    try:
        target = parse(url)
        plain = _connect(target, clock, resolve)
        with plain:
            sock = _secure(plain, target, clock, trust)
            with sock:
                return _exchange(target, _TimedSocket(sock, clock), body, headers)
    except RefusedAddress as error:
        raise NoAnswer(Trouble.REFUSED_URL) from error
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer(Trouble.CERTIFICATE) from error
    except TimeoutError as error:
        raise NoAnswer(Trouble.TIMEOUT) from error
    except (http.client.HTTPException, _TooMuch) as error:
        raise NoAnswer(Trouble.NO_HTTP) from error
    except OSError as error:
        raise NoAnswer(Trouble.CONNECTION) from error


class _TooMuch(OSError):
    """More was sent than is read."""


class _Clock:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._end = time.monotonic() + limits.total_seconds

    def seconds(self, most: float) -> float:
        """What is left for the next step, at most `most`. Raises TimeoutError where nothing is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole delivery is over")
        return min(left, most)


def _connect(target: Target, clock: _Clock, resolve: Resolver) -> socket.socket:
    """To the first address that takes it, out of those that the one look-up gave."""
    addresses = _resolve(target, clock, resolve)
    if not addresses or not all(map(is_allowed, addresses)):
        raise NoAnswer(Trouble.ADDRESS)
    trouble: OSError = OSError("no address")
    for address in addresses:
        seconds = clock.seconds(clock.limits.connect_seconds)
        try:
            return _connect_to(address, target.port, seconds)
        except OSError as error:
            trouble = error
    raise trouble


def _connect_to(address: str, port: int, seconds: float) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        sock.settimeout(seconds)
        sock.connect((address, port))
        if sock.getpeername()[0] != address:  # the kernel made another one of it, as of 0.0.0.0
            raise NoAnswer(Trouble.ADDRESS)
    except BaseException:
        sock.close()
        raise
    return sock


def _resolve(target: Target, clock: _Clock, resolve: Resolver) -> Sequence[str]:
    """In a thread: the system's look-up knows no time limit. One that hangs is left alone."""
    found: SimpleQueue[Sequence[str]] = SimpleQueue()

    def run() -> None:
        try:
            found.put(resolve(target.host, target.port))
        except (OSError, UnicodeError):
            found.put([])

    threading.Thread(target=run, daemon=True).start()
    try:
        return found.get(timeout=clock.seconds(clock.limits.read_seconds))
    except Empty:
        raise TimeoutError("the name was not looked up in time") from None


def _secure(
    sock: socket.socket, target: Target, clock: _Clock, trust: ssl.SSLContext | None
) -> socket.socket:
    """The certificate must be the name's, whatever address was connected to."""
    if target.scheme == "http":
        return sock
    sock.settimeout(clock.seconds(clock.limits.read_seconds))
    return (trust or _usual_authorities()).wrap_socket(sock, server_hostname=target.host)


@cache
def _usual_authorities() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def _exchange(
    target: Target, sock: "_TimedSocket", body: bytes, headers: Mapping[str, str]
) -> Answer:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.auto_open = 0
    connection.sock = sock
    fixed = {"Host": target.netloc, "User-Agent": USER_AGENT, "Connection": "close"}
    connection.request("POST", target.path, body, {**headers, **fixed})
    response = connection.getresponse()
    return Answer(response.status, _read_beginning(response))


def _read_beginning(response: http.client.HTTPResponse) -> str:
    """Reads to the end, within the limits, so that an ordinary server can finish; keeps little."""
    got = bytearray()
    try:
        while piece := response.read1(8192):
            got += piece
    except (OSError, http.client.HTTPException):
        pass  # too slow, too long or broken off: the status has said it all
    text = bytes(got[:KEPT_BYTES]).decode(errors="replace")
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)


class _TimedSocket:
    """What http.client needs of a socket; every single step waits no longer than the whole may."""

    def __init__(self, sock: socket.socket, clock: _Clock) -> None:
        self._sock = sock
        self._clock = clock

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(self._clock.seconds(self._clock.limits.read_seconds))
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._clock))

    def close(self) -> None:
        """`post` closes the socket itself; the answer is still being read when this is called."""


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, clock: _Clock) -> None:
        self._sock = sock
        self._clock = clock
        self._left = clock.limits.answer_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left == 0:
            raise _TooMuch
        self._sock.settimeout(self._clock.seconds(self._clock.limits.read_seconds))
        count = self._sock.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        return count
