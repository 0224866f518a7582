"""Lists: filtered, cut into pages, newest first."""

from collections.abc import Callable
from typing import Any

from lumiq_portal.embedded.stripe.errors import Refused
from lumiq_portal.embedded.stripe.store import Body

DEFAULT_LIMIT = 10
_PAGING = ("limit", "starting_after", "ending_before", "expand")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


def build_list(items: list[Body], url: str, params: dict[str, Any]) -> Body:
    """`items` are newest first. What is no matter of paging must equal the field of its name."""
    wishes = {name: value for name, value in params.items() if name not in _PAGING}
    found = [item for item in items if all(_fits(item, *wish) for wish in wishes.items())]
    page, has_more = _cut(found, params)
    return {"object": "list", "data": page, "has_more": has_more, "url": url}


def _fits(item: Body, name: str, value: Any) -> bool:
    if name == "created":
        return all(_COMPARE[bound](item["created"], moment) for bound, moment in value.items())
    if name == "types":
        return item["type"] in value
    return bool(item[name] == value)


def _cut(found: list[Body], params: dict[str, Any]) -> tuple[list[Body], bool]:
    limit = params.get("limit", DEFAULT_LIMIT)
    if "starting_after" in params:
        found = found[_place(found, params, "starting_after") + 1 :]
    elif "ending_before" in params:
        found = found[: _place(found, params, "ending_before")]
        return found[-limit:], len(found) > limit
    return found[:limit], len(found) > limit


def _place(found: list[Body], params: dict[str, Any], name: str) -> int:
    wanted = params[name]
    for place, item in enumerate(found):
        if item["id"] == wanted:
            return place
    raise Refused(f"No such object: '{wanted}'", name, "resource_missing")
