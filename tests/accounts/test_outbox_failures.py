"""Mails that do not go: tried again, given up, and told of."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.mails import kinds, outbox
from accounts.models import Mail
from generations.doctor.outbox import check_outbox
from tests.accounts.outbox_rows import State, make_due, state_of
from tests.cast import send_mails

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "answers",
    [
        {"RCPT": ["451 4.7.1 come back later", "250 fine"]},
        {".": ["451 4.3.0 try again", "250 taken"]},
        {"MAIL": ["421 4.3.2 too busy", "250 fine"]},
        {"MAIL": ["550 5.7.1 you may not send", "250 fine"]},
        {"connect": ["421 not now", "220 here"]},
        {"connect": ["", "220 here"]},
        {"DATA": ["451 no", "354 go on"]},
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again(posted, mail_server, answers):
    mail_server.answers = answers
    outbox.send(posted.pk)
    assert state_of(posted) == State.PENDING
    assert timedelta(seconds=50) < posted.due_at - timezone.now() < timedelta(seconds=61)
    assert posted.trouble
    outbox.send(posted.pk)
    assert mail_server.taken == [], "not before its time"
    make_due()
    outbox.send(posted.pk)
    assert state_of(posted) == State.SENT
    assert (posted.tries, posted.trouble) == (2, "")
    assert len(mail_server.taken) == 1


@pytest.mark.parametrize(
    "answers", [{"RCPT": ["550 5.1.1 nobody here"]}, {".": ["554 5.6.0 not this"]}], ids=str
)
def test_what_is_refused_for_good_is_given_up_at_once(posted, mail_server, answers):
    mail_server.answers = answers
    outbox.send(posted.pk)
    assert state_of(posted) == State.DEAD
    assert " 5." in posted.trouble.replace("b'", " ")
    [finding] = check_outbox()
    assert (finding.level, finding.figures["given_up"]) == ("note", 1)
    mail_server.answers = {}
    assert outbox.send_again(posted)
    assert not outbox.send_again(posted)
    outbox.send(posted.pk)
    assert state_of(posted) == State.SENT


def test_a_server_that_hangs_is_left_alone_and_the_others_wait_with_it(
    cast, posted, mail_server, monkeypatch
):
    monkeypatch.setattr(outbox, "PATIENCE_SECONDS", 0.3)
    outbox.post("welcome", cast.bob, about=cast.bob.pk, facts={"credits": 0})
    mail_server.held = "connect"
    assert outbox.wake(inline=True) == 2
    assert mail_server.connections == 1
    assert not Mail.objects.due(timezone.now() + timedelta(seconds=50)).exists()
    assert Mail.objects.due(timezone.now() + timedelta(seconds=61)).count() == 2
    assert set(Mail.objects.values_list("tries", flat=True)) == {0, 1}


def test_a_mail_that_was_taken_without_a_word_is_sent_once_more_at_most(
    posted, mail_server, monkeypatch
):
    """Most of such servers have not taken it; one that always does must not send nine."""
    monkeypatch.setattr(outbox, "PATIENCE_SECONDS", 0.3)
    mail_server.held = "."
    outbox.send(posted.pk)
    assert state_of(posted) == State.PENDING
    assert posted.due_at - timezone.now() > timedelta(minutes=59)
    make_due()
    outbox.send(posted.pk)
    assert state_of(posted) == State.DEAD
    first, second = mail_server.taken
    assert first["Message-ID"] == second["Message-ID"]


def test_a_server_that_hangs_before_the_mail_has_not_taken_it(posted, mail_server, monkeypatch):
    monkeypatch.setattr(outbox, "PATIENCE_SECONDS", 0.3)
    mail_server.held = "DATA"
    outbox.send(posted.pk)
    assert state_of(posted) == State.PENDING
    assert posted.due_at - timezone.now() < timedelta(minutes=2)


def test_after_nine_tries_it_is_given_up_visibly(posted, mail_server):
    mail_server.answers = {"RCPT": ["451 never"]}
    for _ in range(8):
        make_due()
        outbox.send(posted.pk)
        assert state_of(posted) == State.PENDING
    [finding] = check_outbox()
    assert finding.level == "ill"
    make_due()
    outbox.send(posted.pk)
    assert state_of(posted) == State.DEAD


def test_a_mail_over_which_every_worker_dies_is_given_up_too(posted):
    for _ in range(9):
        make_due()
        assert outbox._claim(posted.pk)
    make_due()
    assert outbox._claim(posted.pk) is None
    assert state_of(posted) == State.DEAD


def test_a_mail_that_cannot_be_made_harms_no_other(cast, mail_server):
    outbox.post("purchase_paid", cast.alice, about=1, facts={"purchase": str(uuid.uuid4())})
    outbox.post("welcome", cast.bob, about=2, facts={"credits": 0})
    assert outbox.wake(inline=True) == 2
    assert mail_server.receivers == [cast.bob.email]
    assert "DoesNotExist" in Mail.objects.get(kind="purchase_paid").trouble


def test_a_kind_that_this_process_does_not_know_waits_for_one_that_does(posted):
    Mail.objects.update(kind="of_tomorrow")
    send_mails()
    assert state_of(posted) == State.PENDING
    Mail.objects.update(kind="welcome", due_at=timezone.now())
    send_mails()
    assert state_of(posted) == State.SENT


def test_what_is_too_old_is_not_sent(posted):
    Mail.objects.update(created_at=timezone.now() - kinds.LASTS - timedelta(minutes=1))
    send_mails()
    assert mail.outbox == []
    assert state_of(posted) == State.DEAD


def test_nobody_sending_is_ill(posted):
    Mail.objects.update(due_at=timezone.now() - timedelta(minutes=16))
    [finding] = check_outbox()
    assert (finding.level, "nobody sends" in finding.text) == ("ill", True)
    send_mails()
    [finding] = check_outbox()
    assert finding.level == "ok"
