"""What other programs read: the feed, the sitemap, robots.txt and the data of a video's page."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from generations import sharing
from generations.models import Generation
from tests.cast import AURORA_HOST, BOREALIS_HOST
from tests.gallery import Gallery, body_of

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ADDRESS = f"http://{AURORA_HOST}"


@pytest.fixture
def gallery(cast):
    return Gallery(cast.alice)


def test_the_feed_has_the_public_videos_with_the_newest_first(gallery, visit):
    first, second = gallery.add(caption="Row <14> & up"), gallery.add("Japan", "Mali")
    gallery.add(visibility="link")
    answer = visit().get("/feed/")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = parse(answer)
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
        "Brazil v France", "Japan v Mali",
    ]  # fmt: skip
    assert [entry.find(f"{ATOM}link").get("href") for entry in entries] == [
        f"{ADDRESS}/v/{video.link.code}/" for video in (first, second)
    ]
    assert entries[0].findtext(f"{ATOM}summary") == "Row &lt;14&gt; &amp; up", "as HTML"
    assert feed.findtext(f"{ATOM}title") == "Aurora"


def test_the_sitemap_has_the_public_videos_and_the_pages_that_show_them(gallery, visit):
    video, hidden = gallery.add(), gallery.add("Japan", "Mali", visibility="link")
    found = locations(visit())
    assert f"{ADDRESS}/v/{video.link.code}/" in found
    assert {f"{ADDRESS}/", f"{ADDRESS}/gallery/", f"{ADDRESS}/teams/brazil/"} <= found
    assert f"{ADDRESS}/match/brazil-v-france/" in found
    assert not [each for each in found if hidden.link.code in each or "japan" in each]


def test_a_video_that_is_hidden_is_in_nothing_any_more(gallery, visit):
    video = gallery.add()
    assert video.link.code in visit().get("/feed/").content.decode()
    sharing.set_visibility(video, Generation.Visibility.LINK)
    for path in ("/feed/", "/sitemap.xml"):
        assert video.link.code not in visit().get(path).content.decode()


def test_each_portal_has_its_own(gallery, visit):
    video = gallery.add()
    for path in ("/feed/", "/sitemap.xml", "/robots.txt"):
        answer = visit(host=BOREALIS_HOST).get(path)
        assert answer.status_code == 200
        assert video.link.code not in answer.content.decode()
        assert AURORA_HOST not in answer.content.decode()


def test_an_unchanged_feed_is_not_sent_again(gallery, visit):
    gallery.add()
    for path in ("/feed/", "/sitemap.xml"):
        etag = visit().get(path).headers["ETag"]
        again = visit().get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        gallery.add()
        assert visit().get(path, headers={"if-none-match": etag}).status_code == 200


def test_robots_are_told_of_the_sitemap_and_kept_from_what_is_peoples_own(cast, visit):
    text = visit().get("/robots.txt").content.decode()
    assert f"Sitemap: {ADDRESS}/sitemap.xml" in text
    closed = re.findall(r"^Disallow: (\S+)$", text, re.MULTILINE)
    assert {"/account/", "/videos/", "/create/"} <= set(closed)
    for path in ("/v/abc/", "/gallery/", "/teams/brazil/", "/match/brazil-v-france/"):
        assert not [each for each in closed if path.startswith(each)]


def test_a_public_videos_page_describes_it_for_search_engines(gallery, visit):
    video = gallery.add(caption='"Row 14" </script><b>')
    text = visit().get(f"/v/{video.link.code}/").content.decode()
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    found = json.loads(data)
    assert found["@type"] == "VideoObject"
    assert found["name"] == "Brazil v France"
    assert found["description"] == '"Row 14" </script><b>'
    assert found["contentUrl"] == f"{ADDRESS}/v/{video.link.code}/video.mp4"
    assert found["thumbnailUrl"] == [f"{ADDRESS}/v/{video.link.code}/poster.jpg"]
    assert found["duration"] == "PT10S"
    assert found["uploadDate"] == video.finished_at.isoformat()
    assert str(video.pk) not in data


@pytest.mark.parametrize("part", ["", "video.mp4", "poster.jpg"])
def test_a_video_of_a_link_alone_is_not_for_search_engines(gallery, visit, part):
    shown, hidden = gallery.add(), gallery.add(visibility="link")
    for video, is_hidden in [(shown, False), (hidden, True)]:
        answer = visit().get(f"/v/{video.link.code}/{part}")
        body = body_of(answer)
        assert answer.status_code == 200
        answer.getvalue()  # a file is closed at its end
        assert (answer.headers.get("X-Robots-Tag") == "noindex") is is_hidden
        if not part:
            assert (b"application/ld+json" in body) is not is_hidden
            assert (b'name="robots" content="noindex"' in body) is is_hidden


def locations(client):
    return {each.text for each in parse(client.get("/sitemap.xml")).iter(f"{SITEMAP}loc")}


def parse(answer):
    return ElementTree.fromstring(answer.content)  # noqa: S314 - our own
