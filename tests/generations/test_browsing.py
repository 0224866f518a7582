"""The gallery, the pages of teams and matches, and the search, as a visitor gets them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.browsing import PER_PAGE
from generations.models import Generation, ShareLink
from tests.cast import AURORA_HOST, BOREALIS_HOST, build_user
from tests.gallery import Gallery, codes, newer, older

pytestmark = pytest.mark.django_db

MOST_QUERIES = 6


@pytest.fixture
def gallery(cast):
    return Gallery(cast.alice)


def test_the_pages_of_the_gallery_hold_every_video_once(gallery, visit):
    videos = [video.link.code for video in gallery.fill(2 * PER_PAGE + 3)]
    seen, page = [], visit().get("/gallery/")
    while True:
        seen += codes(page)
        if not older(page):
            break
        page = visit().get(older(page))
    assert seen == videos


def test_the_way_back_leads_over_the_same_pages(gallery, visit):
    gallery.fill(2 * PER_PAGE + 3)
    first = visit().get("/gallery/")
    second = visit().get(older(first))
    third = visit().get(older(second))
    assert codes(visit().get(newer(third))) == codes(second)
    assert codes(visit().get(newer(second))) == codes(first)
    assert newer(first) == ""
    assert newer(visit().get(newer(second))) == ""


def test_a_new_video_shifts_no_page(gallery, visit):
    gallery.fill(PER_PAGE + 2)
    address = older(visit().get("/gallery/"))
    before = codes(visit().get(address))
    video = gallery.add()
    Generation.objects.filter(pk=video.pk).update(finished_at=video.finished_at + timedelta(days=1))
    assert codes(visit().get(address)) == before


def test_videos_of_the_same_moment_are_all_shown(gallery, visit):
    moment = gallery.add().finished_at
    Generation.objects.filter(visibility="public").delete()
    gallery.fill(PER_PAGE * 2, finished_at=moment)
    first = visit().get("/gallery/")
    second = visit().get(older(first))
    assert len({*codes(first), *codes(second)}) == 2 * PER_PAGE


def test_a_page_still_opens_when_the_video_before_it_is_hidden(gallery, visit):
    videos = gallery.fill(PER_PAGE + 2)
    address = older(visit().get("/gallery/"))
    Generation.objects.filter(pk=videos[PER_PAGE - 1].pk).update(visibility="private")
    assert codes(visit().get(address)) == [video.link.code for video in videos[PER_PAGE:]]


def test_videos_without_an_open_link_do_not_end_the_list(gallery, visit):
    videos = gallery.fill(PER_PAGE + 5)
    hidden = [video.link.pk for video in videos[PER_PAGE - 2 : PER_PAGE + 2]]
    ShareLink.objects.filter(pk__in=hidden).update(revoked_at=videos[0].finished_at)
    first = visit().get("/gallery/")
    second = visit().get(older(first))
    assert len(codes(first)) == PER_PAGE - 2
    assert codes(second) == [video.link.code for video in videos[PER_PAGE + 2 :]]


@pytest.mark.parametrize("odd", ["x", "\0", "'", "x" * 500, "1e9", "é"])
def test_an_unknown_position_is_the_first_page(gallery, visit, odd):
    gallery.fill(2)
    for name in ("after", "before"):
        for path in ("/gallery/", "/teams/brazil/", "/match/brazil-v-france/"):
            assert len(codes(visit().get(path, {name: odd}))) == 2


def test_a_position_of_another_portal_is_unknown(cast, gallery, visit):
    gallery.fill(3)
    other = Gallery(cast.mallory).fill(3)
    page = visit().get("/gallery/", {"after": other[0].link.code})
    assert len(codes(page)) == 3


def test_the_most_played_come_first_in_that_order(gallery, visit):
    plays = [3, 9, 0, 9, 4]
    videos = [gallery.add(plays=count) for count in plays]
    page = visit().get("/gallery/?order=played")
    expected = sorted(videos, key=lambda video: (video.plays, video.finished_at), reverse=True)
    assert codes(page) == [video.link.code for video in expected]
    assert page.context["is_by_plays"]


def test_the_most_played_have_pages_too(gallery, visit):
    for number in range(PER_PAGE + 5):
        gallery.add(plays=number % 4)
    first = visit().get("/gallery/?order=played")
    second = visit().get(older(first))
    assert len({*codes(first), *codes(second)}) == PER_PAGE + 5
    assert codes(visit().get(newer(second))) == codes(first)


def test_a_team_has_a_page_with_the_videos_of_both_its_sides(gallery, visit):
    home, away = gallery.add("Japan", "Mali"), gallery.add("Brazil", "Japan")
    gallery.add("Brazil", "Mali")
    assert codes(visit().get("/teams/japan/")) == [home.link.code, away.link.code]


def test_the_pages_of_a_team_merge_its_sides_by_age(gallery, visit):
    videos = [
        gallery.add(*(("Japan", "Mali") if number % 3 else ("Mali", "Japan")))
        for number in range(PER_PAGE + 6)
    ]
    first = visit().get("/teams/mali/")
    second = visit().get(older(first))
    assert codes(first) + codes(second) == [video.link.code for video in videos]
    assert codes(visit().get(newer(second))) == codes(first)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("/teams/usa/", "/teams/united-states/"),
        ("/teams/turkiye/", "/teams/turkey/"),
        ("/teams/korea-republic/", "/teams/south-korea/"),
        ("/match/france-v-brazil/", "/match/brazil-v-france/"),
        ("/gallery/?team=brazil", "/teams/brazil/"),
        ("/gallery/?team=brazil&page=3", "/teams/brazil/"),
        ("/gallery/?page=2", "/gallery/"),
        ("/gallery/?team=atlantis", "/gallery/"),
    ],
)
def test_each_page_has_one_address(cast, visit, asked, found):
    answer = visit().get(asked)
    assert (answer.status_code, answer.headers["Location"]) == (301, found)


@pytest.mark.parametrize(
    "path",
    ["/teams/atlantis/", "/teams/Brazil/x/", "/match/brazil/", "/match/brazil-v-brazil/",
     "/match/brazil-v-atlantis/", "/match/-v-/", "/match/brazil-v-france-v-japan/"],
)  # fmt: skip
def test_what_is_no_team_is_not_found(cast, visit, path):
    assert visit().get(path).status_code == 404


def test_a_match_shows_both_ends_and_says_who_stands_where(cast, gallery, visit):
    ours, theirs = gallery.add("Brazil", "France"), gallery.add("France", "Brazil")
    gallery.add("Brazil", "Japan")
    page = visit().get("/match/brazil-v-france/")
    assert codes(page) == [ours.link.code, theirs.link.code]
    assert "1 with Brazil, 1 with France" in page.content.decode()


def test_messengers_show_a_card_of_the_match_or_of_the_portal(cast, visit):
    for path, card in [
        ("/match/brazil-v-france/", "/cards/brazil-v-france.jpg"),
        ("/teams/brazil/", "/cards/portal.jpg"),
        ("/gallery/", "/cards/portal.jpg"),
        ("/", "/cards/portal.jpg"),
    ]:
        page = visit().get(path).content.decode()
        [address] = re.findall(r'property="og:image" content="([^"]+)"', page)
        assert address.startswith(f"http://{AURORA_HOST}{card}?v=")
        assert visit().get(address).getvalue()[:2] == b"\xff\xd8"


def test_a_few_fans_are_counted_and_many_are_shown_in_percent(cast, gallery, visit):
    fans = [build_user(cast.aurora, f"fan{number}@example.org") for number in range(20)]
    for number, fan in enumerate(fans[:-1]):
        gallery.add(*(("Brazil", "France") if number < 16 else ("France", "Brazil")), user=fan)
    text = visit().get("/match/brazil-v-france/").content.decode()
    assert facts_of(text) == "163"
    gallery.add("France", "Brazil", user=fans[-1])
    text = visit().get("/match/brazil-v-france/").content.decode()
    assert facts_of(text) == "80%20%"
    assert 'data-share="75"' in text, "drawn so that both sides are seen"
    assert "20 fans" in re.sub(r"<[^>]+>", "", text)


def test_a_fan_counts_once_for_a_side_however_many_videos_they_made(gallery, visit):
    gallery.fill(5)
    assert visit().get("/match/brazil-v-france/").context["match"].fans == 1


def test_nothing_that_is_not_public_is_counted(cast, gallery, visit):
    gallery.add(visibility="link")
    gallery.add(visibility="private")
    Gallery(cast.mallory).add()
    assert visit().get("/match/brazil-v-france/").context["match"].fans == 0
    assert visit().get("/teams/brazil/").context["fans"] == 0
    assert visit().get("/teams/").context["matches"] == []


def test_all_teams_are_listed_with_their_fans_and_the_matches_by_fans(cast, gallery, visit):
    gallery.add("Brazil", "France")
    gallery.add("Japan", "Brazil")
    gallery.add("Japan", "Brazil", user=cast.bob)
    page = visit().get("/teams/")
    fans = {kit.team: count for kit, count in page.context["teams"]}
    assert (fans["Japan"], fans["Brazil"], fans["France"], len(fans)) == (2, 1, 0, 48)
    assert [match.slug for match in page.context["matches"]] == [
        "brazil-v-japan", "brazil-v-france",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("brazil", "/teams/brazil/"),
        ("Brasil", "/teams/brazil/"),
        ("Türkiye", "/teams/turkey/"),
        ("france vs BRAZIL", "/match/brazil-v-france/"),
        ("brazil france", "/match/brazil-v-france/"),
        ("Côte d'Ivoire v Korea Republic", "/match/ivory-coast-v-south-korea/"),
    ],
)
def test_a_search_for_teams_leads_to_their_page(cast, visit, words, found):
    answer = visit().get("/gallery/", {"q": words})
    assert (answer.status_code, answer.headers["Location"]) == (302, found)


def test_a_search_finds_captions_and_teams_together(gallery, visit):
    wanted = gallery.add("Japan", "Mali", caption="Row 14, seat 9")
    gallery.add("Brazil", "Mali", caption="Row 14, seat 8")
    gallery.add("Japan", "Mali", caption="Row 15")
    for words in ("row 14 japan", "Nippon seat", "jap 14", "14, seat 9"):
        assert codes(visit().get("/gallery/", {"q": words})) == [wanted.link.code], words
    assert len(codes(visit().get("/gallery/", {"q": "row"}))) == 3


def test_a_search_finds_no_caption_of_a_video_that_is_not_public(cast, gallery, visit):
    gallery.add(caption="seat 9", visibility="link")
    Gallery(cast.mallory).add(caption="seat 9")
    assert codes(visit().get("/gallery/", {"q": "seat 9"})) == []


@pytest.mark.parametrize(
    ("typo", "team", "address"),
    [("Brasl", "Brazil", "/teams/brazil/"), ("Itly", "Italy", "/teams/italy/"),
     ("Itly v Germny", "Germany", "/match/germany-v-italy/")],
)  # fmt: skip
def test_a_typo_is_answered_with_the_team_that_was_meant(cast, visit, typo, team, address):
    text = visit().get("/gallery/", {"q": typo}).content.decode()
    assert "Did you mean" in text
    assert team in text
    assert f'href="{address}"' in text


@pytest.mark.parametrize(
    "words",
    ["xqzzy", "\0", "%", "_", "'", '"><script>alert(1)</script>', "x" * 900, "v", "a " * 99],
)
def test_any_words_are_answered(gallery, visit, words):
    gallery.add()
    answer = visit().get("/gallery/", {"q": words})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_a_search_keeps_its_words_on_the_next_page(gallery, visit):
    gallery.fill(PER_PAGE + 1, caption="Row 14")
    page = visit().get("/gallery/?q=row+14&order=played")
    assert older(page).startswith("/gallery/?q=row+14&order=played&after=")
    assert len(codes(visit().get(older(page)))) == 1


def test_pages_without_videos_say_what_to_do_next(cast, visit):
    for path in ("/gallery/", "/teams/brazil/", "/match/brazil-v-france/", "/teams/"):
        text = visit().get(path).content.decode()
        assert "/create/football/" in text
        assert 'rel="next"' not in text
    assert (
        "?left=Brazil&amp;right=France" in visit().get("/match/brazil-v-france/").content.decode()
    )


@pytest.mark.parametrize(
    ("path", "is_listed"),
    [("/gallery/", True), ("/teams/", True), ("/teams/brazil/", True), ("/teams/mali/", False),
     ("/match/brazil-v-france/", True), ("/match/mali-v-qatar/", False),
     ("/gallery/?q=row", False)],
)  # fmt: skip
def test_search_engines_list_pages_with_something_on_them(gallery, visit, path, is_listed):
    gallery.add(caption="row")
    assert (
        'name="robots" content="noindex"' not in visit().get(path).content.decode()
    ) is is_listed


PAGES = [
    "/", "/gallery/", "/gallery/?order=played", "/gallery/?q=row+14", "/teams/", "/teams/brazil/",
    "/teams/brazil/?order=played", "/match/brazil-v-france/", "/feed/", "/sitemap.xml",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_the_number_of_queries_does_not_grow_with_the_videos(cast, gallery, visit, path):
    gallery.fill(2, caption="Row 14")
    gallery.add("France", "Brazil")
    visit().get("/")  # which learns how long videos take, and keeps that for a while
    few = count_queries(visit(), path)
    for number in range(13):
        fan = build_user(cast.aurora, f"fan{number}@example.org")
        gallery.add(user=fan, caption="Row 14")
        gallery.add("France", "Japan")
    assert count_queries(visit(), path) == few <= MOST_QUERIES


@pytest.mark.parametrize("path", PAGES[1:8])
def test_a_later_page_takes_no_more_queries_either(gallery, visit, path):
    gallery.fill(PER_PAGE + 2, caption="Row 14")
    address = older(visit().get(path))
    if address:
        assert count_queries(visit(), address) <= MOST_QUERIES


def test_the_page_of_a_video_takes_few_queries(gallery, visit):
    video = gallery.add()
    assert count_queries(visit(), f"/v/{video.link.code}/") <= MOST_QUERIES


def test_no_page_counts_all_videos_or_passes_over_some(gallery, visit):
    gallery.fill(PER_PAGE + 2)
    with CaptureQueriesContext(connection) as queries:
        visit().get(older(visit().get("/gallery/")))
    assert not [each["sql"] for each in queries if re.search(r"COUNT\(|OFFSET", each["sql"])]


def test_a_video_of_two_links_is_listed_once_with_the_first_that_opens(gallery, visit):
    video = gallery.add()
    second = ShareLink.objects.create(generation=video, name="Second")
    assert codes(visit().get("/gallery/")) == [video.link.code]
    ShareLink.objects.filter(pk=video.link.pk).update(revoked_at=video.finished_at)
    assert codes(visit().get("/gallery/")) == [second.code]


def test_another_portal_shows_and_counts_none_of_it(gallery, visit):
    gallery.fill(3, caption="Row 14")
    for path in PAGES:
        page = visit(host=BOREALIS_HOST).get(path)
        assert page.status_code == 200
        text = page.content.decode()
        assert "/v/" not in text
        assert "1 fan" not in text


def test_no_page_tells_the_videos_own_id(gallery, visit):
    videos = gallery.fill(PER_PAGE + 1)
    for path in PAGES:
        text = visit().get(path).content.decode()
        for video in videos:
            assert str(video.pk) not in text
            assert video.pk.hex not in text


def facts_of(text):
    return "".join(re.findall(r'class="match-fact">([^<]*)', text))


def count_queries(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
