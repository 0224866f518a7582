"""The sound of a video in words: captions that players show on request."""

import pytest

from generations import sharing
from generations.models import Generation, ShareLink
from tests.cast import make_ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(cast):
    return make_ready(cast.alice)


@pytest.fixture
def avatar(video):
    fields = {"product": "avatar", "team_left": "", "team_right": "", "clip_id": video.photo_id}
    Generation.objects.filter(pk=video.pk).update(**fields)
    return Generation.objects.get(pk=video.pk)


@pytest.fixture
def link(video):
    return ShareLink.objects.get(generation=video)


def test_a_football_video_tells_of_its_crowd_in_the_readers_language(cast, video, link, visit):
    crowd = "WEBVTT\n\n00:00.000 --> 00:10.000\n{}\n"
    for browser, path in [
        (visit(), f"/v/{link.code}/captions.vtt"),
        (visit(cast.alice), f"/videos/{video.pk}/captions.vtt"),
    ]:
        answer = browser.get(path)
        assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
        assert answer.content.decode() == crowd.format("[Crowd noise]")
        arabic = browser.get(path, headers={"accept-language": "ar"})
        assert arabic.content.decode() == crowd.format("[ضجيج الجمهور]")


def test_players_name_the_captions(cast, video, link, visit):
    for browser, page, path in [
        (visit(), f"/v/{link.code}/", f"/v/{link.code}/captions.vtt"),
        (visit(), f"/v/{link.code}/embed/", f"/v/{link.code}/captions.vtt"),
        (visit(cast.alice), f"/videos/{video.pk}/", f"/videos/{video.pk}/captions.vtt"),
    ]:
        track = f'<track kind="captions" label="Captions" src="{path}">'
        assert track in browser.get(page).content.decode()


def test_the_owner_writes_down_what_an_avatar_says(cast, avatar, link, visit):
    owner, path = visit(cast.alice), f"/v/{link.code}/captions.vtt"
    assert "<track" not in visit().get(f"/v/{link.code}/").content.decode()
    assert visit().get(path).status_code == 404
    assert 'name="spoken_words"' in owner.get(f"/videos/{avatar.pk}/").content.decode()
    words = "We are <all> here\n\n & nobody else \nGood night"
    sent = {"caption": "", "spoken_words": words}
    assert owner.post(f"/videos/{avatar.pk}/caption/", sent).status_code == 302
    assert visit().get(path).content.decode() == (
        "WEBVTT\n\n"
        "00:00.000 --> 00:03.333\nWe are &lt;all&gt; here\n\n"
        "00:03.333 --> 00:06.666\n&amp; nobody else\n\n"
        "00:06.666 --> 00:10.000\nGood night\n"
    )
    page = visit().get(f"/v/{link.code}/").content.decode()
    assert "<track" in page
    assert "We are &lt;all&gt; here<br>" in page


def test_nobody_writes_words_for_a_crowd(cast, video, visit):
    owner = visit(cast.alice)
    assert 'name="spoken_words"' not in owner.get(f"/videos/{video.pk}/").content.decode()
    owner.post(f"/videos/{video.pk}/caption/", {"caption": "Row 14", "spoken_words": "x"})
    video.refresh_from_db()
    assert (video.caption, video.spoken_words) == ("Row 14", "")


def test_captions_are_seen_by_whoever_sees_the_video(cast, video, link, visit):
    sharing.set_visibility(video, Generation.Visibility.PRIVATE)
    assert visit().get(f"/v/{link.code}/captions.vtt").status_code == 404
    assert visit(cast.bob).get(f"/videos/{video.pk}/captions.vtt").status_code == 404
