"""What the platform's operators are told: once when it begins, once when it is over."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections, transaction
from django.utils import timezone

from accounts.models import User
from generations import alerts
from generations.alert_advice import ADVICE
from generations.models import Alert, AlertKind
from lumiq_portal import env
from tests.cast import PLATFORM_HOST
from tests.fixtures.site import free_port

pytestmark = pytest.mark.django_db

# No mail of plain text may show this as &amp;.
TITLE = 'LUMIQ refuses the key "R&D"'


@pytest.fixture(autouse=True)
def staff(db):
    return User.objects.create_superuser("staff@example.org", "a long password")


def test_what_lasts_is_mailed_once():
    _refused("Since noon.")
    assert alerts.mail_due() == 1
    _refused("Since noon, and still.")
    assert alerts.mail_due() == 0
    assert len(mail.outbox) == 1
    alert = Alert.objects.get()
    assert alert.text == "Since noon, and still."
    assert alert.last_seen_at > alert.opened_at


def test_the_mail_says_what_happened_what_it_costs_and_what_to_do():
    _refused("LUMIQ answered 401.")
    alerts.mail_due()
    (message,) = mail.outbox
    assert message.subject == f"[platform.localhost] {TITLE}"
    advice = ADVICE[AlertKind.KEY_REFUSED]
    for part in ("LUMIQ answered 401.", advice.cost, advice.remedy):
        assert part in message.body
    pk = Alert.objects.get().pk
    assert f"http://platform.localhost:8000/admin/generations/alert/{pk}/change/" in message.body
    assert message.message().get_content_type() == "text/plain"


def test_the_end_is_mailed_once_and_a_new_beginning_again():
    _refused()
    alerts.mail_due()
    alerts.close(AlertKind.KEY_REFUSED, "key 1")
    alerts.close(AlertKind.KEY_REFUSED, "key 1")
    assert alerts.mail_due() == 1
    assert alerts.mail_due() == 0
    _refused()
    assert alerts.mail_due() == 1
    subjects = [message.subject.partition("] ")[2] for message in mail.outbox]
    assert subjects == [TITLE, f"Over: {TITLE}", TITLE]
    assert Alert.objects.count() == 2


def test_what_is_over_before_it_was_mailed_needs_no_mail():
    _refused()
    alerts.close(AlertKind.KEY_REFUSED, "key 1")
    assert alerts.mail_due() == 0
    assert Alert.objects.get().closed_at is not None


def test_what_was_never_open_can_be_closed():
    alerts.close(AlertKind.DRIFT, "nothing")
    assert not Alert.objects.exists()


def test_two_matters_of_one_kind_are_two_alerts():
    _refused(about="key 1")
    _refused(about="key 2")
    alerts.close(AlertKind.KEY_REFUSED, "key 2")
    assert Alert.objects.still_open().get().about == "key 1"


def test_every_kind_has_its_advice_and_fits_its_column():
    assert set(ADVICE) == set(AlertKind)
    for kind in AlertKind:
        alerts.open(kind, "x", title="It is so\nand so", text="Very much.")
    while alerts.mail_due():
        pass
    assert len(mail.outbox) == len(AlertKind)
    assert mail.outbox[0].subject.endswith("It is so and so")


@pytest.mark.django_db(transaction=True)
def test_parallel_opens_are_one_alert():
    barrier = threading.Barrier(8)
    troubles = []

    def open_in_a_transaction():
        try:
            barrier.wait()
            with transaction.atomic():
                _refused()
                assert Alert.objects.still_open().count() == 1  # the transaction is still whole
        except Exception as error:  # noqa: BLE001 — told by the assertion below
            troubles.append(error)
        finally:
            close_old_connections()

    _in_threads(8, open_in_a_transaction)
    assert troubles == []
    assert Alert.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_parallel_beats_one_sends():
    for number in range(3):
        _refused(about=f"key {number}")
    barrier = threading.Barrier(4)
    sent = []

    def mail_at_once():
        try:
            barrier.wait()
            sent.append(alerts.mail_due())
        finally:
            close_old_connections()

    _in_threads(4, mail_at_once)
    assert sum(sent) == 3
    assert len(mail.outbox) == 3


def test_a_rolled_back_transaction_opens_nothing():
    with transaction.atomic():
        _refused()
        transaction.set_rollback(True)
    assert alerts.mail_due() == 0
    assert not Alert.objects.exists()


def test_only_the_platforms_active_staff_are_told_all_in_one_mail(cast, staff):
    User.objects.create_superuser("second@example.org", "a long password")
    User.objects.create_superuser("gone@example.org", "a long password", is_active=False)
    User.objects.create_user(tenant=None, email="no-staff@example.org", password=None)
    _refused()
    alerts.mail_due()
    (message,) = mail.outbox
    assert message.recipients() == ["staff@example.org", "second@example.org"]


def test_where_nobody_can_be_told_the_alert_waits_for_somebody(staff):
    User.objects.filter(pk=staff.pk).update(is_active=False)
    _refused()
    assert alerts.mail_due() == 0
    assert Alert.objects.get().mail_tries == 0
    User.objects.filter(pk=staff.pk).update(is_active=True)
    assert alerts.mail_due() == 1


def test_a_mail_server_that_is_away_loses_nothing_and_holds_up_one_try(settings):
    _refused(about="key 1")
    _refused(about="key 2")
    here = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert alerts.mail_due() == 0
    assert _waits_seconds() == pytest.approx([120, 120], abs=10)
    assert alerts.mail_due() == 0
    assert _waits_seconds() == pytest.approx([120, 120], abs=10)  # nothing was tried again
    _let_time_pass()
    assert alerts.mail_due() == 0
    assert _waits_seconds() == pytest.approx([240, 240], abs=10)
    settings.EMAIL_BACKEND = here
    assert alerts.mail_due() == 0  # not before its time
    _let_time_pass()
    assert alerts.mail_due() == 2
    assert len(mail.outbox) == 2


def test_a_pass_sends_a_few_mails_only():
    for number in range(5):
        _refused(about=f"key {number}")
    assert alerts.mail_due() == alerts.AT_ONCE == 3
    assert alerts.mail_due() == 2


def test_each_threshold_is_told_once_on_the_way_down(settings):
    settings.LUMIQ_BALANCE_ALERTS = (2000, 500)
    for balance in (5000, 2000, 1999, 1500, 501):
        alerts.check_balance("shop@example.org", balance)
    assert _open_balances() == ["shop@example.org:2000"]
    alerts.check_balance("shop@example.org", 410)
    assert _open_balances() == ["shop@example.org:2000", "shop@example.org:500"]
    alerts.check_balance("shop@example.org", 1000)
    assert _open_balances() == ["shop@example.org:2000"]
    assert Alert.objects.still_open().get().text == "The account shop@example.org has 1000 credits."
    alerts.check_balance("shop@example.org", 9000)
    assert _open_balances() == []


def test_a_threshold_that_is_not_set_any_more_is_closed():
    alerts.check_balance("a", 10, (500, 100))
    alerts.check_balance("ab", 10, (500,))
    alerts.check_balance("a", 10, (100,))
    assert _open_balances() == ["a:100", "ab:500"]


@pytest.mark.parametrize(
    "text", ["500,2000", "500,500", "500,", "500,0", "2000000000,500", "-500", "5.5", "few", ","]
)
def test_malformed_thresholds_are_refused(monkeypatch, text):
    monkeypatch.setenv("LUMIQ_BALANCE_ALERTS", text)
    with pytest.raises(ImproperlyConfigured, match=f"LUMIQ_BALANCE_ALERTS must .* not '{text}'"):
        _read_thresholds()


@pytest.mark.parametrize(
    ("text", "numbers"), [("", (7,)), ("900", (900,)), ("10000, 2000,500", (10_000, 2000, 500))]
)
def test_thresholds_are_read(monkeypatch, text, numbers):
    monkeypatch.setenv("LUMIQ_BALANCE_ALERTS", text)
    assert _read_thresholds() == numbers


def test_the_admin_lists_alerts_open_ones_first_and_changes_none(staff, visit):
    alerts.open(AlertKind.DRIFT, "a", title="The older one", text="It is so.")
    alerts.open(AlertKind.DRIFT, "b", title="The newer one", text="It was so.")
    alerts.close(AlertKind.DRIFT, "b")
    client = visit(staff, PLATFORM_HOST)
    page = client.get("/admin/generations/alert/").content.decode()
    assert 0 < page.index("The older one") < page.index("The newer one")
    pk = Alert.objects.get(about="a").pk
    page = client.get(f"/admin/generations/alert/{pk}/change/").content.decode()
    assert ADVICE[AlertKind.DRIFT].remedy.split("`")[0] in page
    assert client.post(f"/admin/generations/alert/{pk}/change/", {}).status_code == 403
    assert client.get("/admin/generations/alert/add/").status_code == 403


def _refused(text="LUMIQ answered 401.", *, about="key 1"):
    alerts.open(AlertKind.KEY_REFUSED, about, title=TITLE, text=text)


def _in_threads(times, act):
    threads = [threading.Thread(target=act) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _let_time_pass():
    Alert.objects.update(mail_due_at=timezone.now() - timedelta(seconds=1))


def _waits_seconds():
    due = Alert.objects.values_list("mail_due_at", flat=True)
    return [(at - timezone.now()).total_seconds() for at in due]


def _open_balances():
    rows = Alert.objects.still_open().filter(kind=AlertKind.BALANCE_LOW)
    return sorted(rows.values_list("about", flat=True))


def _read_thresholds():
    return env.read_falling_numbers(
        "LUMIQ_BALANCE_ALERTS", default=(7,), lowest=1, highest=1_000_000_000
    )
