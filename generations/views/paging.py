"""Lists of videos in pages: what an address asks for, and the addresses of the pages around it."""

from typing import Any
from urllib.parse import urlencode

from accounts.requests import PortalRequest
from generations import browsing
from generations.browsing import Order, Which


def read_videos(request: PortalRequest, *, which: Which, words: str = "") -> Any:
    """The context of templates/partials/_videos.html. `words` were searched for."""
    asked = request.GET
    order = Order.PLAYED if asked.get("order") == Order.PLAYED else Order.NEWEST
    page = browsing.read_page(
        request.tenant,
        which=which,
        order=order,
        after=asked.get("after", ""),
        before=asked.get("before", ""),
    )

    def address(order: Order = order, **position: str) -> str:
        played = order.value if order is Order.PLAYED else ""
        query = {"q": words, "order": played, **position}
        written = urlencode({name: value for name, value in query.items() if value})
        return f"{request.path}?{written}" if written else request.path

    return {
        "cards": page.cards,
        "newer": address(before=page.newer) if page.newer else "",
        "older": address(after=page.older) if page.older else "",
        "is_by_plays": order is Order.PLAYED,
        "newest": address(Order.NEWEST),
        "most_played": address(Order.PLAYED),
        "canonical": request.build_absolute_uri(address(after=asked.get("after", ""))),
    }
