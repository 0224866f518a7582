"""Who sees a video: by a link, in the gallery, or nobody but its fan."""

import re

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations import sharing
from generations.models import Generation, ShareLink
from generations.states import Status
from generations.team_names import title_of
from tests.cast import AURORA_HOST, BOREALIS_HOST, make_ready, queue_video

pytestmark = pytest.mark.django_db

VIDEO = b"not really a video"


@pytest.fixture
def video(cast):
    return make_ready(cast.alice, video=VIDEO)


@pytest.fixture
def link(video):
    return ShareLink.objects.get(generation=video)


def test_everybody_with_the_link_sees_the_video(cast, link, visit):
    for client in [visit(), visit(cast.bob), visit(cast.alice)]:
        page = client.get(f"/v/{link.code}/")
        assert page.status_code == 200
        assert "Brazil" in page.content.decode()
        assert body(client.get(f"/v/{link.code}/video.mp4")) == VIDEO
        assert body(client.get(f"/v/{link.code}/poster.jpg")).startswith(b"\xff\xd8")


def test_the_page_does_not_tell_who_the_fan_is(cast, link, visit):
    cast.alice.display_name = "The Tenth"
    cast.alice.save(update_fields=["display_name"])
    text = visit(cast.bob).get(f"/v/{link.code}/").content.decode()
    assert "The Tenth" in text
    assert cast.alice.email not in text
    assert str(link.generation_id) not in text


def test_only_its_fan_is_offered_to_change_it(cast, video, link, visit):
    for user, is_owner in [(None, False), (cast.bob, False), (cast.alice, True)]:
        page = visit(user).get(f"/v/{link.code}/")
        assert page.context["is_owner"] is is_owner
        assert (f"/videos/{video.pk}/" in page.content.decode()) is is_owner


def test_a_code_cannot_be_guessed(video):
    codes = {sharing.create_link(video, name="x").code for _ in range(20)}
    assert len(codes) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9]{22}", code) for code in codes)


def test_a_revoked_link_is_gone(cast, video, link, visit):
    address = f"/videos/{video.pk}/share-links/{link.pk}/revocation/"
    assert visit(cast.alice).post(address).status_code == 302
    for user in (None, cast.bob, cast.alice):
        page = visit(user).get(f"/v/{link.code}/")
        assert page.status_code == 410
        assert "Brazil" not in page.content.decode()
        assert visit(user).get(f"/v/{link.code}/video.mp4").status_code == 404
        assert visit(user).get(f"/v/{link.code}/poster.jpg").status_code == 404


def test_a_link_revoked_twice_stays_as_it_was(video, link):
    sharing.revoke_link(link)
    first = ShareLink.objects.get(pk=link.pk).revoked_at
    sharing.revoke_link(link)
    assert ShareLink.objects.get(pk=link.pk).revoked_at == first


def test_another_link_still_works_after_a_revocation(cast, video, link, visit):
    browser = visit(cast.alice)
    browser.post(f"/videos/{video.pk}/share-links/", {"name": "  Family  "})
    other = ShareLink.objects.get(name="Family")
    browser.post(f"/videos/{video.pk}/share-links/{link.pk}/revocation/")
    assert visit().get(f"/v/{other.code}/").status_code == 200
    assert visit().get(f"/v/{link.code}/").status_code == 410


def test_a_link_of_another_video_is_not_revoked(cast, video, link, visit):
    other = make_ready(cast.alice)
    address = f"/videos/{other.pk}/share-links/{link.pk}/revocation/"
    assert visit(cast.alice).post(address).status_code == 404
    assert visit().get(f"/v/{link.code}/").status_code == 200


def test_a_video_has_fifty_open_links_at_most(cast, video, visit):
    for _ in range(sharing.MOST_LINKS - 1):
        sharing.create_link(video, name="x")
    answer = visit(cast.alice).post(f"/videos/{video.pk}/share-links/", {"name": "one more"})
    assert answer.status_code == 302
    assert not ShareLink.objects.filter(name="one more").exists()
    with pytest.raises(sharing.TooManyLinks):
        sharing.create_link(video, name="one more")


def test_a_link_needs_no_name_and_a_ready_video(cast, video, visit):
    browser = visit(cast.alice)
    assert browser.post(f"/videos/{video.pk}/share-links/", {"name": "x" * 500}).status_code == 302
    assert browser.post(f"/videos/{video.pk}/share-links/").status_code == 302
    waiting = queue_video(cast.alice)
    assert browser.post(f"/videos/{waiting.pk}/share-links/").status_code == 404
    assert ShareLink.objects.filter(generation=video).count() == 3


@pytest.mark.parametrize("code", ["x" * 22, "nothing", "é", "%00", "x" * 500, "a b", "a'b"])
def test_a_code_that_never_was_is_not_found(cast, visit, code):
    for part in ("", "video.mp4", "poster.jpg"):
        assert visit().get(f"/v/{code}/{part}").status_code == 404


def test_a_private_video_is_seen_by_its_fan_alone(cast, video, link, visit):
    browser = visit(cast.alice)
    browser.post(f"/videos/{video.pk}/visibility/", {"visibility": "private"})
    for user in (None, cast.bob):
        assert visit(user).get(f"/v/{link.code}/").status_code in (404, 410)
        assert visit(user).get(f"/v/{link.code}/video.mp4").status_code == 404
    assert browser.get(f"/videos/{video.pk}/").status_code == 200
    assert body(browser.get(f"/videos/{video.pk}/video.mp4")) == VIDEO
    browser.post(f"/videos/{video.pk}/visibility/", {"visibility": "link"})
    assert visit().get(f"/v/{link.code}/").status_code == 200


@pytest.mark.parametrize(
    ("visibility", "by_link", "in_gallery", "for_robots"),
    [("private", False, False, False), ("link", True, False, False), ("public", True, True, True)],
)
def test_each_level_shows_the_video_where_it_says(
    cast, video, link, visit, visibility, by_link, in_gallery, for_robots
):
    visit(cast.alice).post(f"/videos/{video.pk}/visibility/", {"visibility": visibility})
    page = visit().get(f"/v/{link.code}/")
    assert (page.status_code == 200) is by_link
    assert (titles(visit().get("/gallery/")) != []) is in_gallery
    if by_link:
        assert ("noindex" not in page.headers.get("X-Robots-Tag", "")) is for_robots


@pytest.mark.parametrize("wanted", ["", "everybody", "PUBLIC", "\0", "public "])
def test_an_unknown_level_changes_nothing(cast, video, visit, wanted):
    answer = visit(cast.alice).post(f"/videos/{video.pk}/visibility/", {"visibility": wanted})
    assert answer.status_code == 400
    assert Generation.objects.get().visibility == "link"


def test_the_gallery_shows_what_is_public_ready_and_linked(cast, visit):
    shown, private, by_link, unlinked, waiting = (
        *(make_ready(cast.alice) for _ in range(4)),
        queue_video(cast.alice),
    )
    make_ready(cast.mallory)
    Generation.objects.update(visibility="public")
    Generation.objects.filter(pk=private.pk).update(visibility="private")
    Generation.objects.filter(pk=by_link.pk).update(visibility="link")
    ShareLink.objects.filter(generation=unlinked).update(revoked_at=timezone.now())
    assert waiting.status == Status.QUEUED
    page = visit().get("/gallery/")
    assert [card.code for card in page.context["cards"]] == [shown.share_links.get().code]
    assert f"/v/{shown.share_links.get().code}/" in page.content.decode()
    assert str(shown.pk) not in page.content.decode()


def test_a_public_video_without_a_link_gets_one(cast, video, link, visit):
    sharing.revoke_link(link)
    visit(cast.alice).post(f"/videos/{video.pk}/visibility/", {"visibility": "public"})
    assert ShareLink.objects.live().filter(generation=video).count() == 1
    assert titles(visit().get("/gallery/")) == ["Brazil v France"]


def test_a_public_video_leaves_the_gallery_with_its_last_link(cast, video, link, visit):
    sharing.set_visibility(video, Generation.Visibility.PUBLIC)
    sharing.revoke_link(link)
    video.refresh_from_db()
    assert video.visibility == "link"
    assert titles(visit().get("/gallery/")) == []


def test_the_number_of_queries_of_ones_own_videos_does_not_grow(cast, visit):
    first = make_ready(cast.alice)
    few = count_queries(visit(cast.alice), "/videos/")
    for _ in range(9):
        copy_of(first)
    assert count_queries(visit(cast.alice), "/videos/") == few


def test_messengers_get_absolute_addresses_on_the_portals_host(link, visit):
    text = visit().get(f"/v/{link.code}/").content.decode()
    found = dict(re.findall(r'<meta property="(og:[a-z:_]+)" content="([^"]*)">', text))
    base = f"http://{AURORA_HOST}/v/{link.code}/"
    assert found["og:url"] == base
    assert found["og:image"].startswith(f"http://{AURORA_HOST}/cards/brazil-v-france.jpg?v=")
    assert (found["og:image:width"], found["og:image:height"]) == ("1200", "630")
    assert found["og:video"] == f"{base}video.mp4"
    assert found["og:video:type"] == "video/mp4"
    assert found["og:title"] == "Brazil v France"
    assert found["og:site_name"] == "Aurora"
    assert BOREALIS_HOST not in text


def test_what_a_fan_writes_is_text_and_never_markup(cast, video, link, visit):
    attack = '"><script>alert(1)</script>'
    cast.alice.display_name = attack
    cast.alice.save(update_fields=["display_name"])
    Generation.objects.update(caption=attack, visibility="public")
    ShareLink.objects.update(name=attack)
    for client, path in [
        (visit(), f"/v/{link.code}/"),
        (visit(), "/gallery/"),
        (visit(), "/"),
        (visit(cast.alice), f"/videos/{video.pk}/"),
    ]:
        assert "<script>alert" not in client.get(path).content.decode()


def copy_of(generation, **fields):
    """Another delivered video like this one, with a link of its own."""
    same = model_to_dict(generation, exclude=["tenant", "user", "photo", "clip", "order_nonce"])
    owners = {name: getattr(generation, name) for name in ("tenant", "user", "photo")}
    times = {"finished_at": generation.finished_at, "visibility": "public"}
    copy = Generation.objects.create(**{**same, **owners, **times, **fields})
    ShareLink.objects.create(generation=copy, name="First link")


def count_queries(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def titles(page):
    return sorted(title_of(card) for card in page.context["cards"])


def body(answer):
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)
