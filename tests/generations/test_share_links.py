"""What a link asks of its visitors: an end, a password, a limit of views; and what is counted."""

import re
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations import admission, link_passwords, sharing
from generations.models import Generation, ShareLink
from tests.cast import make_ready, queue_video

pytestmark = pytest.mark.django_db

PASSWORD = "north stand"
FILES = ("video.mp4", "poster.jpg")


@pytest.fixture
def video(cast):
    return make_ready(cast.alice)


@pytest.fixture
def link(video):
    return ShareLink.objects.get(generation=video)


@pytest.fixture
def locked(video, redis):
    return sharing.create_link(video, name="Club", password=PASSWORD)


@pytest.fixture
def capped(video):
    return sharing.create_link(video, name="Two", max_views=2)


def test_a_link_ends_with_its_page_and_its_files(cast, video, link, visit):
    ends = timezone.now() + timedelta(hours=1)
    ShareLink.objects.update(expires_at=ends)
    assert_open(visit(), link)
    ShareLink.objects.update(expires_at=timezone.now())
    for user in (None, cast.bob, cast.alice):
        page = visit(user).get(f"/v/{link.code}/")
        assert page.status_code == 410
        assert "This link has ended" in page.content.decode()
        assert "Brazil" not in page.content.decode()
        assert_files_closed(visit(user), link)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"revoked_at": timezone.now()}, "This link was closed"),
        ({"max_views": 3, "views": 3}, "This link is used up"),
    ],
)
def test_a_closed_link_says_what_happened(link, visit, change, words):
    ShareLink.objects.update(**change)
    page = visit().get(f"/v/{link.code}/")
    assert page.status_code == 410
    assert words in page.content.decode()
    assert_files_closed(visit(), link)


def test_private_closes_everything_at_once(video, link, locked, capped, visit):
    sharing.set_visibility(video, Generation.Visibility.PRIVATE)
    for each in (link, locked, capped):
        browser = visit()
        assert browser.get(f"/v/{each.code}/").status_code == 410
        assert browser.get(f"/v/{each.code}/embed/").status_code == 410
        assert browser.get(f"/v/{each.code}/qr.svg").status_code == 404
        assert_files_closed(browser, each)


# A password.


def test_a_password_opens_the_page_and_the_files_in_that_browser(locked, visit):
    browser = visit()
    asked = browser.get(f"/v/{locked.code}/")
    assert asked.status_code == 200
    assert "This video has a password" in asked.content.decode()
    assert "Brazil" not in asked.content.decode()
    assert_files_closed(browser, locked)
    wrong = browser.post(f"/v/{locked.code}/password/", {"password": "south stand"})
    assert wrong.status_code == 422
    assert "That is not the password" in wrong.content.decode()
    right = browser.post(f"/v/{locked.code}/password/", {"password": PASSWORD})
    assert right.headers["Location"] == f"/v/{locked.code}/"
    assert_open(browser, locked)
    assert_files_closed(visit(), locked)


def test_the_password_is_kept_as_a_hash_only(locked):
    assert PASSWORD not in ShareLink.objects.get(pk=locked.pk).password
    assert len(locked.password) > 20


def test_a_new_password_locks_out_who_knew_the_old_one(video, locked, visit):
    browser = visit()
    browser.post(f"/v/{locked.code}/password/", {"password": PASSWORD})
    assert_open(browser, locked)
    sharing.edit_link(locked, name="x", expires_at=None, max_views=None, password="west stand")
    assert "has a password" in browser.get(f"/v/{locked.code}/").content.decode()
    assert_files_closed(browser, locked)


def test_one_links_password_opens_no_other(video, locked, visit):
    other = sharing.create_link(video, name="Other", password=PASSWORD)
    browser = visit()
    browser.post(f"/v/{locked.code}/password/", {"password": PASSWORD})
    cookie = browser.cookies["unlocked"]
    assert cookie["path"] == f"/v/{locked.code}/"
    assert cookie["httponly"]
    replayed = visit()
    replayed.cookies["unlocked"] = cookie.value
    assert_files_closed(replayed, other)


def test_the_fan_needs_no_password_for_the_own_video(cast, locked, visit):
    assert_open(visit(cast.alice), locked)


def test_guessing_a_password_ends_after_ten_tries(locked, visit):
    browser, address = visit(), f"/v/{locked.code}/password/"
    for _ in range(link_passwords.BY_ADDRESS.amount):
        assert browser.post(address, {"password": "x"}).status_code == 422
    refused = visit().post(address, {"password": PASSWORD})
    assert refused.status_code == 429
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert "unlocked" not in refused.cookies
    elsewhere = visit().post(address, {"password": PASSWORD}, REMOTE_ADDR="203.0.113.7")
    assert elsewhere.status_code == 302


def test_people_who_know_the_password_may_share_an_address(locked, visit):
    for _ in range(link_passwords.BY_ADDRESS.amount + 5):
        answer = visit().post(f"/v/{locked.code}/password/", {"password": PASSWORD})
        assert answer.status_code == 302


def test_without_redis_no_password_is_tried(video, settings, visit):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    locked = sharing.create_link(video, name="Club", password=PASSWORD)
    answer = visit().post(f"/v/{locked.code}/password/", {"password": PASSWORD})
    assert answer.status_code == 503
    assert "unlocked" not in answer.cookies


# A limit of views.


def test_a_limit_lets_so_many_watch_and_nobody_else(capped, visit):
    first, second, third = visit(), visit(), visit()
    for browser in (first, second):
        asked = browser.get(f"/v/{capped.code}/").content.decode()
        assert "Watch the video" in asked
        assert "video.mp4" not in asked
        assert_files_closed(browser, capped)
        assert browser.post(f"/v/{capped.code}/views/").status_code == 302
        assert_open(browser, capped)
    assert third.post(f"/v/{capped.code}/views/").status_code == 302
    assert third.get(f"/v/{capped.code}/").status_code == 410
    assert_files_closed(third, capped)
    assert_open(first, capped)
    assert ShareLink.objects.get(pk=capped.pk).views == 2


def test_looking_at_the_page_uses_up_no_view(capped, visit):
    for _ in range(5):
        visit().get(f"/v/{capped.code}/")
        visit().head(f"/v/{capped.code}/")
    assert ShareLink.objects.get(pk=capped.pk).views == 0


def test_one_visitors_view_lasts_for_reloads_and_ends(capped, visit, monkeypatch):
    browser = visit()
    browser.post(f"/v/{capped.code}/views/")
    browser.post(f"/v/{capped.code}/views/")
    assert ShareLink.objects.get(pk=capped.pk).views == 1
    monkeypatch.setattr(admission, "VIEW_SECONDS", -1)
    assert_files_closed(browser, capped)


def test_the_fan_uses_up_no_view(cast, link, capped, visit):
    browser = visit(cast.alice)
    for each in (link, capped):
        assert_open(browser, each)
        browser.post(f"/v/{each.code}/views/")
    assert set(ShareLink.objects.values_list("views", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_parallel_viewers_never_pass_the_limit(video, visit):
    link = sharing.create_link(video, name="Five", max_views=5)
    outcomes, barrier = Counter(), threading.Barrier(16)

    def watch():
        browser = visit()
        barrier.wait()
        try:
            browser.post(f"/v/{link.code}/views/")
            outcomes[ask_for_file(browser, f"/v/{link.code}/poster.jpg").status_code] += 1
        finally:
            close_old_connections()

    run_at_once(watch, 16)
    assert outcomes == {200: 5, 404: 11}
    assert ShareLink.objects.get(pk=link.pk).views == 5


@pytest.mark.django_db(transaction=True)
def test_a_limit_lowered_meanwhile_is_never_passed_either(video):
    link = sharing.create_link(video, name="Many", max_views=50)

    def view():
        admission.count_view(link)
        close_old_connections()

    def lower():
        try:
            sharing.edit_link(link, name="Few", expires_at=None, max_views=6, password=None)
        except sharing.TooManyViews:
            pass
        finally:
            close_old_connections()

    threads = [threading.Thread(target=act) for act in [view] * 6 + [lower] + [view] * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    link.refresh_from_db()
    assert link.views <= link.max_views


def test_a_limit_below_the_views_is_refused_in_words(cast, video, link, visit):
    ShareLink.objects.update(views=12)
    page = visit(cast.alice).post(
        f"/videos/{video.pk}/share-links/{link.pk}/", {"name": "x", "max_views": "5"}
    )
    assert page.status_code == 422
    assert "12 views already" in page.content.decode()
    assert ShareLink.objects.get().max_views is None


# What is counted.


def test_the_owner_reads_what_was_counted_of_each_link(cast, video, link, visit):
    ShareLink.objects.filter(pk=link.pk).update(views=12, plays=9, downloads=1)
    sharing.create_link(video, name="Nobody came")
    page = visit(cast.alice).get(video.get_absolute_url()).content.decode()
    assert "9 plays · 1 download<" in page
    assert "0 plays · 0 downloads<" in page
    page = visit(cast.alice).get(f"{video.get_absolute_url()}share-links/{link.pk}/")
    assert "12 views · 9 plays · 1 download" in page.content.decode()


def test_views_and_downloads_are_counted_without_a_cookie(link, visit):
    browser = visit()
    assert browser.post(f"/v/{link.code}/views/").status_code == 204
    path = f"/v/{link.code}/video.mp4"
    ask_for_file(browser, f"{path}?download=1")
    ask_for_file(browser, f"{path}?download=1", range="bytes=5-")
    ask_for_file(browser, path)
    browser.head(f"{path}?download=1")
    link.refresh_from_db()
    assert (link.views, link.downloads) == (1, 1)
    assert not browser.cookies


# Members.


def test_members_see_it_by_the_link_once_they_are_signed_in(cast, video, link, visit):
    sharing.set_visibility(video, Generation.Visibility.MEMBERS)
    asked = visit().get(f"/v/{link.code}/")
    assert asked.headers["Location"] == f"/account/sign-in/?next=/v/{link.code}/"
    assert_files_closed(visit(), link)
    assert_open(visit(cast.bob), link)
    for stranger in (visit(cast.mallory), visit(cast.mallory, "borealis.localhost")):
        assert stranger.get(f"/v/{link.code}/").status_code in (302, 404)
        assert_files_closed(stranger, link)
    assert codes_in_gallery(visit(cast.bob)) == []


# The gallery.


def test_the_gallery_leads_only_to_links_that_ask_nothing(cast, video, link, visit):
    sharing.set_visibility(video, Generation.Visibility.PUBLIC)
    assert codes_in_gallery(visit()) == [link.code]
    edit = {"name": "x", "expires_at": None, "max_views": None, "password": "north stand"}
    sharing.edit_link(link, **edit)
    video.refresh_from_db()
    assert video.visibility == "link"
    sharing.set_visibility(video, Generation.Visibility.PUBLIC)
    assert len(codes_in_gallery(visit())) == 1
    assert link.code not in codes_in_gallery(visit())


def codes_in_gallery(client):
    page = client.get("/gallery/").content.decode()
    return re.findall(r'<a class="card"[^>]* href="/v/(\w+)/"', page)


# The owner's forms.


def test_the_owner_makes_a_link_with_all_terms(cast, video, visit):
    day = (timezone.now() + timedelta(days=3)).date()
    fields = {"name": " Club ", "last_day": day, "max_views": "50", "password": PASSWORD}
    answer = visit(cast.alice).post(f"/videos/{video.pk}/share-links/", fields)
    assert answer.headers["Location"] == f"/videos/{video.pk}/"
    link = ShareLink.objects.get(name="Club")
    assert (link.expires_at.date() - timedelta(days=1), link.max_views) == (day, 50)
    assert link.password
    assert not link.password.endswith(PASSWORD)
    page = visit(cast.alice).get(f"/videos/{video.pk}/").content.decode()
    assert "0 of 50" in page
    assert "With a password" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"last_day": "2020-01-01"}, {"last_day": "9999-12-31"}, {"last_day": "soon"},
        {"max_views": "0"}, {"max_views": "-1"}, {"max_views": "9" * 20}, {"password": "short"},
    ],
)  # fmt: skip
def test_terms_that_make_no_sense_are_refused(cast, video, visit, fields):
    answer = visit(cast.alice).post(f"/videos/{video.pk}/share-links/", {"name": "x", **fields})
    assert answer.status_code == 422
    assert "One thing to fix" in answer.content.decode()
    assert ShareLink.objects.count() == 1


def test_an_edit_keeps_the_password_unless_told(cast, video, locked, visit):
    browser, address = visit(cast.alice), f"/videos/{video.pk}/share-links/{locked.pk}/"
    assert "Leave this empty to keep it" in browser.get(address).content.decode()
    browser.post(address, {"name": "Renamed"})
    assert ShareLink.objects.get(pk=locked.pk).password == locked.password
    browser.post(address, {"name": "Renamed", "without_password": "on"})
    assert ShareLink.objects.get(pk=locked.pk).password == ""


def test_a_revoked_link_cannot_be_edited(cast, video, link, visit):
    sharing.revoke_link(link)
    address = f"/videos/{video.pk}/share-links/{link.pk}/"
    assert visit(cast.alice).get(address).status_code == 404
    with pytest.raises(sharing.LinkIsRevoked):
        sharing.edit_link(link, name="x", expires_at=None, max_views=None, password=None)


def test_only_a_ready_video_has_links(cast, visit):
    waiting = queue_video(cast.alice)
    assert visit(cast.alice).get(f"/videos/{waiting.pk}/share-links/").status_code == 404


# What others are told.


def test_links_with_conditions_tell_messengers_of_the_portal_only(video, locked, capped, visit):
    for each in (locked, capped):
        page = visit().get(f"/v/{each.code}/")
        head = page.content.decode().split("</head>")[0]
        assert "/cards/portal.jpg?v=" in head
        for told in ("og:video", "poster.jpg", "video.mp4", "oembed", "twitter:player"):
            assert told not in head
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert "no-store" in page.headers["Cache-Control"]


def test_only_public_videos_may_be_indexed_files_too(video, link, visit):
    for path in ("", *FILES):
        answer = ask_for_file(visit(), f"/v/{link.code}/{path}")
        assert answer.headers["X-Robots-Tag"] == "noindex"
    sharing.set_visibility(video, Generation.Visibility.PUBLIC)
    for path in ("", *FILES):
        assert "X-Robots-Tag" not in ask_for_file(visit(), f"/v/{link.code}/{path}").headers


@pytest.mark.parametrize("part", ["", "embed/", "share/"])
def test_a_signed_out_visitor_costs_few_queries(link, visit, part):
    with CaptureQueriesContext(connection) as queries:
        assert visit().get(f"/v/{link.code}/{part}").status_code == 200
    assert len(queries) <= 3
    assert not [query for query in queries if not query["sql"].startswith("SELECT")]


def test_the_sheet_is_a_page_too_with_a_qr_code_of_the_address(link, visit):
    page = visit().get(f"/v/{link.code}/share/").content.decode()
    assert f"http://aurora.localhost/v/{link.code}/" in page
    assert "Anybody with this link can watch." in page
    assert "It does not end." in page
    address = f"http%3A%2F%2Faurora.localhost%2Fv%2F{link.code}%2F"
    for way in (
        "https://wa.me/?text=",
        "https://t.me/share/url?url=",
        "https://x.com/intent/post?url=",
    ):
        assert f'href="{way}{address}' in page
    assert f'href="mailto:?subject=Brazil%20v%20France&amp;body={address}"' in page
    svg = visit().get(f"/v/{link.code}/qr.svg")
    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert svg.content.startswith(b"<?xml")
    png = visit().get(f"/v/{link.code}/qr.png")
    assert png.content.startswith(b"\x89PNG")


def run_at_once(act, number):
    threads = [threading.Thread(target=act) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def assert_open(browser, link):
    page = browser.get(f"/v/{link.code}/")
    assert page.status_code == 200
    assert "<video" in page.content.decode()
    for name in FILES:
        assert ask_for_file(browser, f"/v/{link.code}/{name}").status_code == 200


def ask_for_file(browser, path, **headers):
    answer = browser.get(path, headers=headers)
    if answer.streaming:
        list(answer.streaming_content)  # to its end, or it stays open
    return answer


def assert_files_closed(browser, link):
    for name in FILES:
        assert browser.get(f"/v/{link.code}/{name}").status_code == 404
