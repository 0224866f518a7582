"""A low wallet is told to its user and a low pool to the staff: each threshold once, on the way
down."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import ledger
from accounts.models import Mail, Tenant, User
from accounts.models.tenant import validate_thresholds
from generations import low_balances
from generations.beat import run_pass
from generations.models import BalanceNotice, BalanceWatch
from tests.cast import AURORA_HOST, build_tenant, build_user, give, send_mails

pytestmark = pytest.mark.django_db

ALICE, OLGA = "alice@example.org", "olga@example.org"


@pytest.fixture(autouse=True)
def _watching(cast):
    low_balances.watch()


@pytest.mark.parametrize(
    ("balance", "told", "after"),
    [
        (2500, None, (None, False)),
        (2000, None, (None, False)),  # not below it
        (1999, None, (2000, True)),
        (1999, 2000, (2000, False)),
        (90, None, (100, True)),  # one mail, not three
        (90, 2000, (100, True)),
        (100, 100, (100, False)),  # not above it
        (101, 100, (500, False)),
        (700, 100, (2000, False)),
        (2001, 100, (None, False)),
        (300, 900, (500, True)),  # a threshold that is not set any more
        (950, 900, (2000, False)),
    ],
)
def test_each_threshold_is_told_once_until_the_balance_is_above_it(balance, told, after):
    assert low_balances.judge(balance, told, (2000, 500, 100)) == after


def test_without_thresholds_nothing_is_told():
    assert low_balances.judge(0, None, ()) == (None, False)


def test_a_user_is_told_below_two_videos_and_below_one(cast):
    give(cast.alice, 300)
    assert told_after(cast.alice, spends=90) == []
    assert told_after(cast.alice, spends=90) == [ALICE]
    assert told_after(cast.alice, spends=10) == []
    assert told_after(cast.alice, spends=90) == [ALICE]
    assert told_after(cast.alice, spends=20) == []
    give(cast.alice, 300)
    assert told() == []
    assert told_after(cast.alice, spends=290) == [ALICE]


def test_the_mail_says_what_is_left_what_it_buys_and_what_to_do(cast):
    Tenant.objects.update(support_email="help@example.org", owner_name="FC Aurora & friends")
    give(cast.alice, 270)
    assert told_after(cast.alice, spends=180) == [ALICE]
    [message] = mail.outbox
    assert message.subject == "Aurora: you have 90 credits left"
    assert "You have 90 credits left at Aurora. That is enough for 1 video of 90 credits." in (
        " ".join(message.body.split())
    )
    assert "FC Aurora & friends can add credits to your wallet: help@example.org" in message.body
    assert f"http://{AURORA_HOST}:8000/wallet/" in message.body
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    assert "FC Aurora &amp; friends" in html
    assert f'href="http://{AURORA_HOST}:8000/wallet/"' in html
    told_after(cast.alice, spends=60)
    assert "A football fan video costs 90 credits: that is too few for one." in mail.outbox[0].body


def test_who_never_had_more_is_told_nothing(cast):
    give(cast.alice, 90)
    assert told() == []
    assert told_after(cast.alice, spends=90) == [ALICE]


def test_what_was_low_before_the_first_pass_is_no_news(cast):
    BalanceWatch.objects.all().delete()
    give(cast.alice, 300)
    spend(cast.alice, 250)
    assert told() == []
    assert told_after(cast.alice, spends=10) == [ALICE]


def test_who_wants_no_mails_gets_none(cast, visit):
    browser = visit(cast.alice)
    page = browser.get("/wallet/").content.decode()
    assert "You get a mail when your credits run low." in page
    assert 'href="/account/mails/"' in page
    browser.post("/account/mails/", {})
    page = browser.get("/wallet/").content.decode()
    assert "You get no mails when your credits run low." in page
    give(cast.alice, 300)
    assert told_after(cast.alice, spends=300) == []
    browser.post("/account/mails/", {"wants_balance_mails": "on"})
    assert User.objects.get(pk=cast.alice.pk).wants_balance_mails
    assert told() == []  # what it was is over


def test_the_closed_and_the_shut_are_told_nothing(cast):
    for user in (cast.alice, cast.bob):
        give(user, 300)
        spend(user, 300)
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    Tenant.objects.filter(pk=cast.aurora.pk).update(is_active=False)
    assert told() == []


def test_who_may_draw_on_a_pool_is_not_short(cast):
    club = build_tenant("Club", "club.localhost", pool=9000, credit_mode="shared")
    fan = build_user(club, "fan@example.org")
    give(fan, 300)
    assert told_after(fan, spends=300) == []


def test_credits_that_came_before_the_mail_make_it_needless(cast):
    give(cast.alice, 300)
    spend(cast.alice, 300)
    low_balances.watch()
    give(cast.alice, 300)
    assert low_balances.mail_due() == 1
    send_mails()
    assert mail.outbox == []


def test_all_staff_of_the_tenant_are_told_of_a_low_pool(cast):
    build_user(cast.aurora, "otto@example.org", is_tenant_staff=True)
    build_user(cast.aurora, "gone@example.org", is_tenant_staff=True, is_active=False)
    drain(cast.aurora, 2000)
    assert told() == []
    drain(cast.aurora, 499)
    assert told() == [OLGA, "otto@example.org"]
    assert mail.outbox[0].subject == "Aurora: 499 credits left in the pool"
    assert "has 499 credits left: 5 videos of 90 credits." in mail.outbox[0].body
    assert f"/admin/accounts/tenant/{cast.aurora.pk}/change/" in mail.outbox[0].body
    drain(cast.aurora, 300)
    assert told() == []
    drain(cast.aurora, 0)
    assert told() == [OLGA, "otto@example.org"]


def test_the_thresholds_of_a_pool_are_its_tenants(cast):
    Tenant.objects.filter(pk=cast.aurora.pk).update(pool_alerts="50000")
    Tenant.objects.filter(pk=cast.borealis.pk).update(pool_alerts="")
    drain(cast.aurora, 49_999)
    drain(cast.borealis, 0)
    assert told() == [OLGA]


@pytest.mark.parametrize("text", ["", "5", "2000, 500,100"])
def test_thresholds_are_taken(text):
    validate_thresholds(text)


@pytest.mark.parametrize("text", ["a", "1,2", "5,5", "5,0", "-1", "5,", "1.5", "9999999999"])
def test_malformed_thresholds_are_refused(text):
    with pytest.raises(ValidationError):
        validate_thresholds(text)


def test_of_two_beats_one_tells(cast):
    give(cast.alice, 300)
    spend(cast.alice, 300)
    low_balances.watch()
    [notice] = BalanceNotice.objects.filter(mail_due_at__isnull=False)
    assert low_balances._tell(notice)
    assert not low_balances._tell(notice)
    assert Mail.objects.count() == 1


def test_a_notice_of_yesterday_is_not_told(cast):
    give(cast.alice, 300)
    spend(cast.alice, 300)
    low_balances.watch()
    BalanceNotice.objects.update(fell_at=timezone.now() - timedelta(days=1, seconds=1))
    assert low_balances.mail_due() == 0


def test_many_legs_are_looked_at_bit_by_bit(cast, monkeypatch):
    monkeypatch.setattr(low_balances, "AT_ONCE", 6)
    monkeypatch.setattr(low_balances, "SEEN_AGAIN", 2)
    give(cast.alice, 300)
    for _ in range(3):
        spend(cast.alice, 30)
        spend(cast.alice, 60)
    for _ in range(6):
        low_balances.watch()
    low_balances.mail_due()
    send_mails()
    assert len(mail.outbox) == 1
    assert low_balances.watch() == 0


def test_beat_watches_and_an_order_asks_the_database_nothing_for_it(cast):
    give(cast.alice, 300)
    spend(cast.alice, 200)
    run_pass(inline=True)
    assert [message.to for message in mail.outbox] == [[ALICE]]


def spend(user, credits):
    ledger.hold(user, credits, generation_id=uuid.uuid4())


def drain(tenant, left):
    ledger.reserve(tenant, ledger.pool_of(tenant) - left, reference=str(uuid.uuid4()))


def told():
    """Who gets a mail by what has happened since the last time."""
    mail.outbox.clear()
    low_balances.watch()
    low_balances.mail_due()
    send_mails()
    return [address for message in mail.outbox for address in message.to]


def told_after(user, *, spends):
    spend(user, spends)
    return told()
