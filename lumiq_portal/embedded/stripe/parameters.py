"""Reads the parameters of a call, from Stripe's way of writing them, and refuses what is wrong.

A kind's `read` gets what was written and the parameter's full name, like `line_items[0][quantity]`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from lumiq_portal.embedded.stripe.currencies import CURRENCIES
from lumiq_portal.embedded.stripe.errors import Refused, invalid


class Kind(Protocol):
    def read(self, given: Any, name: str) -> Any: ...


@dataclass(frozen=True)
class Text:
    choices: tuple[str, ...] = ()
    longest: int = 5000

    def read(self, given: Any, name: str) -> str:
        text = _read_text(given, name)
        if self.choices and text not in self.choices:
            known = ", ".join(self.choices)
            raise invalid(f"Invalid {name}: must be one of {known}", name)
        if len(text) > self.longest:
            raise invalid(
                f"Invalid string: {text[:8]}…; must be at most {self.longest} characters",
                name,
                "parameter_invalid_string",
            )
        return text


class Address:
    def read(self, given: Any, name: str) -> str:
        text = _read_text(given, name)
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or " " in text:
            raise invalid("Not a valid URL", name, "url_invalid")
        return text


class Email:
    def read(self, given: Any, name: str) -> str:
        text = _read_text(given, name)
        if not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@.]+", text):
            raise invalid(f"Invalid email address: {text}", name, "email_invalid")
        return text


class Currency:
    def read(self, given: Any, name: str) -> str:
        code = _read_text(given, name).lower()
        if code not in CURRENCIES:
            raise invalid(f"Invalid currency: {code}.", name)
        return code


class Country:
    def read(self, given: Any, name: str) -> str:
        code = _read_text(given, name)
        if not re.fullmatch(r"[A-Z]{2}", code):
            raise invalid(f"Country '{code}' is unknown.", name, "country_unsupported")
        return code


@dataclass(frozen=True)
class Integer:
    least: int = -(10**12)
    most: int = 10**12

    def read(self, given: Any, name: str) -> int:
        text = _read_text(given, name)
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            raise invalid(f"Invalid integer: {text}", name, "parameter_invalid_integer")
        if not self.least <= int(text) <= self.most:
            bound = self.least if int(text) < self.least else self.most
            relation = "greater" if bound == self.least else "less"
            raise invalid(
                f"This value must be {relation} than or equal to {bound}.",
                name,
                "parameter_invalid_integer",
            )
        return int(text)


class Flag:
    def read(self, given: Any, name: str) -> bool:
        text = _read_text(given, name)
        if text not in ("true", "false"):
            raise invalid(f"Invalid boolean: {text}", name, "parameter_invalid_boolean")
        return text == "true"


class Metadata:
    """Up to 50 texts; an empty one unsets its key."""

    def read(self, given: Any, name: str) -> dict[str, str]:
        if given == "":
            return {}
        pairs = _read_object(given, name)
        for key, value in pairs.items():
            if not isinstance(value, str):
                raise invalid("Metadata values must be strings", f"{name}[{key}]")
            if len(key) > 40 or len(value) > 500:
                raise invalid(
                    "Metadata keys have up to 40 characters, values up to 500", f"{name}[{key}]"
                )
        if len(pairs) > 50:
            raise invalid("Metadata has up to 50 keys", name)
        return {key: value for key, value in pairs.items() if value}


@dataclass(frozen=True)
class ListOf:
    item: Kind
    most: int = 100

    def read(self, given: Any, name: str) -> list[Any]:
        if not isinstance(given, Mapping) or not all(
            re.fullmatch(r"[0-9]{1,4}", key) for key in given
        ):
            raise invalid("Invalid array", name)
        if len(given) > self.most:
            raise invalid(f"At most {self.most} items are allowed", name)
        keys = sorted(given, key=int)
        return [self.item.read(given[key], f"{name}[{key}]") for key in keys]


@dataclass(frozen=True)
class Fields:
    """An object with known fields."""

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = field(default=())

    def read(self, given: Any, name: str) -> dict[str, Any]:
        pairs = _read_object(given, name)
        for key in pairs:
            if key not in self.fields:
                full = _join(name, key)
                raise invalid(f"Received unknown parameter: {full}", full, "parameter_unknown")
        for key in self.required:
            if key not in pairs:
                full = _join(name, key)
                raise invalid(f"Missing required param: {full}.", full, "parameter_missing")
        return {key: self.fields[key].read(pairs[key], _join(name, key)) for key in pairs}


@dataclass(frozen=True)
class Moments:
    """A time in seconds, or bounds of it."""

    bounds: Fields = Fields({name: Integer() for name in ("gt", "gte", "lt", "lte")})

    def read(self, given: Any, name: str) -> dict[str, int]:
        if isinstance(given, str):
            moment = Integer().read(given, name)
            return {"gte": moment, "lte": moment}
        return self.bounds.read(given, name)


def read_parameters(fields: Fields, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return fields.read(unflatten(pairs), "")


def unflatten(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=x` → {"a": {"b": {"0": "x"}}}."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        keys = _split(name)
        node = root
        for key in keys[:-1]:
            node = node.setdefault(key or str(len(node)), {})
            if not isinstance(node, dict):
                raise invalid("Invalid object", name)
        node[keys[-1] or str(len(node))] = value
    return root


def _split(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    if not bracket:
        return [name]
    if not head or not rest.endswith("]"):
        raise Refused(f"Invalid parameter name: {name}", name, "parameter_unknown", is_early=True)
    return [head, *rest[:-1].split("][")]


def _join(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def _read_object(given: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise invalid("Invalid object", name)
    return given


def _read_text(given: Any, name: str) -> str:
    if not isinstance(given, str):
        raise invalid("Invalid string: {}", name, "parameter_invalid_string")
    if given == "":
        raise invalid(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{name}' cannot be unset. You should remove '{name}' "
            "from your request or supply a non-empty value.",
            name,
            "parameter_invalid_empty",
        )
    return given
