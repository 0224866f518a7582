"""The outbox of mails: each told once, tried again, given up, and switched off."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.db import close_old_connections, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts import languages, people
from accounts.mails import choices, kinds, outbox
from accounts.mails.choices import CHOICES
from accounts.models import Mail, Tenant, User
from generations import beat
from generations.doctor.outbox import check_outbox
from tests.cast import AURORA_HOST, BOREALIS_HOST, make_ready, send_mails
from tests.fixtures.site import wait_until
from tests.smtp_server import running_mail_server

pytestmark = pytest.mark.django_db(transaction=True)

RESET = "/account/password-reset/"
State = Mail.State


@pytest.fixture
def mail_server(settings):
    with running_mail_server() as server:
        settings.EMAIL_BACKEND = "accounts.mails.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def posted(cast):
    """A mail to alice that cannot be switched off."""
    outbox.post("welcome", cast.alice, about=cast.alice.pk, facts={"credits": 0})
    return Mail.objects.get()


def make_due():
    Mail.objects.update(due_at=timezone.now())


def state_of(row):
    row.refresh_from_db()
    return row.state


# --- Once ---------------------------------------------------------------------------------------


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


# --- Failures -----------------------------------------------------------------------------------


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


def test_rows_go_after_a_month(cast, posted):
    send_mails()
    outbox.post("welcome", cast.bob, about="waits", facts={"credits": 0})
    Mail.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert outbox.forget() == 1
    assert Mail.objects.get().user == cast.bob


# --- A forgotten password -----------------------------------------------------------------------


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


# --- Whose, and in what language ------------------------------------------------------------------


def test_mails_carry_one_portals_name_and_host_and_nothing_of_another(cast, mail_server):
    Tenant.objects.update(owner_name="", support_email="")
    Tenant.objects.filter(slug="aurora").update(sender_address="fans@aurora.example")
    for user in (cast.alice, cast.mallory):
        make_ready(user)
        people.set_password(user, "brand new words")
        people.send_password_reset(user.tenant, user.email)
    send_mails()
    assert len(mail_server.taken) == 6
    for message in mail_server.taken:
        text = message.as_string() + "".join(
            part.get_content() for part in message.walk() if part.get_content_maintype() == "text"
        )
        is_aurora = message["To"] == cast.alice.email
        foreign = ["borealis" if is_aurora else "aurora", "lumiq", "platform", "django"]
        assert not [word for word in foreign if word in text.lower()]
        host = AURORA_HOST if is_aurora else BOREALIS_HOST
        assert f"http://{host}:8000/" in text
        assert message["Message-ID"].endswith(f"@{host}>")
    senders = {message["From"] for message in mail_server.taken}
    assert "Aurora <fans@aurora.example>" in senders


def test_a_mail_is_in_its_receivers_language_whoever_sends_it(cast, settings, posted, tmp_path):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    languages.remember_language(cast.alice, "ar")
    languages.remember_language(cast.alice, "tlh")
    assert User.objects.get(pk=cast.alice.pk).language == "ar"
    with translation.override("en"):
        send_mails()
        assert translation.get_language() == "en"
    [(html, _kind)] = mail.outbox[0].alternatives
    assert '<html lang="ar" dir="rtl">' in html


def test_who_signs_up_gets_mails_in_the_language_of_the_page(cast, settings, visit):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    fields = {"email": "new@example.org", "password": "a good long one"}
    visit().post("/account/sign-up/", fields, headers={"accept-language": "ar"})
    assert User.objects.get(email="new@example.org").language == "ar"


def test_a_closed_account_a_closed_portal_and_one_without_address_get_none(cast):
    closed = [cast.alice, cast.mallory, cast.bob]
    for user in closed:
        outbox.post("welcome", user, about=user.pk, facts={"credits": 0})
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    Tenant.objects.filter(pk=cast.borealis.pk).update(is_active=False)
    cast.aurora.hostnames.all().delete()
    send_mails()
    assert mail.outbox == []
    assert set(Mail.objects.values_list("state", flat=True)) == {State.NEEDLESS}


# --- Choices ------------------------------------------------------------------------------------


def test_the_page_of_the_account_switches_each_kind(cast, visit):
    browser = visit(cast.alice)
    page = browser.get("/account/mails/")
    assert page.content.decode().count(" checked") == len(CHOICES)
    browser.post("/account/mails/", {"wants_ready_mails": "on"})
    cast.alice.refresh_from_db()
    assert [getattr(cast.alice, choice) for choice in CHOICES] == [True, False, False]
    browser.post("/account/mails/", {})
    cast.alice.refresh_from_db()
    assert not any(getattr(cast.alice, choice) for choice in CHOICES)


def test_only_mails_that_can_be_switched_off_say_how(cast):
    make_ready(cast.alice)
    people.send_password_reset(cast.aurora, cast.alice.email)
    send_mails()
    by_subject = {message.subject.split()[0]: message for message in mail.outbox}
    ready, reset = by_subject["Your"], by_subject["Set"]
    address = ready.extra_headers["List-Unsubscribe"].strip("<>")
    assert ready.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address.startswith(f"http://{AURORA_HOST}:8000/account/mails/off/")
    assert address in ready.body
    assert "List-Unsubscribe" not in reset.extra_headers


def test_one_click_switches_off_signed_out_without_cookie_or_token_of_a_form(cast):
    path = off_path(cast.alice)
    browser = Client(headers={"host": AURORA_HOST}, enforce_csrf_checks=True)
    looked = browser.get(path)
    assert looked.status_code == 200
    assert looked.headers["Referrer-Policy"] == "no-referrer"
    cast.alice.refresh_from_db()
    assert cast.alice.wants_ready_mails, "a look changes nothing"
    for _ in range(2):
        assert browser.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    cast.alice.refresh_from_db()
    assert [getattr(cast.alice, choice) for choice in CHOICES] == [False, True, True]
    make_ready(cast.alice)
    send_mails()
    assert mail.outbox == []


def test_the_address_works_on_its_own_portal_only(cast, visit):
    path = off_path(cast.alice)
    assert visit(host=BOREALIS_HOST).post(path).status_code == 404
    for wrong in (path[:-2] + "x/", path.replace("off/", "off/x"), "/account/mails/off/x/"):
        assert visit().post(wrong).status_code == 404
    twin = User.objects.create_user(tenant=cast.borealis, email=cast.alice.email, password=None)
    assert visit(host=BOREALIS_HOST).post(off_path(cast.alice)).status_code == 404
    twin.refresh_from_db()
    assert twin.wants_ready_mails


def off_path(user):
    return "/" + choices.build_off_url(user, "wants_ready_mails").split("/", 3)[3]


# --- The admin ----------------------------------------------------------------------------------


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
