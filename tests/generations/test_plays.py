"""How plays are counted: without anything that tells who played."""

import pytest

from generations import beat, plays, sharing
from generations.models import Generation, ShareLink
from tests.cast import make_ready
from tests.gallery import body_of

pytestmark = pytest.mark.django_db

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1"


@pytest.fixture
def video(cast):
    return make_ready(cast.alice)


@pytest.fixture
def link(video):
    return ShareLink.objects.get(generation=video)


def test_a_play_is_written_to_the_link_and_its_video_by_the_beat(redis, video, link, visit):
    assert play(visit(), link).status_code == 204
    assert counted(video) == (0, [0])
    assert beat.run_pass()["plays_counted"] == 1
    assert counted(video) == (1, [1])
    assert beat.run_pass()["plays_counted"] == 0
    assert counted(video) == (1, [1])


def test_plays_of_all_links_are_summed_for_their_video(redis, cast, video, link):
    second = sharing.create_link(video, name="Second")
    other = ShareLink.objects.get(generation=make_ready(cast.bob))
    for each in (link, second, second, other, other, other):
        plays.record(each)
    assert plays.flush() == 6
    assert counted(video) == (3, [1, 2])
    assert counted(other.generation) == (3, [3])


def test_a_play_of_a_link_that_is_gone_is_forgotten(redis, video, link):
    plays.record(link)
    link.delete()
    assert plays.flush() == 0
    assert counted(video) == (0, [])


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": ""},
        {"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
        {"user-agent": "facebookexternalhit/1.1"},
        {"user-agent": "curl/8.5"},
        {"user-agent": BROWSER, "sec-fetch-site": "cross-site"},
    ],
)
def test_machines_and_other_sites_do_not_count(redis, link, visit, headers):
    assert visit().post(f"/v/{link.code}/plays/", headers=headers).status_code == 204
    assert plays.flush() == 0


def test_a_fans_own_plays_do_not_count(redis, cast, link, visit):
    assert play(visit(cast.alice), link).status_code == 204
    assert plays.flush() == 0
    play(visit(cast.bob), link)
    assert plays.flush() == 1


def test_looking_at_the_page_or_the_file_is_no_play(redis, link, visit):
    for path in ("", "video.mp4", "poster.jpg"):
        body_of(visit().get(f"/v/{link.code}/{path}", headers={"user-agent": BROWSER}))
    assert visit().get(f"/v/{link.code}/plays/").status_code == 405
    assert plays.flush() == 0


def test_a_closed_link_counts_no_more(redis, link, visit):
    sharing.revoke_link(link)
    assert play(visit(), link).status_code == 404


def test_a_visitor_notices_nothing_of_a_redis_that_is_away(settings, link, visit):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    assert play(visit(), link).status_code == 204
    assert plays.flush() == 0


def test_nothing_is_kept_of_who_played(redis, link, visit):
    answer = play(visit(), link)
    assert "Set-Cookie" not in answer.headers
    assert not answer.cookies
    assert redis.keys("*") == [b"plays:waiting"]
    assert redis.hgetall("plays:waiting") == {str(link.pk).encode(): b"1"}


def play(client, link):
    headers = {"user-agent": BROWSER, "sec-fetch-site": "same-origin"}
    return client.post(f"/v/{link.code}/plays/", headers=headers)


def counted(video):
    links = ShareLink.objects.filter(generation=video).values_list("plays", flat=True)
    return Generation.objects.get(pk=video.pk).plays, list(links)
