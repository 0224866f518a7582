"""`make screenshots`: docs/screenshots/<brand>/<page>-<width>-<mode>.webp, of the running demo."""

import json
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from generations import demo
from tests.fixtures.site import wait_until
from tests.pages import all_pages

pytestmark = pytest.mark.timeout(1800)

FOLDER = Path(settings.BASE_DIR) / "docs" / "screenshots"
WIDTHS = {360: 740, 1440: 900}
MODES = ("light", "dark")
# In windows. Of a longer page the rest is more of the same.
LONGEST = {360: 3, 1440: 2}
# They lie in the repository: wide ones are made smaller, to where their words can still be read.
WIDEST = 1000
# A lazy image below the window would never come, nor would its decoding end.
SETTLED = """() => {
    for (const image of document.images) image.loading = "eager";
    const pictures = [...document.images].map(image => image.decode().catch(() => null));
    return Promise.all([document.fonts.ready, ...pictures]).then(() => true);
}"""
COUNT = (
    "from generations.models import Generation;"
    "print(Generation.objects.filter(visibility='public').count())"
)
FILL = "from tests.screenshots.stand import main; main()"


def test_each_page_is_taken(embedded_site, open_browser):
    wait_until(lambda: _has_videos(embedded_site), "the demo's videos are missing", seconds=600)
    filled = embedded_site.manage("shell", "-c", FILL)
    assert filled.returncode == 0, filled.stderr
    made = json.loads(filled.stdout.splitlines()[-1])
    for brand, width in product(made, WIDTHS):
        home = embedded_site.home(brand).rstrip("/")
        options = {
            "viewport": {"width": width, "height": WIDTHS[width]},
            "reduced_motion": "reduce",
        }
        stranger, fan = open_browser(**options), open_browser(**options)
        _sign_in(fan, home, f"fan@{brand}.example")
        for name, path, needs_fan in all_pages(made[brand]):
            page = fan if needs_fan else stranger
            page.goto(f"{home}{path}")
            _take(page, FOLDER / brand, f"{name}-{width}")


def _take(page, folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    for mode in MODES:
        page.evaluate("mode => document.documentElement.dataset.mode = mode", mode)
        page.evaluate(SETTLED)
        # What sticks to the window's edge would lie across the middle of the page.
        is_whole = page.locator(".dock:visible").count() == 0
        picture = Image.open(BytesIO(page.screenshot(full_page=is_whole)))
        longest = LONGEST[picture.width] * WIDTHS[picture.width]
        picture = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, longest)))
        picture.thumbnail((WIDEST, longest), Image.Resampling.LANCZOS)
        picture.save(folder / f"{name}-{mode}.webp", quality=55, method=6)


def _sign_in(page, home, email):
    page.goto(f"{home}/account/sign-in/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def _has_videos(site):
    return int(site.manage("shell", "-c", COUNT).stdout.split()[-1]) == len(demo.SAMPLES)
