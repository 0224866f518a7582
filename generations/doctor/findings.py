"""What a check found: a line for the operator, and the figures behind it. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"  # worth knowing, nothing is broken
    ILL = "ill"


@dataclass(frozen=True)
class Finding:
    name: str
    level: Level
    text: str
    remedy: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


Check = Callable[[], Iterator[Finding]]


def build_finding(name: str, text: str, **figures: Any) -> Finding:
    """All is well."""
    return Finding(name, Level.OK, text, figures=figures)


def describe_time(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 2:
        return f"{int(span.total_seconds())} s"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
