"""How long a draft lives, and what goes with it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from generations import drafts, uploads
from generations.errors import DraftChanged
from generations.models import Draft, Upload
from tests.cast import build_upload, make_ready
from tests.orders import FOOTBALL, draft_of, fill_football, put_photo, put_teams

pytestmark = pytest.mark.django_db


def test_a_draft_is_kept_for_a_day_after_its_last_answer(cast, visit):
    client = visit(cast.alice)
    put_photo(client)
    age(hours=23)
    put_teams(client)
    age(hours=23)
    assert draft_of(cast.alice).photo is not None
    assert drafts.remove_stale() == 0


def test_an_older_one_is_gone_with_its_files(cast, visit, media_folder):
    client = visit(cast.alice)
    fill_football(client)
    age(hours=24)
    assert client.get(FOOTBALL).url == f"{FOOTBALL}photo/"
    assert drafts.remove_stale() == 1
    assert not Draft.objects.exists()
    assert not Upload.objects.exists()
    assert not list(media_folder.rglob("*.jpg"))


def test_an_answer_at_the_moment_of_removal_stays_with_its_photo(cast, visit, media_folder):
    put_photo(visit(cast.alice))
    age(hours=24)
    with connection.execute_wrapper(answer_before_the_removal):
        assert drafts.remove_stale() == 0
    draft = draft_of(cast.alice)
    assert draft.team_left == "Brazil"
    assert (media_folder / draft.photo.file.name).exists()


def test_an_answer_at_the_moment_of_a_new_beginning_is_gone_on_with(cast, visit):
    put_photo(visit(cast.alice))
    age(hours=24)
    with connection.execute_wrapper(answer_before_the_removal):
        draft = drafts.begin(cast.alice, "football")
    assert draft.team_left == "Brazil"
    assert draft.photo is not None


def test_an_older_one_is_not_gone_on_with(cast, visit):
    client = visit(cast.alice)
    put_teams(client)
    age(hours=24)
    put_photo(client)
    assert draft_of(cast.alice).team_left == ""


def test_beat_leaves_the_files_of_drafts_alone(cast, visit):
    put_photo(visit(cast.alice))
    lonely = build_upload(cast.bob)
    Upload.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert uploads.discard_stale_drafts() == 1
    assert not Upload.objects.filter(pk=lonely.pk).exists()
    assert draft_of(cast.alice).photo is not None


def test_a_draft_that_goes_leaves_the_photos_of_videos(cast):
    video = make_ready(cast.alice)
    draft = drafts.begin(cast.alice, "football")
    drafts.reuse_photo(draft, video.photo)
    drafts.remove(draft)
    assert Upload.objects.filter(pk=video.photo_id).exists()


def test_what_was_thrown_away_elsewhere_takes_no_more_answers(cast):
    draft = drafts.begin(cast.alice, "football")
    drafts.remove(drafts.find(cast.alice, "football"))
    with pytest.raises(DraftChanged):
        drafts.change(draft, team_left="Brazil")


def test_every_answer_gives_the_draft_a_new_nonce(cast):
    draft = drafts.begin(cast.alice, "football")
    before = draft.order_nonce
    drafts.change(draft, team_left="Brazil")
    assert before != draft.order_nonce == draft_of(cast.alice).order_nonce


def answer_before_the_removal(execute, statement, *arguments):
    """From another device, in the instant before the row would go."""
    if statement.startswith("DELETE") and Draft._meta.db_table in statement:
        drafts.change(Draft.objects.get(), team_left="Brazil")
    return execute(statement, *arguments)


def age(**time):
    for draft in Draft.objects.all():
        earlier = draft.changed_at - timedelta(**time)
        Draft.objects.filter(pk=draft.pk).update(changed_at=earlier)
