"""Brings the catalogues under locale/ to the strings of code and templates: `make messages`.

Babel does what GNU gettext does elsewhere, so nobody needs to have that (decision 0027).
"""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from lumiq_portal.catalogues import ROOT, sources

_CODE = ("accounts", "generations", "lumiq_portal")
_TEMPLATE_KINDS = {".html", ".txt", ".xml", ".svg"}
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Dates would change with every renewal, and be in the way of every merge.
_NOISE = (
    '"POT-Creation-Date:', '"PO-Revision-Date:', '"Generated-By:', '"Last-Translator:',
    '"Language-Team:', '"Report-Msgid-Bugs-To:',
)  # fmt: skip

_Message = tuple[str, str | None, str | tuple[str, ...], list[str]]


def renew() -> None:
    """Brings each catalogue to the strings of code and templates; translations are kept."""
    found = extract()
    for source in sources():
        catalogue = read(source)
        catalogue.update(found, no_fuzzy_matching=True, update_creation_date=False)
        source.write_bytes(_as_text(catalogue))


def read(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file, locale=source.parent.parent.name, abort_invalid=True)


def extract() -> Catalog:
    """All strings of code and templates that are marked for translation."""
    catalogue = Catalog()
    for place, context, identity, comments in _find_messages():
        catalogue.add(
            identity, locations=[(place, 0)], auto_comments=comments, context=context or None
        )
    return catalogue


def _find_messages() -> Iterator[_Message]:
    for folder in _CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _parse(path, path.read_text())
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in _TEMPLATE_KINDS:
            yield from _parse(path, _as_code(path))


def _as_code(template: Path) -> str:
    """The template's strings as calls of gettext, as Django's own makemessages has them.

    What stands around them are letters and spaces, which must not read as indentation.
    """
    lines = templatize(template.read_text(), origin=str(template)).splitlines()
    return "\n".join(line.strip() for line in lines)


def _parse(path: Path, code: str) -> Iterator[_Message]:
    place = path.relative_to(ROOT).as_posix()
    found = extract_python(io.BytesIO(code.encode()), list(_KEYWORDS), ["Translators"], {})
    for _line, function, arguments, comments in found:
        words = list(arguments) if isinstance(arguments, tuple | list) else [arguments]
        context = words.pop(0) if "pgettext" in function else None
        texts = [word for word in words if isinstance(word, str)]
        if texts and all(texts):
            identity = (texts[0], texts[1]) if "ngettext" in function else texts[0]
            yield place, context, identity, comments


def _as_text(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, sort_by_file=True, include_lineno=False,
             ignore_obsolete=True)  # fmt: skip
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_NOISE)).encode()


if __name__ == "__main__":
    renew()
