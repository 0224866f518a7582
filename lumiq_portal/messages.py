"""Brings the catalogues under locale/ to the strings of code and templates: `make messages`.

Babel does what GNU gettext does elsewhere, so nobody needs to have that (decision 0027).
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from lumiq_portal.catalogues import ROOT, sources

_CODE = ("accounts", "generations", "lumiq_portal")
_TEMPLATE_KINDS = {".html", ".txt", ".xml", ".svg"}
_KINDS = ("gettext", "ngettext", "pgettext", "npgettext")
_FUNCTIONS = ("_", "gettext_noop", *_KINDS, *(f"{kind}_lazy" for kind in _KINDS))
# Dates would change with every renewal, and be in the way of every merge.
_NOISE = (
    '"POT-Creation-Date:', '"PO-Revision-Date:', '"Generated-By:', '"Last-Translator:',
    '"Language-Team:', '"Report-Msgid-Bugs-To:', '"Project-Id-Version:',
)  # fmt: skip


# Line, function, arguments, comments; Babel's types have them in another order.
_Call = tuple[int, str, str | tuple[str | None, ...], list[str]]


@dataclass(frozen=True)
class Marked:
    """`words` are two where there is a plural."""

    words: str | tuple[str, str]
    context: str | None
    comments: list[str]


def renew() -> None:
    """Brings each catalogue to the strings of code and templates; translations are kept."""
    found = extract()
    for source in sources():
        known = read(source)
        fresh = Catalog(known.locale, header_comment=known.header_comment, fuzzy=False)
        fresh.mime_headers = known.mime_headers
        for message in found:
            if not message.id:  # the header
                continue
            old = known.get(_key(message), message.context)
            fresh.add(
                message.id,
                old.string if old and old.pluralizable == message.pluralizable else None,
                locations=message.locations,
                auto_comments=message.auto_comments,
                user_comments=old.user_comments if old else (),
                context=message.context,
            )
        source.write_bytes(_as_text(fresh))


def read(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file, locale=source.parent.parent.name, abort_invalid=True)


def extract() -> Catalog:
    """All strings of code and templates that are marked for translation."""
    catalogue = Catalog()
    for path in _files():
        place = path.relative_to(ROOT).as_posix()
        for message in find_messages(path):
            catalogue.add(
                message.words,
                locations=[(place, 0)],
                auto_comments=message.comments,
                context=message.context,
            )
    return catalogue


def find_messages(path: Path) -> Iterator[Marked]:
    code = path.read_text() if path.suffix == ".py" else _as_code(path)
    functions = dict.fromkeys(_FUNCTIONS)
    found = extract_python(io.BytesIO(code.encode()), functions, ["Translators"], {})
    for _line, function, arguments, comments in cast(Iterator[_Call], found):
        words = list(arguments) if isinstance(arguments, tuple | list) else [arguments]
        context = words.pop(0) if "pgettext" in function else None
        texts = [word for word in words if isinstance(word, str) and word]
        if texts:
            plural = function.startswith("n")
            yield Marked((texts[0], texts[1]) if plural else texts[0], context, comments)


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _files() -> Iterator[Path]:
    for folder in _CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in _TEMPLATE_KINDS:
            yield path


def _as_code(template: Path) -> str:
    """The template's strings as calls of gettext, as Django's own makemessages has them.

    What stands around them are letters and spaces, which must not read as indentation.
    """
    lines = templatize(template.read_text(), origin=str(template)).splitlines()
    return "\n".join(line.strip() for line in lines)


def _as_text(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, include_lineno=False, ignore_obsolete=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_NOISE)).encode()


if __name__ == "__main__":
    renew()
