"""Chooses what goes wrong: by the header of a request, else by the rules that are set.

Rules are asked in the order in which they were set; the first that applies has its way. They live
as long as the process.
"""

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from werkzeug.http import parse_options_header
from werkzeug.wrappers import Response

from generations.lumiq.contract import ErrorRow
from generations.sandbox.orders import Order, Refused
from generations.sandbox.scenarios import CALLBACK, SCENARIOS, SUBMITS, Call, Callback, Scenario

HEADER = "X-Sandbox-Scenario"
NOTHING = Scenario("nothing goes wrong", ())
INVALID_SCENARIO = ErrorRow(400, "Invalid scenario", "see docs/sandbox.md")


@dataclass(frozen=True)
class Fault:
    """A scenario with its settings. Without a name, nothing goes wrong."""

    name: str = ""
    scenario: Scenario = NOTHING
    details: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, call: Call) -> Response:
        return self.scenario.answer(call, self.details)

    def change(self, order: Order) -> Order:
        return self.scenario.change(order, self.details)

    def call_back(self, callback: Callback) -> bool:
        return self.scenario.call_back(callback, self.details)

    def concerns(self, endpoint: str) -> bool:
        return endpoint in self.scenario.endpoints


@dataclass
class Rule:
    """One of `faults` (drawn by `dice`) for `key`, or for any if it is empty.

    `times` is how often it may still apply, None for ever.
    """

    title: str
    key: str
    endpoints: tuple[str, ...]
    faults: Sequence[Fault]
    probability: float = 1.0
    times: int | None = None
    dice: Random = field(default_factory=Random)

    def draw(self, endpoint: str, key: str) -> Fault | None:
        faults = [fault for fault in self.faults if fault.concerns(endpoint)]
        if self.key not in ("", key) or endpoint not in self.endpoints or not faults:
            return None
        if self.times == 0 or self.dice.random() >= self.probability:
            return None
        if self.times is not None:
            self.times -= 1
        return self.dice.choice(faults)


class Behaviour:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def choose(self, endpoint: str, key: str, wish: str = "") -> Fault:
        """`wish` is the header's text. A submit may wish for what its callback is to meet."""
        if wish:
            fault = read_wish(wish)
            if fault.concerns(endpoint):
                return fault
            if endpoint in SUBMITS and fault.concerns(CALLBACK):
                return Fault()
            raise Refused(INVALID_SCENARIO, f"{fault.name} makes no sense for {endpoint}")
        with self._lock:
            drawn = (rule.draw(endpoint, key) for rule in self._rules)
            return next((fault for fault in drawn if fault), Fault())

    def set_rule(self, rule: Rule) -> None:
        """Replaces the rule of the same title for the same key."""
        with self._lock:
            self._rules = [r for r in self._rules if (r.title, r.key) != (rule.title, rule.key)]
            self._rules.append(rule)

    def clear(self, key: str | None = None) -> None:
        """All rules, or those of one key."""
        with self._lock:
            self._rules = [rule for rule in self._rules if key not in (None, rule.key)]

    def rules(self) -> list[Rule]:
        with self._lock:
            return list(self._rules)


def read_wish(wish: str) -> Fault:
    """Of a text like `slow` or `slow; seconds=3`."""
    name, details = parse_options_header(wish)
    return build_fault(name, details)


def build_fault(name: str, details: Mapping[str, Any]) -> Fault:
    scenario = SCENARIOS.get(name)
    if scenario is None:
        raise Refused(INVALID_SCENARIO, f"unknown; there are: {', '.join(SCENARIOS)}")
    unknown = ", ".join(set(details) - set(scenario.details))
    if unknown:
        raise Refused(INVALID_SCENARIO, f"{name} has no setting {unknown}")
    given = {field: _like(scenario.details[field], details[field]) for field in details}
    return Fault(name, scenario, {**scenario.details, **given})


def _like(default: Any, value: Any) -> Any:
    """The value in the default's type; numbers are never negative."""
    if isinstance(default, str):
        return str(value)
    try:
        number = type(default)(value)
    except (TypeError, ValueError) as failure:
        raise Refused(INVALID_SCENARIO, f"{value!r} is not a number") from failure
    if not number >= 0 or math.isinf(number):
        raise Refused(INVALID_SCENARIO, f"{value!r} is out of range")
    return number
