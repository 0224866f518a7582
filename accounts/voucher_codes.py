"""What a voucher's code looks like, and when two spellings are the same code. Pure."""

import re
import secrets
import unicodedata

from accounts.models.voucher import LONGEST_CODE, SHORTEST_CODE

# Without I, O, 0 and 1, which people take for one another: 32 signs of 5 bits.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
GROUPS, GROUP_LENGTH = 3, 4  # 60 bits

# What people and programs put between groups: spaces, hyphens and dashes of all kinds, dots.
_BETWEEN = re.compile(r"[\s._\-\u00ad\u200b\u2010-\u2015\u2212]+")
_LOOK_ALIKES = str.maketrans("OI", "01")


class NotACode(ValueError):
    """An own wording that is too short, too long, or has other signs than letters and digits."""


def generate(count: int) -> list[str]:
    """`count` different codes, as they are printed: "K7QM-2XPD-94TH"."""
    codes: set[str] = set()
    while len(codes) < count:
        codes.add("-".join(_generate_group() for _ in range(GROUPS)))
    return list(codes)


def normalise(text: str) -> str:
    """What is compared: capitals without anything between, O as 0 and I as 1. "" for what cannot be
    a code."""
    key = _bare(text).translate(_LOOK_ALIKES)
    return key if key.isascii() and key.isalnum() and _has_length(key) else ""


def tidy(wording: str) -> str:
    """An own wording as it is printed: "Summer finale" → "SUMMER-FINALE". Raises NotACode."""
    if not normalise(wording):
        raise NotACode(wording)
    parts = _BETWEEN.split(unicodedata.normalize("NFKC", wording).upper())
    tidied = "-".join(part for part in parts if part)
    if len(tidied) > LONGEST_CODE:
        raise NotACode(wording)
    return tidied


def _bare(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()


def _has_length(key: str) -> bool:
    return SHORTEST_CODE <= len(key) <= LONGEST_CODE


def _generate_group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH))
