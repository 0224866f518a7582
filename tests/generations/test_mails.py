"""What people are told of their videos and their credits: once, true, and in plain words."""

import pytest
from django.core import mail

from accounts import ledger, people
from accounts.models import ApiKey, Mail, Tenant, User
from generations import deletion, lifecycle, mails
from generations.models import Generation
from generations.states import Reason, Status
from generations.transitions import end
from tests.cast import (
    AURORA_HOST,
    build_order,
    build_tenant,
    build_user,
    finish,
    give,
    make_ready,
    queue_test_video,
    queue_video,
    send_mails,
)

pytestmark = pytest.mark.django_db


def fail(generation, reason=Reason.REFUSED_UPSTREAM):
    end(generation.pk, (Status.QUEUED,), Status.FAILED, reason=reason)


def sent():
    send_mails()
    [message] = mail.outbox
    return message


def test_a_ready_video_is_told_once_with_its_picture_and_what_it_cost(cast):
    video = make_ready(cast.alice)
    for _ in range(3):
        mails.tell_outcome(video.pk, Status.READY)
    message = sent()
    assert message.subject == "Your video is ready: Brazil v France"
    assert message.to == [cast.alice.email]
    assert f"http://{AURORA_HOST}:8000/videos/{video.pk}/" in message.body
    assert "90 credits charged." in message.body
    whole = message.message()
    assert whole.get_content_type() == "multipart/related"
    words, picture = whole.get_payload()
    assert [part.get_content_type() for part in words.get_payload()] == ["text/plain", "text/html"]
    assert picture["Content-ID"] == "<poster>"
    assert picture.get_content_type() == "image/jpeg"
    assert 'src="cid:poster"' in message.alternatives[0].content
    assert send_mails() == 0


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.PHOTO_UNUSABLE, "We could not read your photo"),
        (Reason.CLIP_UNUSABLE, "We could not use the clip"),
        (Reason.REFUSED_UPSTREAM, "nobody else is in it"),
        (Reason.FAILED_UPSTREAM, "That was not your photo's fault."),
        (Reason.TIMED_OUT, "We stopped waiting for it."),
        (Reason.FILE_LOST, "The finished video was lost"),
    ],
)
def test_a_failure_says_why_and_that_nothing_was_charged(cast, reason, words):
    video = queue_video(cast.alice)
    fail(video, reason)
    message = sent()
    assert message.subject == "Your video could not be made: Brazil v France"
    body = " ".join(message.body.split())
    assert words in body
    assert "You were not charged: 90 credits are back in your wallet." in body
    assert f"http://{AURORA_HOST}:8000/videos/{video.pk}/" in body
    assert ledger.balance_of(cast.alice).available == 90


def test_credits_of_a_shared_pool_are_not_said_to_be_in_the_wallet(db):
    club = build_tenant("Club", "club.localhost", pool=9000, credit_mode="shared")
    fan = build_user(club, "fan@example.org")
    video = queue_video(fan)
    mail.outbox.clear()
    fail(video)
    assert "90 credits are back in your wallet." in sent().body
    mail.outbox.clear()
    ledger.hold(fan, 90, generation_id=Generation.objects.get().photo_id)  # the wallet is empty now
    poor = lifecycle.queue(fan, build_order(fan))
    fail(poor)
    assert "90 credits are back where they came from." in sent().body


def test_a_late_success_is_told_as_free(cast):
    video = queue_video(cast.alice)
    fail(video, Reason.TIMED_OUT)
    Generation.objects.filter(pk=video.pk).update(status=Status.QUEUED)
    finish(video)
    message = sent()
    assert "Your video is ready" in message.subject, "the mail of the failure is needless by now"
    assert "You were not charged" in message.body
    assert dict(Mail.objects.values_list("kind", "state")) == {
        "video_ready": "sent",
        "video_failed": "needless",
    }


def test_programs_tests_and_cancelled_orders_get_no_mails(cast):
    key, _secret = ApiKey.issue(user=cast.alice, name="office")
    by_program = queue_video(cast.alice)
    Generation.objects.filter(pk=by_program.pk).update(api_key=key)
    finish(by_program)
    fail(queue_test_video(cast.alice))
    lifecycle.cancel(queue_video(cast.alice))
    assert not Mail.objects.exists()


def test_who_does_not_want_them_gets_none_of_that_kind(cast):
    User.objects.filter(pk=cast.alice.pk).update(wants_ready_mails=False)
    make_ready(cast.alice)
    fail(queue_video(cast.alice))
    assert "could not be made" in sent().subject


def test_a_deleted_video_is_not_told_of(cast):
    deletion.delete(make_ready(cast.alice))
    send_mails()
    assert mail.outbox == []


def test_a_lost_poster_only_leaves_the_picture_out(cast):
    video = make_ready(cast.alice)
    video.poster.storage.delete(video.poster.name)
    message = sent()
    assert "cid:" not in message.alternatives[0].content
    assert message.message().get_content_type() == "multipart/alternative"


def test_a_welcome_says_what_is_in_the_wallet(cast, visit):
    Tenant.objects.filter(pk=cast.aurora.pk).update(
        welcome_credits=90, support_email="help@aurora.example"
    )
    visit().post("/account/sign-up/", {"email": "new@example.org", "password": "a good long one"})
    message = sent()
    assert message.subject == "Welcome to Aurora"
    body = " ".join(message.body.split())
    assert "90 credits to begin with are in your wallet: 1 video." in body
    assert "If that was not you, write to help@aurora.example." in body


def test_a_name_with_markup_stays_text(cast):
    Tenant.objects.filter(pk=cast.aurora.pk).update(
        name="<b>A & B</b>", owner_name="<script>x</script>"
    )
    cast.alice.refresh_from_db()
    people.set_password(User.objects.get(pk=cast.alice.pk), "brand new words")
    give(cast.alice, 1)
    message = sent()
    html = message.alternatives[0].content
    assert "<script>x" not in html
    assert "<b>A" not in html
    assert "<b>A & B</b>" in message.body


def test_html_needs_nothing_from_elsewhere(cast):
    make_ready(cast.alice)
    html = sent().alternatives[0].content
    sources = [part.split('"')[0] for part in html.split('src="')[1:]]
    assert sources == ["cid:poster"]
    assert "<link" not in html
    assert "url(" not in html
    assert len(html) < 40_000  # longer ones are cut off by some mail programs at 102 kB
