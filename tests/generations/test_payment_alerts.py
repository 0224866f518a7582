"""What purchases and Stripe accounts need people for is mailed once until it is over."""

import pytest
from django.core import mail
from django.utils import timezone

from accounts import connected_accounts, ledger, purchases
from accounts.models import Purchase, StripeAccount, User
from generations import alerts, beat, payment_alerts
from generations.doctor.alerts import check_alerts
from generations.models import Alert, AlertKind
from tests.cast import PLATFORM_HOST
from tests.fixtures.payments import build_pack, connect

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def staff(db):
    return User.objects.create_superuser("staff@example.org", "a long password")


@pytest.fixture
def mismatch(shop):
    """A purchase whose session is not what was sold."""
    purchase = shop.start()
    other = shop.start(pack=build_pack(shop.cast.aurora, name="Cheap", amount_minor=100))
    session_id, _ = other.session_id, purchases.cancel(other)
    Purchase.objects.filter(pk=other.pk).update(session_id=None)
    Purchase.objects.filter(pk=purchase.pk).update(session_id=session_id)
    return purchases.settle(purchase.pk)


def test_a_mismatch_is_told_until_somebody_has_looked_into_it(mismatch, staff, visit):
    assert (mismatch.reason, mismatch.trouble) == ("mismatch", "mismatch")
    for _ in range(2):
        beat.run_pass(inline=True)
    assert told() == [f"{AlertKind.PURCHASE_MISMATCH.label}: Aurora"]
    assert str(mismatch.pk) in mail.outbox[0].body
    client = visit(staff, PLATFORM_HOST)
    chosen = {"action": "end_trouble", "_selected_action": [mismatch.pk]}
    page = client.post("/admin/accounts/purchase/", chosen, follow=True).content.decode()
    assert "Looked into: 1." in page
    beat.run_pass(inline=True)
    assert told()[-1] == f"Over: {AlertKind.PURCHASE_MISMATCH.label}: Aurora"


def test_credits_that_are_missing_are_told_until_they_are_there(shop, cast):
    purchase = shop.start()
    purchases.close(purchase.pk, Purchase.Status.EXPIRED, Purchase.Reason.TIME)
    shop.stripe.pay(purchase.session_id)
    ledger.allocate_to_user(cast.bob, 90_000, reference="all")
    assert purchases.settle(purchase.pk).trouble == "short"
    assert payment_alerts.review() == 1
    alerts.mail_due()
    ledger.allocate_to_tenant(cast.aurora, 600, reference="more")
    purchases.settle(purchase.pk)
    assert payment_alerts.review() == 0
    alerts.mail_due()
    title = f"{AlertKind.PURCHASE_SHORT.label}: Aurora"
    assert told() == [title, f"Over: {title}"]


def test_an_account_that_stops_is_told_until_another_is_ready(shop, cast):
    account = connect(shop)
    assert payment_alerts.review() == 0
    shop.stripe.deauthorize(account)
    connected_accounts.refresh(account)
    assert payment_alerts.review() == 1
    [finding] = [f for f in check_alerts() if f.figures.get("kind") == AlertKind.ACCOUNT_STOPPED]
    assert account in finding.figures["about"]
    alerts.mail_due()
    StripeAccount.objects.update(replaced_at=timezone.now())
    connect(shop)
    assert payment_alerts.review() == 0
    assert Alert.objects.still_open().count() == 0
    assert told() == ["Aurora can't take payments any more"]


def told():
    return [m.subject.partition("] ")[2] for m in mail.outbox if "staff@example.org" in m.to]
