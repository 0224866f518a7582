"""What messengers, other sites and devices are told of a share link: addresses and sizes.

A link that asks something of its visitor, or is closed, tells of the portal only.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from generations import cards, embeds
from generations.admission import Visit
from generations.embeds import Size


@dataclass(frozen=True)
class Preview:
    """All addresses are absolute. Empty: none is told of."""

    page_url: str
    card_url: str
    video_url: str = ""
    embed_url: str = ""
    oembed_url: str = ""
    is_generic: bool = False
    embed_size: Size | None = None


def build_preview(request: HttpRequest, visit: Visit) -> Preview:
    link, generation = visit.link, visit.link.generation
    page_url = request.build_absolute_uri(link.get_absolute_url())
    if not visit.is_for_all or visit.is_gone:
        card = request.build_absolute_uri(cards.path_for(generation.tenant, None, None))
        return Preview(page_url, card, is_generic=True)
    card = cards.path_for(generation.tenant, generation.left_kit, generation.right_kit)
    embed_url = oembed_url = ""
    if embeds.may_be_embedded(visit):
        embed_url = request.build_absolute_uri(embeds.path_of(link.code))
        oembed_url = request.build_absolute_uri(reverse("oembed"))
    return Preview(
        page_url=page_url,
        card_url=request.build_absolute_uri(card),
        video_url=request.build_absolute_uri(reverse("share-file", args=[link.code])),
        embed_url=embed_url,
        oembed_url=oembed_url,
        embed_size=embeds.fit(generation, most_width=None, most_height=None),
    )
