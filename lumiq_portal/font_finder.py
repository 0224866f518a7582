"""Web fonts as static files, subset once from the installed font packages; no network, no binaries
in the repository. `collectstatic` and the development server find them as fonts/<name>.

The subsets cover Latin and Latin Extended-A. Two families carry a name their licence keeps to
the original, so the subsets are called otherwise.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage
from fontTools import subset
from fontTools.ttLib import TTFont

_PREFIX = "fonts/"
_UNICODES = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *(0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026, 0x202F),
    *(0x2039, 0x203A, 0x20AC, 0x2122, 0x2190, 0x2192, 0x2212, 0x00D7, 0x2713),
]
_FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum"]
_lock = threading.Lock()


@dataclass(frozen=True)
class Face:
    """One web font: where it comes from, and its new name where the licence asks for one."""

    name: str
    package: str
    source: str
    family: str = ""


FACES = (
    Face("manrope.woff2", "font_manrope", "Manrope-VariableFont_wght.ttf"),
    Face(
        "portal-grotesk-500.woff2",
        "font_hanken_grotesk",
        "HankenGrotesk-Medium.otf",
        family="Portal Grotesk",
    ),
    Face(
        "portal-grotesk-700.woff2",
        "font_hanken_grotesk",
        "HankenGrotesk-Bold.otf",
        family="Portal Grotesk",
    ),
    Face(
        "portal-serif-900.woff2",
        "font_source_serif_pro",
        "SourceSerifPro-Black.otf",
        family="Portal Serif",
    ),
)


class FontFinder(BaseFinder):
    """Generates the subsets below VAR_DIR on first use and serves them as static files."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.root = Path(settings.VAR_DIR) / "fonts"
        self.storage = FileSystemStorage(location=self.root)
        self.storage.prefix = "fonts"  # type: ignore[attr-defined]
        super().__init__(*args, **kwargs)

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        name = path.removeprefix(_PREFIX)
        is_ours = path.startswith(_PREFIX) and name in {face.name for face in FACES}
        if not is_ours:
            return []
        build_missing(self.root)
        found = str(self.root / name)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        build_missing(self.root)
        for face in FACES:
            yield face.name, self.storage


def build_missing(folder: Path) -> None:
    """Idempotent; takes a second a face the first time. Each file appears whole."""
    with _lock:
        folder.mkdir(parents=True, exist_ok=True)
        for face in FACES:
            target = folder / face.name
            if not target.exists():
                partial = target.with_suffix(".partial")
                _build(face, partial)
                partial.replace(target)


def _build(face: Face, target: Path) -> None:
    options = subset.Options(flavor="woff2", layout_features=_FEATURES, hinting=False)
    options.drop_tables += ["DSIG"]
    options.name_IDs = ["*"]
    with TTFont(_source_path(face), lazy=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=_UNICODES)
        subsetter.subset(font)
        if face.family:
            _rename(font, face.family)
        font.flavor = "woff2"
        font.save(target)


def _rename(font: TTFont, family: str) -> None:
    names = font["name"]
    compact = family.replace(" ", "")
    for name_id, text in {1: family, 3: compact, 4: family, 6: compact, 16: family}.items():
        names.removeNames(nameID=name_id)
        names.setName(text, name_id, 3, 1, 0x409)
    if "CFF " in font:
        top = font["CFF "].cff
        top.fontNames[0] = compact
        top.topDictIndex[0].FullName = family
        top.topDictIndex[0].FamilyName = family


def _source_path(face: Face) -> Path:
    spec = find_spec(face.package)
    assert spec is not None, f"package {face.package} is not installed"
    assert spec.origin is not None
    return Path(spec.origin).parent / "files" / face.source
