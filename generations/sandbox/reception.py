"""Receives a multipart form whole, its files on disk, before anything is decided.

As behind a buffering proxy: a body that is cut off costs nothing and makes no task.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Request

from generations.lumiq import contract
from generations.sandbox import intake
from generations.sandbox.orders import Refused

# Files over the documented sizes are received and refused by name; beyond this, only dropped.
MAX_BODY_BYTES = 2 * (contract.MAX_PHOTO_BYTES + contract.MAX_CLIP_BYTES)
# Well above the 64 KB that werkzeug reads at once: it counts them, and the start of what may be a
# boundary, as if they were a field.
MAX_FIELD_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Form:
    texts: dict[str, str]
    files: dict[str, Path]


@contextmanager
def receive_form(request: Request, folder: Path) -> Iterator[Form]:
    """The files lie in `folder` as they came in."""
    with ExitStack() as opened:

        def open_file(*_: Any, **__: Any) -> IO[bytes]:
            path = folder / str(len(list(folder.iterdir())))
            return opened.enter_context(path.open("w+b"))

        texts, files = _parse(request, open_file)
        for file in files.values():
            file.stream.flush()
        paths = {name: Path(file.stream.name or "") for name, file in files.items()}
        yield Form(texts.to_dict(), paths)


def _parse(
    request: Request, open_file: Callable[..., IO[bytes]]
) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    parser = FormDataParser(
        stream_factory=open_file,
        max_form_memory_size=MAX_FIELD_BYTES,
        max_content_length=MAX_BODY_BYTES,
        max_form_parts=100,
        silent=False,
    )
    try:
        _, form, files = parser.parse_from_environ(request.environ)
    except RequestEntityTooLarge as failure:
        raise Refused(intake.FILE_TOO_LARGE, "the request is too large") from failure
    except ValueError as failure:
        raise Refused(intake.INVALID_FORM) from failure
    return form, files
