"""The control side, /sandbox/…: scenarios, keys and the record. For loopback only.

What the portal must never know of: real LUMIQ has none of it.
"""

import ipaddress
import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.routing import Map
from werkzeug.routing import Rule as Route
from werkzeug.wrappers import Request, Response

from generations.lumiq.contract import ErrorRow
from generations.sandbox import scenarios
from generations.sandbox.answers import answer, build_json
from generations.sandbox.behaviour import (
    INVALID_SCENARIO,
    Behaviour,
    Rule,
    build_fault,
    read_wish,
)
from generations.sandbox.orders import Refused
from generations.sandbox.record import Record
from generations.sandbox.store import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/sandbox"
RANDOM = "random"
FORBIDDEN = ErrorRow(403, "Forbidden", "the control side answers this machine only")
INVALID_KEY_CHANGE = ErrorRow(400, "Invalid key change", "see docs/sandbox.md")
_PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_RULE_FIELDS = ("scenario", "key", "endpoints", "probability", "times", "among", "seed")

_URLS = Map(
    [
        Route("/scenarios", endpoint="list_scenarios", methods=["GET"]),
        Route("/scenarios", endpoint="set_scenario", methods=["PUT"]),
        Route("/scenarios", endpoint="clear_scenarios", methods=["DELETE"]),
        Route("/record", endpoint="record", methods=["GET"]),
        Route("/keys", endpoint="list_keys", methods=["GET"]),
        Route("/keys/<key>", endpoint="set_key", methods=["PUT"]),
    ]
)


class Control:
    """A WSGI application, to be mounted at PREFIX."""

    def __init__(self, behaviour: Behaviour, store: Store, record: Record) -> None:
        self._behaviour = behaviour
        self._store = store
        self._record = record
        self._endpoints: dict[str, Callable[..., Any]] = {
            "list_scenarios": self._list_scenarios,
            "set_scenario": self._set_scenario,
            "clear_scenarios": self._clear_scenarios,
            "record": self._show_record,
            "list_keys": self._list_keys,
            "set_key": self._set_key,
        }

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = Request(environ)
        return answer(lambda: self._respond(request))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if not _is_from_here(request):
            raise Refused(FORBIDDEN)
        endpoint, arguments = _URLS.bind_to_environ(request.environ).match()
        return build_json(self._endpoints[endpoint](request, **arguments))

    def _list_scenarios(self, _request: Request) -> Any:
        known = {
            name: {"about": s.about, "endpoints": s.endpoints, "settings": s.details}
            for name, s in scenarios.SCENARIOS.items()
        }
        return {"set": [_describe(rule) for rule in self._behaviour.rules()], "known": known}

    def _set_scenario(self, request: Request) -> Any:
        rule = _read_rule(_read_object(request))
        self._behaviour.set_rule(rule)
        return _describe(rule)

    def _clear_scenarios(self, request: Request) -> Any:
        self._behaviour.clear(request.args.get("key"))
        return {"set": [_describe(rule) for rule in self._behaviour.rules()]}

    def _show_record(self, _request: Request) -> Any:
        return {"charges": self._store.list_charges(), **self._record.as_json()}

    def _list_keys(self, _request: Request) -> Any:
        return {"keys": self._store.list_keys()}

    def _set_key(self, request: Request, key: str) -> Any:
        change = _read_object(request)
        _check_key_change(change)
        self._store.add_key(key, 0, change.get("email", ""))
        self._store.change_key(
            key,
            credits_balance=change.get("credits"),
            added_credits=change.get("add_credits", 0),
            is_revoked=change.get("is_revoked"),
            is_test=change.get("is_test"),
        )
        return next(known for known in self._store.list_keys() if known["key"] == key)


def _is_from_here(request: Request) -> bool:
    """A proxy on this machine speaks for others."""
    try:
        is_loopback = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    return is_loopback and not any(name in request.headers for name in _PROXY_HEADERS)


def _read_object(request: Request) -> dict[str, Any]:
    payload = request.get_json(force=True)
    if not isinstance(payload, dict):
        raise Refused(INVALID_SCENARIO, "a JSON object is needed")
    return payload


def _read_rule(given: dict[str, Any]) -> Rule:
    name = given.get("scenario")
    details = {field: value for field, value in given.items() if field not in _RULE_FIELDS}
    if name == RANDOM and not details:
        faults = [read_wish(str(wish)) for wish in given.get("among") or ()]
    elif isinstance(name, str):
        faults = [build_fault(name, details)]
    else:
        faults = []
    if not faults:
        raise Refused(INVALID_SCENARIO, "`scenario` names one, or is random with names in `among`")
    possible = {endpoint for fault in faults for endpoint in fault.scenario.endpoints}
    endpoints = given.get("endpoints") or sorted(possible)
    if not isinstance(endpoints, list) or not set(endpoints) <= possible:
        raise Refused(INVALID_SCENARIO, f"`endpoints` is a list out of {sorted(possible)}")
    return Rule(
        title=str(name),
        key=str(given.get("key") or ""),
        endpoints=tuple(endpoints),
        faults=faults,
        probability=_read_number(given, "probability", default=1.0, most=1),
        times=_read_times(given),
        dice=random.Random(str(given["seed"]) if "seed" in given else None),  # noqa: S311
    )


def _read_times(given: dict[str, Any]) -> int | None:
    if given.get("times") is None:
        return None
    return int(_read_number(given, "times", default=0, most=1_000_000))


def _read_number(given: dict[str, Any], field: str, *, default: float, most: float) -> float:
    value: Any = given.get(field, default)
    if type(value) not in (int, float) or not 0 <= value <= most:
        raise Refused(INVALID_SCENARIO, f"`{field}` is a number from 0 to {most}")
    return float(value)


def _check_key_change(change: dict[str, Any]) -> None:
    kinds = {
        "credits": "int", "add_credits": "int", "is_revoked": "bool", "is_test": "bool",
        "email": "str",
    }  # fmt: skip
    for field, value in change.items():
        if type(value).__name__ != kinds.get(field):
            raise Refused(INVALID_KEY_CHANGE, f"`{field}` is unknown or of the wrong type")
        if kinds[field] == "int" and not 0 <= value <= 10**12:
            raise Refused(INVALID_KEY_CHANGE, f"`{field}` is out of range")


def _describe(rule: Rule) -> dict[str, Any]:
    return {
        "scenario": rule.title,
        "key": rule.key or None,
        "endpoints": rule.endpoints,
        "faults": [{"scenario": fault.name, **fault.details} for fault in rule.faults],
        "probability": rule.probability,
        "times": rule.times,
    }
