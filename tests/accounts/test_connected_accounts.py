"""Portals that sell through a Stripe account of their own: connected, stopped, replaced."""

import json
import re
import time
import uuid

import pytest
import requests
import stripe
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import connected_accounts, jobs, ledger, money, packs, purchases, stripe_events
from accounts.errors import NotOnSale, StripeUnreachable
from accounts.models import Purchase, StripeAccount, StripeEvent, Tenant, User
from accounts.payments import AccountFacts
from generations.audit import audit_all
from tests.cast import AURORA_HOST, BOREALIS_HOST, build_user, send_mails
from tests.fixtures.local_stripe import CONNECT_WEBHOOK_SECRET
from tests.fixtures.payments import connect

pytestmark = pytest.mark.django_db

PAGE = "/admin/accounts/stripeaccount/"
ONBOARDING, RETURN = f"{PAGE}onboarding/", f"{PAGE}return/"
State = StripeAccount.State


@pytest.fixture
def own(shop, cast):
    """Aurora is to sell through its own account; none is connected yet."""
    Tenant.objects.filter(pk=cast.aurora.pk).update(seller=Tenant.Seller.OWN, fee_basis_points=250)
    cast.aurora.refresh_from_db()
    return shop


@pytest.fixture
def staff(cast, visit):
    return visit(cast.olga)


@pytest.fixture
def sold(own, cast):
    """Sold through Aurora's own account, with a fee of 2.5 %."""
    connect(own, fee=250)
    return own.buy()


def test_onboarding_is_walked_through_at_stripe(own, cast, staff):
    assert state_on(staff) == "Not begun"
    assert not packs.sells_credits(cast.aurora)
    link = begin(staff)
    account = StripeAccount.objects.get()
    assert (account.tenant, account.state) == (cast.aurora, State.DETAILS)
    assert "olga@example.org" in requests.get(link, timeout=10).text
    assert leave(link, "later") == f"http://{AURORA_HOST}{RETURN}"
    assert staff.get(RETURN).headers["Location"] == PAGE
    assert state_on(staff) == "Details are missing"
    again = staff.post(ONBOARDING, {"resume": "1"}).headers["Location"]
    requests.get(again, timeout=10)
    leave(again, "complete")
    staff.get(RETURN)
    assert state_on(staff) == "Ready"
    assert StripeAccount.objects.get().was_ready
    assert packs.account_of(cast.aurora) == account.account_id
    made = own.stripe.client().v1.accounts.retrieve(account.account_id)
    assert (made.country, made.controller.fees.payer) == ("DE", "account")
    assert made.metadata["tenant"] == str(cast.aurora.pk)


def test_a_link_that_was_used_leads_to_a_new_one(own, staff):
    link = begin(staff)
    requests.get(link, timeout=10)
    back = requests.get(link, allow_redirects=False, timeout=10).headers["Location"]
    assert back == f"http://{AURORA_HOST}{ONBOARDING}"
    new = staff.get(ONBOARDING).headers["Location"]
    assert new.startswith(f"{own.stripe.url}/onboard/")
    assert new != link
    assert StripeAccount.objects.count() == 1


def test_a_form_that_is_sent_twice_connects_one_account(own, cast, staff):
    form = {"country": "de", "key": str(uuid.uuid4())}
    for _ in range(2):
        staff.post(ONBOARDING, form)
    staff.post(ONBOARDING, {**form, "key": str(uuid.uuid4())})  # of a page from before
    assert StripeAccount.objects.count() == 1
    assert len(own.stripe.client().v1.accounts.list().data) == 1


@pytest.mark.parametrize("country", ["", "D", "DEU", "1x"])
def test_a_country_that_cannot_be_is_told_in_the_form(own, staff, country):
    answer = staff.post(ONBOARDING, {"country": country, "key": str(uuid.uuid4())})
    assert answer.status_code == 200
    assert answer.context["form"].errors["country"]
    assert not StripeAccount.objects.exists()


def test_while_stripe_is_away_nothing_changes(own, staff):
    own.stripe.fault("reset", times=2, calls="POST /v1/accounts")
    answer = staff.post(ONBOARDING, {"country": "DE", "key": str(uuid.uuid4())}, follow=True)
    assert "We could not reach Stripe" in answer.content.decode()
    assert not StripeAccount.objects.exists()


def test_a_portal_that_the_platform_sells_for_connects_nothing(shop, cast, staff):
    assert "The platform sells for you" in staff.get(PAGE).content.decode()
    answer = staff.post(ONBOARDING, {"country": "DE", "key": str(uuid.uuid4())})
    assert answer.headers["Location"] == PAGE
    assert not StripeAccount.objects.exists()
    assert packs.account_of(cast.aurora) == ""


def test_one_portal_never_sees_anothers_account(own, cast, staff, visit):
    begin(staff)
    build_user(cast.borealis, "otto@example.org", is_tenant_staff=True)
    other = visit(User.objects.get(email="otto@example.org"), BOREALIS_HOST)
    account = StripeAccount.objects.get()
    assert account.account_id not in other.get(PAGE).content.decode()
    assert other.get(f"{PAGE}{account.pk}/change/").status_code == 302
    assert other.post(ONBOARDING, {"resume": "1"}).headers["Location"] == PAGE


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (AccountFacts(can_charge=False, has_details=False, is_wanted_more=True), State.DETAILS),
        (AccountFacts(can_charge=False, has_details=True, is_wanted_more=False), State.REVIEW),
        (AccountFacts(can_charge=False, has_details=True, is_wanted_more=True), State.RESTRICTED),
        (AccountFacts(can_charge=True, has_details=True, is_wanted_more=False), State.READY),
        (AccountFacts(can_charge=True, has_details=True, is_wanted_more=True), State.READY),
    ],
)
def test_how_an_account_stands_follows_from_what_stripe_says(facts, state):
    assert connected_accounts.state_of(facts) == state


def test_an_account_that_is_not_ready_sells_nothing(own, cast, staff, visit):
    begin(staff)
    with pytest.raises(NotOnSale):
        purchases.start(cast.alice, own.pack.pk, nonce=uuid.uuid4())
    page = visit(cast.alice).get("/wallet/buy/").content.decode()
    assert "Payments are being set up here" in page
    assert "Buy for" not in page


def test_a_pack_is_sold_on_the_portals_own_account_with_the_platforms_fee(own, cast, sold):
    account = StripeAccount.objects.get().account_id
    assert (sold.status, sold.stripe_account, sold.fee_minor) == ("paid", account, 25)
    client = own.stripe.client()
    assert client.v1.charges.list().data == []
    (charge,) = client.v1.charges.list({}, {"stripe_account": account}).data
    assert (charge.amount, charge.application_fee_amount) == (1000, 25)
    assert ledger.balance_of(cast.alice).available == 600
    assert audit_all().problems == []


def test_a_refund_gives_the_fee_back_in_the_same_proportion(own, cast, sold):
    purchases.refund(sold, 500, key=uuid.uuid4())
    (fee,) = own.stripe.client().v1.application_fees.list().data
    assert (fee.amount, fee.amount_refunded) == (25, 12)
    assert ledger.balance_of(cast.alice).available == 300


@pytest.mark.parametrize(
    ("amount", "points", "currency", "fee"),
    [
        (1000, 250, "usd", 25), (999, 250, "usd", 25), (19, 250, "usd", 0), (20, 250, "usd", 1),
        (1000, 0, "usd", 0), (1000, 10_000, "usd", 1000), (1, 9_999, "usd", 1),
        (1500, 333, "jpy", 50), (4500, 250, "kwd", 110), (120_000, 33, "isk", 400),
    ],
)  # fmt: skip
def test_a_fee_is_rounded_to_what_can_be_charged(amount, points, currency, fee):
    assert money.share_of(amount, points, currency) == fee


def test_the_database_refuses_a_fee_beyond_the_price_or_on_the_platforms_account(shop, cast):
    purchase = shop.start()
    for fields in ({"fee_minor": 1}, {"fee_minor": 1001, "stripe_account": "acct_x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Purchase.objects.filter(pk=purchase.pk).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Tenant.objects.update(fee_basis_points=10_001)


def test_events_of_the_account_come_through_their_own_address(own, cast, client):
    account = connect(own)
    purchase = own.start()
    own.stripe.pay(purchase.session_id)
    tell(client, account, "checkout.session.completed", {"id": purchase.session_id})
    purchase.refresh_from_db()
    assert purchase.status == "paid"
    own.stripe.restrict_account(account)
    tell(client, account, "account.updated", {"id": account, "charges_enabled": True})
    assert StripeAccount.objects.get().state == State.RESTRICTED, (
        "what an event says is not believed"
    )
    assert not packs.sells_credits(cast.aurora)
    own.stripe.complete_account(account)
    tell(client, account, "account.updated", {"id": account})
    assert packs.sells_credits(cast.aurora)


def test_events_of_a_foreign_account_are_refused(own, cast, client):
    connect(own)
    stranger = own.stripe.client().v1.accounts.create({"type": "standard"}).id
    assert post(client, stranger, "account.updated", {"id": stranger}).status_code == 400
    assert not StripeEvent.objects.exists()


def test_a_purchase_is_not_settled_by_another_portals_account(own, cast, client):
    connect(own)
    theirs = connect(own, cast.borealis)
    purchase = own.start()
    own.stripe.pay(purchase.session_id)
    tell(client, theirs, "checkout.session.completed", {"id": purchase.session_id})
    purchase.refresh_from_db()
    assert purchase.status == "open"
    assert StripeEvent.objects.get().outcome == "no purchase of ours"


def test_a_deauthorised_account_closes_the_shop_and_its_staff_are_told_once(own, cast, client):
    account = connect(own)
    purchase = own.start()
    own.stripe.deauthorize(account)
    tell(client, account, "account.application.deauthorized", {"id": "ca_x"})
    assert not packs.sells_credits(cast.aurora)
    purchase.refresh_from_db()
    assert purchase.due_at <= timezone.now(), "what is open is looked at"
    Purchase.objects.update(expires_at=timezone.now())
    jobs.purchase(str(purchase.pk))
    purchase.refresh_from_db()
    assert (purchase.status, purchase.reason) == ("failed", "account")
    assert ledger.pool_of(cast.aurora) == 90_000
    assert [connected_accounts.tell_staff() for _ in range(2)] == [1, 0]
    send_mails()
    [message] = mail.outbox
    assert message.to == ["olga@example.org"]
    assert message.subject == "Aurora can’t take payments any more"
    assert account in message.body
    assert f"http://{AURORA_HOST}:8000{PAGE}" in message.body
    assert [kind for _, kind in message.alternatives] == ["text/html"]


def test_a_restriction_is_told_too_and_anew_after_it_was_over(own, cast):
    account = connect(own)
    for _ in range(2):
        own.stripe.restrict_account(account)
        connected_accounts.refresh(account)
        assert connected_accounts.tell_staff() == 1
        own.stripe.complete_account(account)
        connected_accounts.refresh(account)
        assert connected_accounts.tell_staff() == 0


def test_what_is_over_before_the_mail_goes_out_is_not_told(own, cast):
    account = connect(own)
    own.stripe.restrict_account(account)
    connected_accounts.refresh(account)
    assert connected_accounts.tell_staff() == 1
    own.stripe.complete_account(account)
    connected_accounts.refresh(account)
    send_mails()
    assert mail.outbox == []


def test_a_loss_that_nobody_told_of_is_seen_within_the_hour(own, cast):
    account = connect(own)
    own.stripe.deauthorize(account)
    stripe_events.reconcile(StripeAccount.objects.get().pk)
    assert not packs.sells_credits(cast.aurora)


def test_a_key_without_a_permission_loses_no_account(own):
    """A restricted key's 403 names no account: all shops would close at once."""
    account = connect(own)
    own.stripe.fault("forbidden", calls=f"GET /v1/accounts/{account}")
    with pytest.raises(StripeUnreachable):
        connected_accounts.refresh(account)
    assert StripeAccount.objects.get().deauthorised_at is None


def test_another_account_takes_over_and_old_sales_stay_with_the_old_one(own, cast, staff, sold):
    old = StripeAccount.objects.get()
    link = begin(staff, replaces=old.pk)
    assert not packs.sells_credits(cast.aurora), "the shop is closed until the new one is ready"
    requests.get(link, timeout=10)
    leave(link, "complete")
    staff.get(RETURN)
    new = connected_accounts.current_of(cast.aurora)
    assert new.pk != old.pk
    assert own.buy().stripe_account == new.account_id
    purchases.refund(sold, 1000, key=uuid.uuid4())
    assert own.stripe.requests()[-2]["account"] == old.account_id
    assert own.stripe.requests()[-1]["account"] == old.account_id
    assert ledger.balance_of(cast.alice).available == 600
    page = staff.get(PAGE).content.decode()
    assert old.account_id in page
    assert audit_all().problems == []


def test_a_dispute_on_the_old_account_is_heard_of(own, cast, staff, sold, client):
    old = StripeAccount.objects.get()
    begin(staff, replaces=old.pk)
    own.stripe.dispute(sold.session_id)
    tell(client, old.account_id, "charge.dispute.created", {"payment_intent": sold.payment_intent})
    sold.refresh_from_db()
    assert sold.shown_state == "disputed"
    assert ledger.balance_of(cast.alice).available == 0


def test_back_on_the_platforms_account_the_shop_sells_there(own, cast, sold):
    Tenant.objects.update(seller=Tenant.Seller.PLATFORM)
    cast.alice.tenant.refresh_from_db()
    purchase = own.buy()
    assert (purchase.stripe_account, purchase.fee_minor) == ("", 0)
    assert purchases.settle(sold.pk).status == "paid"


def begin(staff, *, replaces=""):
    """Where the tenant's staff are sent to."""
    form = {"country": "DE", "key": str(uuid.uuid4()), "replaces": replaces}
    answer = staff.post(ONBOARDING, form)
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.headers["Location"]


def leave(link, choice):
    """What the person does at Stripe; where that leads back to."""
    answer = requests.post(link, {"choice": choice}, allow_redirects=False, timeout=10)
    return answer.headers["Location"]


def state_on(staff):
    [state] = re.findall(r'class="money-state">([^<]+)<', staff.get(PAGE).content.decode())
    return state.strip()


def post(client, account, kind, about):
    body = json.dumps(
        {
            "id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": kind, "account": account,
            "livemode": False, "data": {"object": about},
        }
    )  # fmt: skip
    signature = stripe.WebhookSignature.generate_signature_header(
        body, CONNECT_WEBHOOK_SECRET, timestamp=int(time.time())
    )
    return client.post(
        "/hooks/stripe/connect/", body, content_type="application/json",
        headers={"stripe-signature": signature},
    )  # fmt: skip


def tell(client, account, kind, about):
    """As Stripe does; and what the workers do then."""
    assert post(client, account, kind, about).status_code == 200
    for event in StripeEvent.objects.due():
        jobs.stripe_event(str(event.pk))
