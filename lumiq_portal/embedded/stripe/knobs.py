"""What may go wrong with events on their way, turned by the control side."""

import random
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class Knobs:
    """`duplicate`: how many copies more. `delay`: seconds. `reorder`: seconds over which events
    are strewn. `drop`: how many of the next ones get lost. `hold`: kept until released by hand.
    `retry_seconds`: before the second try; then twice as long each time.
    """

    duplicate: int = 0
    delay: float = 0.0
    reorder: float = 0.0
    drop: int = 0
    hold: bool = False
    retry_seconds: float = 1.0

    def turn(self, wishes: dict[str, Any]) -> None:
        kinds: dict[str, Any] = {field.name: field.type for field in fields(self)}
        for name, value in wishes.items():
            if name not in kinds:
                raise ValueError(f"{name} is no knob; there are {', '.join(kinds)}")
            if isinstance(value, bool) != (kinds[name] is bool) or not isinstance(
                value, int | float
            ):
                raise ValueError(f"{name} must be a {kinds[name].__name__}")
            if value < 0:
                raise ValueError(f"{name} must not be negative")
        for name, value in wishes.items():
            setattr(self, name, kinds[name](value))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def choose_fate(self) -> str:
        """Of the next delivery: waiting, held or dropped."""
        if self.drop:
            self.drop -= 1
            return "dropped"
        return "held" if self.hold else "waiting"

    def choose_delay(self) -> float:
        return self.delay + random.uniform(0, self.reorder)  # noqa: S311 — no secret
