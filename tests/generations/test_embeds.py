"""Videos on other sites: who may frame them, what the frame holds, and what oEmbed answers."""

import json

import pytest
from django.core.exceptions import ValidationError

from accounts.embedding import EmbedPolicy, build_frame_ancestors, parse_domains
from accounts.models import Tenant
from generations import sharing
from generations.models import Generation, ShareLink
from tests.cast import AURORA_HOST, BOREALIS_HOST, make_ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(cast):
    return make_ready(cast.alice)


@pytest.fixture
def link(video):
    return ShareLink.objects.get(generation=video)


def test_any_site_may_frame_a_video_and_the_label_stands_in_it(link, visit):
    page = visit().get(f"/v/{link.code}/embed/")
    assert page.status_code == 200
    assert ancestors(page) == "*"
    assert "X-Frame-Options" not in page.headers
    text = page.content.decode()
    assert "Made with AI" in text
    assert "Aurora" in text
    assert f'data-plays="/v/{link.code}/plays/"' in text
    assert "<header" not in text
    assert not page.cookies


def test_all_other_pages_stay_unframed(link, visit):
    for path in ("", "share/"):
        page = visit().get(f"/v/{link.code}/{path}")
        assert ancestors(page) == "'none'"
        assert page.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("own", "portal", "expected"),
    [
        (("", ""), ("listed", "club.example"), "club.example"),
        (("", ""), ("nobody", ""), None),
        (("all", ""), ("nobody", ""), "*"),
        (("listed", "a.example\n*.b.example"), ("all", ""), "a.example *.b.example"),
        (("nobody", ""), ("all", ""), None),
    ],
)
def test_the_videos_own_choice_goes_before_the_portals(link, visit, own, portal, expected):
    Generation.objects.update(embedding=own[0], embed_domains=own[1])
    Tenant.objects.update(embedding=portal[0], embed_domains=portal[1])
    page = visit().get(f"/v/{link.code}/embed/")
    assert page.status_code == (200 if expected else 403)
    assert ancestors(page) == (expected or "*")
    assert ("<video" in page.content.decode()) is bool(expected)
    head = visit().get(f"/v/{link.code}/").content.decode()
    assert ("application/json+oembed" in head) is bool(expected)


def test_what_asks_something_of_visitors_is_not_framed(video, link, visit):
    links = [
        sharing.create_link(video, name="x", password="north stand"),
        sharing.create_link(video, name="x", max_views=3),
    ]
    for each in links:
        refused = visit().get(f"/v/{each.code}/embed/")
        assert refused.status_code == 403
        assert "Brazil" not in refused.content.decode()
        assert f"/v/{each.code}/" in refused.content.decode()
    sharing.set_visibility(video, Generation.Visibility.MEMBERS)
    assert visit().get(f"/v/{link.code}/embed/").status_code == 403


def test_a_neutral_player_shows_no_brand_and_no_way_to_share(link, visit):
    Tenant.objects.update(embeds_are_neutral=True)
    text = visit().get(f"/v/{link.code}/embed/").content.decode()
    for told in ("Aurora", "/share/", "branding.css"):
        assert told not in text
    assert "Made with AI" in text
    answer = ask(visit(), f"http://{AURORA_HOST}/v/{link.code}/").json()
    assert not {"provider_name", "author_name"} & answer.keys()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", []),
        ("example.com", ["example.com"]),
        ("https://Example.COM/\n*.a.example", ["example.com", "*.a.example"]),
        ("a.example , b.example:8443", ["a.example", "b.example:8443"]),
        ("köln.example", ["xn--kln-sna.example"]),
        ("a.example a.example", ["a.example"]),
    ],
)  # fmt: skip
def test_sites_are_read_as_people_write_them(written, read):
    assert parse_domains(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "*", "'self'", "a.example script-src *", "a.example/path", "*.*.example", "http://",
        "https:", "-a.example", "a..example", "data:", "a.example:0", "a_b.example", "x" * 300,
        "\n".join(f"{number}.example" for number in range(51)),
    ],
)  # fmt: skip
def test_what_is_no_site_never_reaches_the_header(written):
    with pytest.raises(ValidationError):
        build_frame_ancestors(EmbedPolicy.LISTED, written)


def test_the_owner_chooses_the_sites(cast, video, visit):
    browser, address = visit(cast.alice), f"/videos/{video.pk}/embedding/"
    assert "&lt;iframe src=" in browser.get(address).content.decode()
    assert browser.post(address, {"embedding": "listed"}).status_code == 422
    wrong = browser.post(address, {"embedding": "listed", "embed_domains": "a b/c"})
    assert wrong.status_code == 422
    right = {"embedding": "listed", "embed_domains": "club.example"}
    assert browser.post(address, right).status_code == 302
    video.refresh_from_db()
    assert (video.embedding, video.embed_domains) == ("listed", "club.example")


def test_a_portal_that_lists_no_site_is_told(cast):
    cast.aurora.embedding = "listed"
    with pytest.raises(ValidationError):
        cast.aurora.full_clean()


# oEmbed.


def test_oembed_describes_the_player(cast, link, visit):
    cast.alice.display_name = 'The "Tenth"'
    cast.alice.save(update_fields=["display_name"])
    answer = ask(visit(), f"http://{AURORA_HOST}/v/{link.code}/")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = answer.json()
    assert (told["type"], told["version"], told["title"]) == ("video", "1.0", "Brazil v France")
    assert (told["width"], told["height"]) == (640, 360)
    assert told["provider_name"] == "Aurora"
    assert told["author_name"] == 'The "Tenth"'
    assert f'src="http://{AURORA_HOST}/v/{link.code}/embed/"' in told["html"]
    assert told["thumbnail_url"].startswith(f"http://{AURORA_HOST}/cards/brazil-v-france.jpg")


@pytest.mark.parametrize(
    ("bounds", "size"),
    [
        ({"maxwidth": "320"}, (320, 180)),
        ({"maxheight": "90"}, (160, 90)),
        ({"maxwidth": "1920", "maxheight": "1080"}, (1920, 1080)),
        ({"maxwidth": "1"}, (1, 1)),
    ],
)
def test_oembed_keeps_within_the_room_there_is(link, visit, bounds, size):
    told = ask(visit(), f"http://{AURORA_HOST}/v/{link.code}/", **bounds).json()
    assert (told["width"], told["height"]) == size
    if int(bounds.get("maxwidth", 5000)) < 1200 or int(bounds.get("maxheight", 5000)) < 630:
        assert "thumbnail_url" not in told


def test_oembed_refuses_what_it_should(cast, video, link, visit):
    client = visit()
    good = f"http://{AURORA_HOST}/v/{link.code}/"
    assert ask(client, good, format="xml").status_code == 501
    assert client.get("/oembed/").status_code == 400
    for odd in ("0", "-1", "x", "1e3", "9" * 12):
        assert ask(client, good, maxwidth=odd).status_code == 400
    theirs = ShareLink.objects.get(generation=make_ready(cast.mallory))
    for url in (
        "nothing", "http://[", f"http://{AURORA_HOST}/", f"http://{AURORA_HOST}/v/{'x' * 22}/",
        f"http://elsewhere.example/v/{link.code}/", f"http://{BOREALIS_HOST}/v/{link.code}/",
        f"http://{BOREALIS_HOST}/v/{theirs.code}/", f"http://{AURORA_HOST}/v/{theirs.code}/",
        f"ftp://{AURORA_HOST}/v/{link.code}/", f"http://{AURORA_HOST}/videos/{video.pk}/",
    ):  # fmt: skip
        assert ask(client, url).status_code == 404, url
    locked = sharing.create_link(video, name="x", password="north stand")
    assert ask(client, f"http://{AURORA_HOST}/v/{locked.code}/").status_code == 401
    sharing.revoke_link(locked)
    assert ask(client, f"http://{AURORA_HOST}/v/{locked.code}/").status_code == 404
    sharing.set_visibility(video, Generation.Visibility.PRIVATE)
    assert ask(client, good).status_code == 404


def ask(client, url, **parameters):
    answer = client.get("/oembed/", {"url": url, **parameters})
    assert json.loads(answer.content)
    return answer


def ancestors(page):
    policy = page.headers["Content-Security-Policy"]
    (found,) = [part for part in policy.split("; ") if part.startswith("frame-ancestors")]
    return found.removeprefix("frame-ancestors ")
