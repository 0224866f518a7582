"""The outbox of mails: each is told once."""

import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, transaction
from django.utils import timezone

from accounts import people
from accounts.mails import kinds, outbox
from accounts.models import Mail, User
from generations import beat
from tests.accounts.outbox_rows import State, state_of
from tests.cast import AURORA_HOST, send_mails
from tests.fixtures.site import wait_until
from tests.smtp_server import running_mail_server

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_mail_goes_with_what_it_tells_of_or_not_at_all(cast):
    with transaction.atomic():
        people.sign_up(cast.aurora, email="a@example.org", password="words words", display_name="")
        transaction.set_rollback(True)
    assert not Mail.objects.exists()
    people.sign_up(cast.aurora, email="a@example.org", password="words words", display_name="")
    assert Mail.objects.get().kind == "welcome"


def test_one_matter_is_one_mail_however_often_it_is_posted_and_sent(cast, mail_server):
    for _ in range(3):
        outbox.post("welcome", cast.alice, about="it", facts={"credits": 0})
    row = Mail.objects.get()
    for _ in range(3):
        outbox.send(row.pk)
    assert len(mail_server.taken) == 1
    assert state_of(row) == State.SENT


def test_ten_workers_send_one_mail(posted, mail_server):
    begin = threading.Barrier(10)

    def work():
        begin.wait()
        try:
            outbox.send(posted.pk)
        finally:
            close_old_connections()

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mail_server.taken) == 1


def test_a_real_worker_and_beat_send_each_mail_once(cast, start_manage, settings, redis):
    """Jobs three times over and jobs that are lost: Redis is emptied before there is a worker."""
    with running_mail_server() as server:
        settings.EMAIL_HOST = ""
        url = f"smtp://127.0.0.1:{server.port}"
        for number in range(6):
            outbox.post("welcome", cast.alice, about=number, facts={"credits": 0})
        redis.flushall()
        for pk in [*Mail.objects.values_list("pk", flat=True)][:3] * 3:
            outbox.kicks.enqueue("outbound", "accounts.jobs.mail", pk)
        for _ in range(2):
            start_manage("rqworker", "outbound", "--serializer", "json", EMAIL_URL=url)
        wait_until(lambda: len(server.taken) == 3, "what was kicked was not sent")
        assert beat.run_pass()["mails"] == 3
        wait_until(
            lambda: Mail.objects.filter(state=State.SENT).count() == 6, "what was lost was not sent"
        )
        assert beat.run_pass()["mails"] == 0
    ids = [message["Message-ID"] for message in server.taken]
    assert len(ids) == len(set(ids)) == 6


def test_who_died_over_a_mail_is_followed_by_another_after_the_lease(posted, mail_server):
    """The one double that there can be, and it is known by its Message-ID."""
    first = outbox._claim(posted.pk)
    outbox.send(posted.pk)
    assert mail_server.taken == [], "it is in hand"
    Mail.objects.update(due_at=timezone.now())
    outbox.send(posted.pk)
    outbox._end(first, State.NEEDLESS, posted.user)  # the first one was alive after all
    assert state_of(posted) == State.SENT
    [message] = mail_server.taken
    assert message["Message-ID"] == f"<{posted.pk.hex}@{AURORA_HOST}>"


def test_a_server_that_is_slow_to_say_good_bye_has_taken_the_mail(posted, mail_server, monkeypatch):
    monkeypatch.setattr(outbox, "PATIENCE_SECONDS", 0.5)
    mail_server.held = "QUIT"
    outbox.send(posted.pk)
    assert state_of(posted) == State.SENT
    assert len(mail_server.taken) == 1


def test_rows_go_after_a_month(cast, posted):
    send_mails()
    outbox.post("welcome", cast.bob, about="waits", facts={"credits": 0})
    Mail.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert outbox.forget() == 1
    assert Mail.objects.get().user == cast.bob


def test_the_platform_sees_what_was_given_up_and_sends_it_again(cast, posted, visit):
    staff = User.objects.create_superuser("staff@example.org", "a password")
    Mail.objects.update(state=State.DEAD, trouble="550 nobody here")
    browser = visit(staff, host="platform.localhost")
    page = browser.get("/admin/accounts/mail/?state__exact=dead").content.decode()
    assert "550 nobody here" in page
    browser.post("/admin/accounts/mail/", {"action": "send_again", "_selected_action": posted.pk})
    assert state_of(posted) == State.PENDING
    assert browser.get(f"/admin/accounts/mail/{posted.pk}/change/").status_code == 200


def test_every_kind_has_its_three_templates(settings):
    folder = settings.BASE_DIR / "templates/emails"
    for name in kinds.names():
        for ending in ("subject.txt", "txt", "html"):
            assert (folder / f"{name}.{ending}").exists(), (name, ending)
