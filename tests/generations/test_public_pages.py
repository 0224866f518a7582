"""Pages of signed-out visitors: rendered once for what they show, and never out of date."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext

from accounts.models import Tenant
from generations import public_pages, sharing
from generations.models import Generation
from generations.public_pages import render_public
from tests.cast import AURORA_HOST, BOREALIS_HOST
from tests.gallery import Gallery

pytestmark = pytest.mark.django_db

MOST_BYTES = 150 * 1024
FONTS = [
    f"/static/fonts/portal-{name}.woff2" for name in ("serif-900", "grotesk-500", "grotesk-700")
]
_LOADED = re.compile(
    r'<(?:script|link rel="(?:stylesheet|preload|icon)")[^>]*?(?:src|href)="([^"]+)"'
)
PAGES = ["/", "/gallery/", "/teams/", "/teams/brazil/", "/match/brazil-v-france/"]


@pytest.fixture
def deploy(settings, tmp_path):
    """deploy(words) → the site has a template that says so; the others are where they were."""

    def write(words):
        (tmp_path / "templates").mkdir(exist_ok=True)
        (tmp_path / "templates" / "page.html").write_text(words)
        settings.BASE_DIR = tmp_path
        public_pages._edition.cache_clear()

    yield write
    public_pages._edition.cache_clear()


@pytest.fixture
def gallery(cast):
    return Gallery(cast.alice)


@pytest.fixture
def video(gallery):
    return gallery.add()


def all_pages(video):
    return [*PAGES, f"/v/{video.link.code}/"]


def test_a_page_is_rendered_once_and_is_the_same_from_then_on(video, visit):
    for path in all_pages(video):
        first, second = visit().get(path), visit().get(path)
        assert first.content == second.content
        assert second.context is None, f"{path} was rendered again"
        assert first.headers["ETag"] == second.headers["ETag"]


def test_a_page_of_an_older_deploy_is_not_kept(cast, visit, deploy):
    deploy("before")
    before = visit().get("/gallery/").headers["ETag"]
    assert visit().get("/gallery/", headers={"if-none-match": before}).status_code == 304
    deploy("after")
    assert visit().get("/gallery/", headers={"if-none-match": before}).status_code == 200


def test_an_unchanged_page_is_not_sent_again(video, visit):
    for path in all_pages(video):
        etag = visit().get(path).headers["ETag"]
        again = visit().get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["Cache-Control"] == "no-cache"
        assert {"Host", "Cookie"} <= set(re.split(r",\s*", again.headers["Vary"]))


def test_each_change_is_seen_at_once(cast, gallery, video, visit):
    """Whoever makes it, and however: there is nobody to be told of it."""
    changes = [
        lambda: Generation.objects.filter(pk=video.pk).update(caption="Lost my voice"),
        lambda: type(cast.alice).objects.filter(pk=cast.alice.pk).update(display_name="Ana"),
        lambda: Tenant.objects.filter(pk=cast.aurora.pk).update(name="Aurora Two"),
        lambda: Generation.objects.filter(pk=video.pk).update(team_right="Japan"),
    ]
    page = f"/v/{video.link.code}/"
    for change in changes:
        before = visit().get(page)
        change()
        after = visit().get(page, headers={"if-none-match": before.headers["ETag"]})
        assert after.status_code == 200
        assert after.content != before.content


def test_rendering_reads_nothing_that_the_digest_does_not_know(video, visit):
    """Else a page that was rendered before could show it after it has changed."""
    asked = {}
    for path in all_pages(video):
        visit().get(path)  # so that the fans are counted
        caches["pages"].clear()
        for look in ("rendered", "kept"):
            with CaptureQueriesContext(connection) as queries:
                visit().get(path)
            asked[look] = [query["sql"].partition("WHERE")[0] for query in queries]
        assert asked["rendered"] == asked["kept"], path
        assert len(asked["kept"]) <= 3


def test_the_fans_beside_a_hidden_video_are_counted_anew(gallery, visit):
    gallery.add()
    hidden = gallery.add(left="France", right="Brazil")
    page = "/match/brazil-v-france/"
    assert "1 with Brazil, 1 with France" in visit().get(page).content.decode()
    sharing.set_visibility(hidden, Generation.Visibility.PRIVATE)
    assert "1 with Brazil, 0 with France" in visit().get(page).content.decode()


def test_what_is_hidden_or_revoked_is_gone_at_once(gallery, video, visit):
    pages = ["/", "/gallery/", "/teams/brazil/", "/match/brazil-v-france/"]
    for hide in (
        lambda each: sharing.set_visibility(each, Generation.Visibility.PRIVATE),
        lambda each: sharing.revoke_link(each.link),
    ):
        shown = gallery.add()
        for path in pages:
            assert shown.link.code in visit().get(path).content.decode()
        hide(shown)
        for path in pages:
            assert shown.link.code not in visit().get(path).content.decode()
        assert visit().get(f"/v/{shown.link.code}/").status_code in (404, 410)


def test_who_is_signed_in_gets_their_own_page(cast, video, visit):
    for path in all_pages(video):
        visit().get(path)
        own = visit(cast.bob).get(path)
        assert "Sign out" in own.content.decode()
        assert "ETag" not in own.headers
        assert "Sign out" not in visit().get(path).content.decode()


def test_a_portal_never_gets_the_page_of_another(cast, visit):
    for path in PAGES:
        assert "Aurora" in visit().get(path).content.decode()
        assert "Aurora" not in visit(host=BOREALIS_HOST).get(path).content.decode()


def test_a_page_keeps_the_addresses_of_the_host_that_was_asked(video, visit):
    path = f"/v/{video.link.code}/"
    assert f"http://{AURORA_HOST}/v/" in visit().get(path).content.decode()
    other = visit(host=f"{AURORA_HOST}:8000").get(path).content.decode()
    assert f"http://{AURORA_HOST}:8000/v/" in other


def test_a_context_that_may_change_unseen_is_refused(cast, visit):
    request = visit().get("/").wsgi_request
    assert isinstance(request, HttpRequest)
    with pytest.raises(TypeError, match="QuerySet"):
        render_public(request, "home.html", {"latest": Generation.objects.all()})


def test_a_page_weighs_little_and_asks_nobody_else(cast, visit):
    """As production serves it: static files compressed, the page as it is; in the style with the
    heavier fonts."""
    video = Gallery(cast.mallory).add()
    Gallery(cast.mallory).fill(30)
    for path in all_pages(video):
        text = visit(host=BOREALIS_HOST).get(path).content.decode()
        for address in re.findall(r'<(?:script|link|img|video)[^>]+?(?:src|href)="([^"]+)"', text):
            assert address.startswith(("/", "?", f"http://{BOREALIS_HOST}/")), address
        loaded = {*(each for each in _LOADED.findall(text) if each.startswith("/")), *FONTS}
        weight = len(text.encode()) + sum(weight_of(address, visit) for address in loaded)
        print(f"{path}: {weight / 1024:.0f} KB, the page itself {len(text) / 1024:.0f}")
        assert weight <= MOST_BYTES, path


def weight_of(address, visit):
    if not address.startswith("/static/"):
        return len(visit(host=BOREALIS_HOST).get(address).content)
    found = finders.find(address.removeprefix("/static/"))
    assert found, address
    data = Path(found).read_bytes()
    return len(data) if address.endswith(".woff2") else len(gzip.compress(data))
