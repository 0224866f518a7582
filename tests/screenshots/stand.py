"""Fills a demo portal's gallery, so that its lists and numbers are those of a portal in use."""

import io
from datetime import timedelta
from functools import cache
from random import Random

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import Tenant
from generations.kits import KITS
from generations.models import Generation
from generations.sandbox import crowd, cutout
from generations.sandbox.fan import FACE_HEIGHT, Fan
from generations.sandbox.portraits import draw_portrait
from tests import showcase
from tests.cast import build_user, give
from tests.gallery import Gallery

# Name, own team, other side, portrait, caption.
FANS = (
    ("Ana", "Portugal", "Spain", 9, "Row 14, seat 9. Lost my voice by the second minute."),
    ("Diego", "Mexico", "United States", 3, ""),
    ("Yasmin", "Saudi Arabia", "Egypt", 4, ""),
    ("Grace", "Jamaica", "Canada", 2, "For Grandad, who taught me the songs."),
    ("Kofi", "Ivory Coast", "Senegal", 10, ""),
    ("Hana", "Japan", "South Korea", 6, ""),
    ("Luca", "Italy", "Germany", 1, ""),
    ("Sofia", "Uruguay", "Argentina", 11, "Sunday, all of us, same sofa."),
    ("Piet", "Netherlands", "Belgium", 7, ""),
    ("Amina", "Morocco", "Tunisia", 4, ""),
    ("Old Tom", "England", "Brazil", 8, ""),
)
# Fans of each side of one match, so that its page can tell a share.
MATCH, SIDES = ("Brazil", "France"), (19, 12)


def main():
    """Prints the pages of the showcase, as tests.showcase does."""
    for tenant in Tenant.objects.all():
        fill_stand(tenant)
    showcase.main()


def fill_stand(tenant):
    pattern = build_user(tenant, f"stand@{tenant.slug}.example")
    give(pattern, 90)
    gallery = Gallery(pattern)
    oldest = Generation.objects.in_gallery(tenant).last()
    for number, (name, left, right, portrait, caption) in enumerate(FANS):
        ago = timedelta(hours=5 * (number + 1))
        _add(gallery, oldest, (left, right), portrait, name, ago, caption=caption)
    for side, count in enumerate(SIDES):
        for number in range(count):
            name = FANS[number % len(FANS)][0]
            ago = timedelta(days=4, minutes=7 * number + 3 * side)
            portrait = 6 * side + number % 4
            _add(gallery, oldest, MATCH[:: -1 if side else 1], portrait, name, ago)


def _add(gallery, oldest, teams, portrait, name, ago, **fields):
    """So long before the oldest, with its file: of this one nothing but a picture is seen."""
    tenant = oldest.tenant
    email = f"{'-'.join(teams)}-{ago.total_seconds():.0f}@{tenant.slug}.example".replace(" ", "-")
    stored = f"t/{tenant.pk}/g/stand/{'-'.join(teams)}-{portrait}.jpg"
    if not default_storage.exists(stored):
        default_storage.save(stored, ContentFile(_draw_still(*teams, portrait)))
    gallery.add(
        *teams,
        user=build_user(tenant, email, display_name=name),
        video=oldest.video.name,
        poster=stored,
        finished_at=oldest.finished_at - ago,
        **fields,
    )


@cache
def _draw_still(left, right, portrait):
    """JPEG: one picture of the video that the sandbox would draw."""
    kits = KITS[left], KITS[right]
    picture = next(crowd.draw_loop(*kits, Random(portrait)))
    Fan(cutout.cut_head(draw_portrait(portrait), FACE_HEIGHT), *kits).draw(picture, 0.2)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()
