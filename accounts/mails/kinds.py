"""What kinds of mails there are. Each names who makes its content; the parts of the site list their
own, in accounts.mails.of_accounts and generations.mails.

Templates: templates/emails/<kind>.subject.txt, .txt and .html.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from accounts.models import Mail, User

# How long a mail is worth sending: longer than a weekend without a mail server.
LASTS = timedelta(days=3)


@dataclass(frozen=True)
class Content:
    """What the templates get, and the pictures that the HTML names as `cid:<name>`, as JPEG."""

    context: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)


# At each try, in the receiver's language; None where there is nothing to tell any more.
Build = Callable[[Mail, User], Content | None]


@dataclass(frozen=True)
class Kind:
    """`choice` is the field of User that switches it off; empty: nobody can."""

    name: str
    build: Build
    choice: str = ""
    lasts: timedelta = LASTS


_KINDS: dict[str, Kind] = {}


def register(name: str, *, choice: str = "", lasts: timedelta = LASTS) -> Callable[[Build], Build]:
    def keep(build: Build) -> Build:
        _KINDS[name] = Kind(name, build, choice, lasts)
        return build

    return keep


def get(name: str) -> Kind:
    return _KINDS[name]


def lasts(name: str) -> timedelta:
    """Also of a kind that this process does not know, being older or newer than who posted it."""
    return _KINDS[name].lasts if name in _KINDS else LASTS


def names() -> list[str]:
    return sorted(_KINDS)
