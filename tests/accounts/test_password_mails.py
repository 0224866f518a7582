"""Mails of passwords: a reset, and that one was changed."""

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import people
from accounts.models import Mail
from tests.cast import send_mails

pytestmark = pytest.mark.django_db(transaction=True)
RESET = "/account/password-reset/"


def test_asking_for_a_reset_does_the_same_work_for_every_address(cast, visit):
    browser = visit()
    statements = []
    for email in ("alice@example.org", "nobody@example.org", cast.mallory.email):
        with CaptureQueriesContext(connection) as queries:
            assert browser.post(RESET, {"email": email}).status_code == 302
        statements.append([query["sql"].split(" VALUES")[0].split()[:4] for query in queries])
    assert statements[0] == statements[1] == statements[2]
    assert Mail.objects.count() == 3
    assert not any("user" in sql for statement in statements for sql in statement)
    assert mail.outbox == []
    send_mails()
    assert [message.to for message in mail.outbox] == [["alice@example.org"]]
    assert [row.user for row in Mail.objects.all()] == [cast.alice], "the others leave no trace"


def test_no_row_holds_a_link_that_opens_something(cast, visit):
    visit().post(RESET, {"email": cast.alice.email})
    token = default_token_generator.make_token(cast.alice)
    for _ in range(2):
        row = str(Mail.objects.values().get())
        assert token.partition("-")[2] not in row
        assert "http" not in row
        send_mails()


def test_a_reset_is_mailed_once_a_minute_at_most(cast, visit):
    browser = visit()
    for email in ("alice@example.org", "ALICE@example.org", "alice@EXAMPLE.org"):
        browser.post(RESET, {"email": email})
    assert Mail.objects.count() in (1, 2)  # two where the minute has just changed


def test_a_changed_password_is_told_but_not_a_first_one(cast):
    people.set_password(cast.alice, "brand new words")
    send_mails()
    [message] = mail.outbox
    assert message.subject == "Your password for Aurora was changed"
    assert RESET in message.body
    cast.bob.set_unusable_password()
    cast.bob.save()
    people.set_password(cast.bob, "brand new words")
    send_mails()
    assert len(mail.outbox) == 1
