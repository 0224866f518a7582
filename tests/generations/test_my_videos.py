"""The owner's list and page: filters, pages, names, several at once, deletion, and each state."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import ledger
from accounts.models import User
from generations import lifecycle, my_videos, submissions
from generations.keys import ensure_configured_key
from generations.lumiq.contract import Submitted
from generations.models import Generation, ShareLink, Upload
from generations.states import Reason, Status
from tests.cast import build_upload, make_ready, queue_video

pytestmark = pytest.mark.django_db

LIST = "/videos/"


def test_a_new_fan_is_told_what_to_do(cast, visit):
    page = visit(cast.alice).get(LIST).content.decode()
    assert "No videos yet" in page
    assert "Make my video · 90 credits" in page
    assert "filter-team" not in page


ALL = {"ready", "waiting", "failed", "cancelled"}
NARROWED = [
    ({}, ALL),
    ({"state": "ready"}, {"ready"}),
    ({"state": "in_line"}, {"waiting"}),
    ({"state": "not_made"}, {"failed"}),
    ({"state": "cancelled"}, {"cancelled"}),
    ({"state": "being_made"}, set()),
    ({"team": "Japan"}, {"ready", "cancelled"}),
    ({"team": "Japan", "state": "ready"}, {"ready"}),
    ({"product": "football"}, ALL),
    ({"product": "avatar"}, set()),
    ({"state": "x", "team": "Atlantis", "product": "\0"}, ALL),
]


def test_the_list_is_narrowed_by_state_kind_and_team(cast, visit):
    videos = {
        "ready": make_ready(cast.alice, left="Japan", right="Italy"),
        "waiting": queue_video(cast.alice),
        "failed": fail(queue_video(cast.alice)),
        "cancelled": queue_video(cast.alice, left="Mali", right="Japan"),
    }
    lifecycle.cancel(videos["cancelled"])
    make_ready(cast.bob, left="Japan", right="Italy")
    names = {video.pk: name for name, video in videos.items()}
    for query, found in NARROWED:
        page = visit(cast.alice).get(LIST, query)
        assert {names[row.pk] for row in page.context["page_obj"]} == found, query
        is_told = "No video of yours is like this" in page.content.decode()
        assert is_told == (not found), query


def test_the_teams_to_choose_from_are_the_fans_own(cast, visit):
    make_ready(cast.alice, left="Japan", right="Italy")
    make_ready(cast.bob, left="Mali", right="Italy")
    assert visit(cast.alice).get(LIST).context["teams"] == ["Italy", "Japan"]


def test_pages_have_real_links_that_keep_the_filter(cast, visit):
    photo = build_upload(cast.alice)
    for _ in range(my_videos.PER_PAGE + 1):
        queue_video(cast.alice, photo=photo)
    fan = visit(cast.alice)
    first = fan.get(LIST, {"team": "Brazil"})
    assert len(first.context["page_obj"]) == my_videos.PER_PAGE
    assert 'href="?team=Brazil&amp;page=2"' in first.content.decode()
    second = fan.get("/videos/?team=Brazil&page=2")
    assert len(second.context["page_obj"]) == 1
    for odd in ("0", "99", "x", "\0"):
        assert fan.get(LIST, {"page": odd}).status_code == 200


def test_several_are_shown_to_others_at_once(cast, visit):
    chosen, other = [make_ready(cast.alice) for _ in range(2)], make_ready(cast.alice)
    waiting = queue_video(cast.alice)
    ids = [video.pk for video in [*chosen, waiting]]
    answer = visit(cast.alice).post(
        "/videos/visibility/?team=Brazil", {"video": ids, "visibility": "public"}, follow=True
    )
    assert answer.redirect_chain == [("/videos/?team=Brazil", 302)]
    page = answer.content.decode()
    assert "Everybody can see 2 videos now." in page
    assert "1 video is not ready and stays as it is." in page
    levels = dict(Generation.objects.values_list("pk", "visibility"))
    assert [levels[video.pk] for video in [*chosen, other, waiting]] == [
        "public", "public", "link", "link",
    ]  # fmt: skip


def test_videos_of_others_are_passed_over(cast, visit):
    theirs = [make_ready(cast.bob), make_ready(cast.mallory)]
    fan = visit(cast.alice)
    fields = {"video": [video.pk for video in theirs], "visibility": "public", "confirmed": "yes"}
    assert "Choose the videos first" in post(fan, "/videos/visibility/", fields)
    post(fan, "/videos/deletion/", fields)
    assert fan.get("/videos/deletion/", {"video": fields["video"]}).status_code == 404
    assert not Generation.objects.exclude(visibility="link", deleted_at=None).exists()


@pytest.mark.parametrize("level", ["", "nobody", "PUBLIC", "\0"])
def test_an_unknown_level_changes_nothing(cast, visit, level):
    video = make_ready(cast.alice)
    fields = {"video": [video.pk], "visibility": level}
    assert visit(cast.alice).post("/videos/visibility/", fields).status_code == 400


@pytest.mark.parametrize("ids", [[], [""], ["x"], ["\0"], ["0" * 300]])
def test_an_empty_choice_changes_nothing(cast, visit, ids):
    fan = visit(cast.alice)
    fields = {"video": ids, "visibility": "public"}
    assert "Choose the videos first" in post(fan, "/videos/visibility/", fields)
    assert "Choose the videos first" in post(fan, "/videos/deletion/", fields)


def test_deleting_asks_first_and_says_what_stays(cast, visit):
    video, waiting = make_ready(cast.alice), queue_video(cast.alice)
    fan = visit(cast.alice)
    answer = fan.post("/videos/deletion/", {"video": [video.pk, waiting.pk]}, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in ("Delete 2 videos?", "This cannot be undone.", "The lines in your wallet.",
                  "90 credits come back."):  # fmt: skip
        assert words in page
    assert Generation.objects.filter(deleted_at=None).count() == 2


def test_what_was_confirmed_is_deleted_with_its_files(cast, visit):
    video, waiting, kept = make_ready(cast.alice), queue_video(cast.alice), make_ready(cast.alice)
    files = [video.video.name, video.poster.name, video.photo.file.name]
    fan = visit(cast.alice)
    fields = {"video": [video.pk, waiting.pk], "confirmed": "yes"}
    assert "2 videos deleted." in post(fan, "/videos/deletion/", fields)
    assert not any(map(default_storage.exists, files))
    assert list(fan.get(LIST).context["page_obj"]) == [kept]
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)
    assert "Video charged" in fan.get("/wallet/").content.decode()


def test_what_is_being_made_is_not_deleted(cast, visit):
    video = send(queue_video(cast.alice))
    fan = visit(cast.alice)
    page = fan.get("/videos/deletion/", {"video": video.pk}).content.decode()
    assert "1 video is being made now" in page
    assert "for good" not in page
    fields = {"video": [video.pk], "confirmed": "yes"}
    assert "1 video is being made and was not deleted." in post(fan, "/videos/deletion/", fields)
    assert Generation.objects.get().deleted_at is None


def test_a_name_is_seen_in_the_list_and_under_the_link(cast, visit):
    video = make_ready(cast.alice)
    fan = visit(cast.alice)
    answer = fan.post(f"/videos/{video.pk}/caption/", {"caption": "  Row 14,\n seat <b>9</b> "})
    assert answer.headers["Location"] == f"/videos/{video.pk}/"
    assert Generation.objects.get().caption == "Row 14, seat <b>9</b>"
    share_link = ShareLink.objects.get().get_absolute_url()
    for page in (fan.get(LIST), fan.get(f"/videos/{video.pk}/"), visit().get(share_link)):
        assert "Row 14, seat &lt;b&gt;9&lt;/b&gt;" in page.content.decode()
    fan.post(f"/videos/{video.pk}/caption/", {"caption": ""})
    assert Generation.objects.get().caption == ""


@pytest.mark.parametrize(("name", "words"), [("x" * 141, "at most 140"), ("a\0b", "Null")])
def test_a_name_that_cannot_be_kept_is_shown_with_its_mistake(cast, visit, name, words):
    video = make_ready(cast.alice)
    answer = visit(cast.alice).post(f"/videos/{video.pk}/caption/", {"caption": name})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Generation.objects.get().caption == ""


def test_what_is_not_ready_has_no_name(cast, visit):
    video = queue_video(cast.alice)
    answer = visit(cast.alice).post(f"/videos/{video.pk}/caption/", {"caption": "x"})
    assert answer.status_code == 404


def test_the_same_photo_leads_to_a_new_opponent_while_it_is_kept(cast, visit):
    video = make_ready(cast.alice, left="Saudi Arabia", right="Italy")
    fan = visit(cast.alice)
    page = fan.get(f"/videos/{video.pk}/").content.decode()
    assert f"/create/football/?photo={video.photo_id}&amp;left=Saudi%20Arabia" in page
    Upload.objects.update(file="")
    page = fan.get(f"/videos/{video.pk}/").content.decode()
    assert "photo=" not in page
    assert "/create/football/?left=Saudi%20Arabia" in page


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.PHOTO_UNUSABLE, ["We could not read your photo", "Use another photo"]),
        (Reason.CLIP_UNUSABLE, ["We could not use the clip", "Use a steady clip"]),
        (Reason.REFUSED_UPSTREAM, ["could not be made from this", "look at the camera"]),
        (Reason.FAILED_UPSTREAM, ["did not come out", "the same photo will do"]),
        (Reason.TIMED_OUT, ["This took too long", "the same photo will do"]),
        (Reason.FILE_LOST, ["The finished video was lost", "the same photo will do"]),
    ],
)
def test_each_failure_says_what_happened_what_it_cost_and_what_to_do(cast, visit, reason, words):
    failed = fail(queue_video(cast.alice), reason)
    page = visit(cast.alice).get(f"/videos/{failed.pk}/").content.decode().replace("&#x27;", "'")
    for word in [*words, "You were not charged: 90 credits are back in your wallet."]:
        assert word in page


def test_a_cancelled_video_leads_to_a_new_order_with_the_same_photo(cast, visit):
    video = queue_video(cast.alice)
    fan = visit(cast.alice)
    fan.post(f"/videos/{video.pk}/cancellation/")
    page = fan.get(f"/videos/{video.pk}/").content.decode()
    assert "You cancelled this video" in page
    assert f"photo={video.photo_id}&amp;left=Brazil&amp;right=France" in page
    assert "Returned: not charged" in page


def test_a_video_in_line_can_be_cancelled_and_one_being_made_says_why_not(cast, visit):
    fan = visit(cast.alice)
    video = queue_video(cast.alice)
    page = fan.get(f"/videos/{video.pk}/").content.decode()
    assert "Cancel and get 90 credits back" in page
    assert 'http-equiv="refresh"' in page
    assert "We send a mail to <b>alice@example.org</b>" in page
    User.objects.filter(pk=cast.alice.pk).update(wants_ready_mails=False)
    assert "We send a mail" not in fan.get(f"/videos/{video.pk}/").content.decode()
    send(video)
    page = fan.get(f"/videos/{video.pk}/").content.decode()
    assert "You cannot cancel now: the video is being made." in page
    assert "disabled" in page


def test_the_scarf_grows_with_the_time(cast, visit, django_assert_max_num_queries):
    video = send(queue_video(cast.alice))
    fan = visit(cast.alice)
    widths = []
    for minutes in (0, 1, 3):
        at = timezone.now() - timedelta(minutes=minutes)
        Generation.objects.update(status_at=at)
        video.attempts.update(started_at=at)
        widths.append(fan.get(f"/videos/{video.pk}/status/").context["progress"])
    assert widths == sorted(set(widths))
    with django_assert_max_num_queries(16):
        fan.get(f"/videos/{video.pk}/status/")


def post(client, address, fields):
    return client.post(address, fields, follow=True).content.decode()


def fail(generation, reason=Reason.TIMED_OUT):
    lifecycle.refuse_files(generation.pk, reason, note="for the test")
    generation.refresh_from_db()
    return generation


def send(generation):
    submission = submissions.start(generation.pk, ensure_configured_key())
    submissions.commit(submission.attempt)
    told = Submitted("task-1", "processing", 90, 1_000_000, "", "")
    submissions.mark_submitted(submission.attempt, told)
    generation.refresh_from_db()
    assert generation.status == Status.PROCESSING
    return generation
