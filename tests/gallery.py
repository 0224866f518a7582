"""Many public videos at once, for lists of them."""

import html
import re
import uuid
from datetime import timedelta

from generations.models import Generation, ShareLink
from tests.cast import make_ready


class Gallery:
    """Fills a portal's gallery. A first delivered video, which stays private, is the pattern."""

    def __init__(self, user):
        self._pattern = make_ready(user)
        Generation.objects.filter(pk=self._pattern.pk).update(visibility="private")
        self._count = 0

    def add(self, left="Brazil", right="France", **fields):
        """Another public video with one link; older than those before it."""
        self._count += 1
        own = {
            "pk": uuid.uuid4(),
            "order_nonce": uuid.uuid4(),
            "team_left": left,
            "team_right": right,
            "visibility": "public",
            "finished_at": self._pattern.finished_at - timedelta(minutes=self._count),
        }
        video = Generation.objects.get(pk=self._pattern.pk)
        for name, value in {**own, **fields}.items():
            setattr(video, name, value)
        video.save(force_insert=True)
        video.link = ShareLink.objects.create(generation=video, name="First link")
        return video

    def fill(self, count, **fields):
        return [self.add(**fields) for _ in range(count)]


def codes(page):
    """The share codes of the cards, in their order: from the page itself, which may be one that was
    rendered before and has no context."""
    return re.findall(r'class="card" href="/v/(\w+)/"', page.content.decode())


def older(page):
    """The address of the next page; "" on the last."""
    return _link_to("next", page)


def newer(page):
    return _link_to("prev", page)


def body_of(answer):
    """To its end, so that its file is closed."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def _link_to(relation, page):
    found = re.findall(rf'rel="{relation}" href="([^"]+)"', page.content.decode())
    return html.unescape(found[0]) if found else ""
