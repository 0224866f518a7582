"""A multipart/form-data body that is streamed from its sources and sent in two phases.

All but the closing boundary goes out first; then `before_last` is called, once, and only when it
returns does the tail follow. A server can't hand on a body that lacks announced bytes, so whatever
dies before that moment was provably not processed.
"""

import secrets
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from generations.lumiq.errors import LumiqSourceBroken

BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True)
class FilePart:
    """A file to be sent. `open` gives a stream of exactly `size` bytes, which gets closed."""

    filename: str
    content_type: str
    size: int
    open: Callable[[], BinaryIO]

    def __post_init__(self) -> None:
        if not self.content_type.isascii() or not self.content_type.isprintable():
            raise ValueError("the content type has characters that no header may have")
        if self.size < 0:
            raise ValueError("a file can't have a negative size")


class BodyAborted(Exception):
    """Carries a failure through the HTTP library, which would deal with an OSError itself."""


class MultipartBody:
    """The `data` of a request. It can be read once; `close` lets go of the file that is open.

    `tail_released` tells whether the last bytes were handed over; `failure` is what kept them.
    """

    def __init__(
        self,
        *,
        fields: Sequence[tuple[str, str]],
        files: Sequence[tuple[str, FilePart]],
        before_last: Callable[[], None],
    ) -> None:
        self._boundary = secrets.token_hex(16)
        self._fields = [self._field(name, value) for name, value in fields]
        self._files = [(name, self._file_head(name, part), part) for name, part in files]
        self._tail = f"--{self._boundary}--\r\n".encode()
        self._before_last = before_last
        self._pieces = self._produce()
        self._rest = b""
        self.tail_released = False
        self.failure: Exception | None = None

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self._boundary}"

    def __len__(self) -> int:
        files = sum(len(head) + part.size + 2 for _, head, part in self._files)
        return sum(map(len, self._fields)) + files + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        """`requests` takes an object for a stream only if it can be iterated."""
        return iter(self.read, b"")

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """At most `size` bytes and never two pieces at once, so that the tail travels alone."""
        if self.failure is not None:
            raise BodyAborted from self.failure
        if not self._rest:
            try:
                self._rest = next(self._pieces, b"")
            except Exception as failure:
                self.failure = failure
                raise BodyAborted from failure
        block = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(block) :]
        return block

    def close(self) -> None:
        self._pieces.close()

    def _produce(self) -> Generator[bytes, None, None]:
        yield from self._fields
        for name, head, part in self._files:
            yield head
            yield from _content(name, part)
            yield b"\r\n"
        self._before_last()
        self.tail_released = True
        yield self._tail

    def _field(self, name: str, value: str) -> bytes:
        head = (
            f'--{self._boundary}\r\nContent-Disposition: form-data; name="{_quote(name)}"\r\n\r\n'
        )
        return f"{head}{value}\r\n".encode()

    def _file_head(self, name: str, part: FilePart) -> bytes:
        return (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="{_quote(name)}"; '
            f'filename="{_quote(part.filename)}"\r\n'
            f"Content-Type: {part.content_type}\r\n\r\n"
        ).encode()


def _content(field: str, part: FilePart) -> Generator[bytes, None, None]:
    """The file's blocks. One byte too many or too few stops the body while its tail is withheld."""
    broken = partial(LumiqSourceBroken, field=field)
    try:
        with part.open() as source:
            left = part.size
            while left:
                block = source.read(min(left, BLOCK_BYTES))
                if not block:
                    raise broken(f"the file ended {left} bytes before its stated size")
                left -= len(block)
                yield block
            if source.read(1):
                raise broken(f"the file is longer than its stated {part.size} bytes")
    except LumiqSourceBroken:
        raise
    except Exception as failure:
        raise broken(f"the file could not be read: {type(failure).__name__}") from failure


def _quote(text: str) -> str:
    """As browsers do (WHATWG HTML, "multipart/form-data encoding algorithm")."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
