"""Which videos other sites may show, and how the frame around them is built."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html

from accounts.embedding import build_frame_ancestors
from generations.admission import Visit
from generations.models import Generation

_UNKNOWN_SIZE = (1280, 720)
_USUAL_WIDTH = 640


@dataclass(frozen=True)
class Size:
    width: int
    height: int


def frame_ancestors(generation: Generation) -> Sequence[str]:
    """Of the video where its owner chose, else of the portal; empty where nobody may."""
    owner = generation if generation.embedding else generation.tenant
    return build_frame_ancestors(owner.embedding, owner.embed_domains)


def may_be_embedded(visit: Visit) -> bool:
    """A page of another site brings none of our cookies: it can neither sign in, give a password
    nor ask for a view."""
    if not visit.is_open or not visit.is_for_all:
        return False
    return bool(frame_ancestors(visit.link.generation))


def fit(generation: Generation, *, most_width: int | None, most_height: int | None) -> Size:
    """The largest size in the video's shape within the bounds; 640 wide where there are none."""
    width = generation.video_width or _UNKNOWN_SIZE[0]
    height = generation.video_height or _UNKNOWN_SIZE[1]
    scale = min(
        (most_width or _USUAL_WIDTH) / width,
        (most_height or _USUAL_WIDTH) / height,
    )
    return Size(max(1, int(width * scale)), max(1, int(height * scale)))


def build_html(src: str, title: str, size: Size) -> str:
    return format_html(
        '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy" allowfullscreen '
        'allow="fullscreen; picture-in-picture"></iframe>',
        src, size.width, size.height, title,
    )  # fmt: skip


def path_of(code: str) -> str:
    return reverse("share-embed", args=[code])
