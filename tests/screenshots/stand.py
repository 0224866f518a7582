"""Fills a demo portal's gallery, so that its lists and numbers are those of a portal in use."""

import io
from datetime import timedelta
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
    sample = Generation.objects.in_gallery(tenant).last()
    same = {"video": sample.video.name}
    for number, (name, left, right, portrait, caption) in enumerate(FANS):
        fan = build_user(tenant, f"stand{number}@{tenant.slug}.example", display_name=name)
        poster = _store_still(tenant, left, right, portrait)
        ago = sample.finished_at - timedelta(hours=5 * (number + 1))
        gallery.add(left, right, user=fan, poster=poster, caption=caption, finished_at=ago, **same)
    for side, count in enumerate(SIDES):
        left, right = MATCH if side == 0 else MATCH[::-1]
        posters = [_store_still(tenant, left, right, 5 * side + face) for face in range(5)]
        for number in range(count):
            email = f"match{side}-{number}@{tenant.slug}.example"
            fan = build_user(tenant, email, display_name=FANS[number % len(FANS)][0])
            ago = sample.finished_at - timedelta(days=4, minutes=7 * number + 3 * side)
            poster = posters[number % len(posters)]
            gallery.add(left, right, user=fan, poster=poster, finished_at=ago, **same)


def _store_still(tenant, left, right, portrait):
    """One picture of the video that the sandbox would draw."""
    kits = KITS[left], KITS[right]
    picture = next(crowd.draw_loop(*kits, Random(portrait)))
    Fan(cutout.cut_head(draw_portrait(portrait), FACE_HEIGHT), *kits).draw(picture, 0.2)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=85)
    name = f"t/{tenant.pk}/g/stand/{left}-{right}-{portrait}.jpg"
    return default_storage.save(name, ContentFile(written.getvalue()))
