"""What other programs read of a portal: its feed, and the addresses for search engines.

Public videos only, as browsing.py lists them; one that is seen with its link alone is in neither.
"""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.contrib.sitemaps import Sitemap
from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext

from accounts.models import Tenant
from accounts.requests import PortalRequest
from generations import browsing, matches
from generations.browsing import Card
from generations.team_names import title_of

MOST_ENTRIES = 50
# The newest; a search engine finds older ones by way of the gallery's pages.
MOST_ADDRESSES = 10_000


# Generic for the type checker only.
if TYPE_CHECKING:
    _Address = tuple[str, datetime | None]
    _Feed = Feed[Card, Tenant]
    _Sitemap = Sitemap[_Address]
else:
    _Feed, _Sitemap = Feed, Sitemap


class VideoFeed(_Feed):
    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, *args: object, **kwargs: object) -> Tenant:
        return cast(PortalRequest, request).tenant

    def title(self, tenant: Tenant) -> str:
        return tenant.name

    def subtitle(self) -> str:
        return gettext("Videos of fans in the stand, made with AI.")

    def link(self) -> str:
        return reverse("gallery")

    def items(self, tenant: Tenant) -> tuple[Card, ...]:
        return browsing.newest(tenant, most=MOST_ENTRIES)

    def item_title(self, card: Card) -> str:
        return escape(title_of(card))

    def item_description(self, card: Card) -> str:
        return escape(card.caption) or gettext("Football fan video, made with AI.")

    def item_author_name(self, card: Card) -> str:
        return card.fan

    def item_pubdate(self, card: Card) -> datetime:
        return card.finished_at

    def item_updateddate(self, card: Card) -> datetime:
        return card.finished_at


class PublicPages(_Sitemap):
    """Pages of teams and matches only where there is something to see."""

    limit = MOST_ADDRESSES * 2

    def __init__(self, request: PortalRequest) -> None:
        self.protocol = request.scheme
        self._tenant = request.tenant

    def items(self) -> "list[_Address]":
        videos = browsing.newest(self._tenant, most=MOST_ADDRESSES)
        played = matches.rank(self._tenant)
        teams = sorted({kit.slug for match in played for kit in (match.left, match.right)})
        latest = videos[0].finished_at if videos else None
        return [
            *((reverse(name), latest) for name in ("home", "gallery", "teams")),
            *((reverse("team", args=[slug]), None) for slug in teams),
            *((reverse("match", args=[match.slug]), None) for match in played),
            *((card.get_absolute_url(), card.finished_at) for card in videos),
        ]

    def location(self, item: "_Address") -> str:
        return item[0]

    def lastmod(self, item: "_Address") -> datetime | None:
        return item[1]
