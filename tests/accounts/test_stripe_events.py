"""Events as Stripe sends them: signed, repeated, reordered, lost; and what others send as such."""

import json
import time
from datetime import timedelta

import pytest
import stripe
from django.utils import timezone

from accounts import jobs, ledger, packs, payment_duties, purchases, stripe_events
from accounts.models import Purchase, StripeAccount, StripeEvent
from generations import beat
from tests.cast import AURORA_HOST
from tests.fixtures.local_stripe import CONNECT_WEBHOOK_SECRET, WEBHOOK_SECRET
from tests.fixtures.payments import connect

pytestmark = pytest.mark.django_db(transaction=True)

PLATFORM, CONNECT = "/hooks/stripe/", "/hooks/stripe/connect/"
ACCOUNT = "acct_aurora"


@pytest.fixture
def hooked(shop, live_server, redis):
    """The local Stripe sends what happens to the portal."""
    shop.stripe.send_events_to(live_server.url + PLATFORM, connect=live_server.url + CONNECT)
    return shop


def test_a_payment_is_credited_by_its_event(hooked, cast):
    purchase = hooked.start()
    hooked.stripe.pay(purchase.session_id)
    wait_for_events(1)
    assert purchase_of(purchase).status == "open", "the request that brought it only stores it"
    work()
    assert purchase_of(purchase).status == "paid"
    assert ledger.balance_of(cast.alice).available == 600
    event = StripeEvent.objects.get()
    assert (event.type, event.outcome) == (
        "checkout.session.completed", f"purchase {purchase.pk} is paid",
    )  # fmt: skip
    assert event.processed_at is not None


def test_events_in_any_order_and_number_come_to_the_same(hooked, cast):
    hooked.stripe.knobs(hold=True, duplicate=2)
    purchase = hooked.start()
    hooked.stripe.pay(purchase.session_id)
    client = hooked.stripe.client()
    session = client.v1.checkout.sessions.retrieve(purchase.session_id)
    client.v1.refunds.create({"payment_intent": session.payment_intent, "amount": 500})
    hooked.stripe.win(hooked.stripe.dispute(purchase.session_id)["id"])
    hooked.stripe.release(is_reversed=True)
    told = {event.id for event in client.v1.events.list().data}
    wait_for_events(len([e for e in client.v1.events.list().data if e.type in stripe_events.TYPES]))
    assert {event.event_id for event in StripeEvent.objects.all()} <= told
    for _ in range(2):
        work()
    assert ledger.balance_of(cast.alice).available == 300
    assert ledger.pool_of(cast.aurora) == 90_000 - 300


def test_an_event_that_never_came_is_fetched(hooked, cast):
    hooked.stripe.send_events_to("")
    purchase = hooked.start()
    hooked.stripe.pay(purchase.session_id)
    payment_duties.wake(inline=True)
    work()
    assert purchase_of(purchase).status == "paid"
    assert StripeAccount.objects.get().reconciled_at is not None
    shown = StripeEvent.objects.count()
    StripeAccount.objects.update(due_at=timezone.now())
    assert stripe_events.reconcile(StripeAccount.objects.get().pk) == 0
    assert StripeEvent.objects.count() == shown


def test_reconciliation_goes_back_over_a_long_outage(hooked, cast):
    hooked.stripe.send_events_to("")
    purchase = hooked.buy()
    long_ago = timezone.now() - timedelta(days=20)
    StripeAccount.objects.create(reconciled_at=long_ago)
    hooked.stripe.client().v1.refunds.create({"payment_intent": purchase.payment_intent})
    assert stripe_events.reconcile(StripeAccount.objects.get().pk) > 0
    work()
    assert ledger.balance_of(cast.alice).available == 0


def test_beat_finishes_what_nobody_told_us_of(hooked, cast):
    hooked.stripe.send_events_to("")
    purchase = hooked.start()
    hooked.stripe.expire(purchase.session_id)
    Purchase.objects.update(due_at=timezone.now())
    assert beat.run_pass(inline=True)["payments"] >= 1
    assert purchase_of(purchase).status == "expired"
    assert ledger.pool_of(cast.aurora) == 90_000


def test_beat_wakes_workers_for_what_is_due(hooked, redis):
    Purchase.objects.filter(pk=hooked.start().pk).update(due_at=timezone.now())
    StripeAccount.objects.create()
    assert payment_duties.wake() == 2
    job_ids = b" ".join(redis.lrange("rq:queue:outbound", 0, -1)).decode()
    assert "purchase-" in job_ids
    assert "reconcile_stripe-" in job_ids


def test_an_event_waits_while_stripe_is_away(hooked, cast):
    purchase = hooked.start()
    hooked.stripe.pay(purchase.session_id)
    wait_for_events(1)
    hooked.stripe.fault("reset", times=2, calls="GET /v1/checkout")
    work()
    event = StripeEvent.objects.get()
    assert event.processed_at is None
    assert event.due_at > timezone.now()
    StripeEvent.objects.update(due_at=timezone.now())
    work()
    assert purchase_of(purchase).status == "paid"


def test_old_events_are_forgotten(shop):
    for days, processed in [(61, timezone.now()), (61, None), (59, timezone.now())]:
        StripeEvent.objects.create(
            event_id=f"evt_{days}{bool(processed)}", type="x", payload={}, processed_at=processed,
            received_at=timezone.now() - timedelta(days=days),
        )  # fmt: skip
    assert stripe_events.forget() == 1


def test_a_repeated_event_is_stored_once(shop, client):
    body = build_event(shop.start())
    for _ in range(3):
        assert send(client, body).status_code == 200
    assert StripeEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("secret", "age"),
    [("whsec_of_somebody_else", 0), (CONNECT_WEBHOOK_SECRET, 0), (WEBHOOK_SECRET, 301),
     (WEBHOOK_SECRET, -320)],
    ids=["forged", "the other address's", "stale", "from the future"],
)  # fmt: skip
def test_what_stripe_did_not_just_sign_is_refused(shop, client, caplog, secret, age):
    answer = send(client, build_event(shop.start()), secret=secret, age=age)
    assert answer.status_code == 400
    assert StripeEvent.objects.count() == 0
    assert "Stripe event refused" in caplog.text
    assert "whsec" not in caplog.text


@pytest.mark.parametrize(
    "signature",
    ["", "t=1", "v1=abc", "t=x,v1=y", "t=99999999999999999999,v1=y", "\0", "t=1,v1=" + "a" * 9999],
)
def test_an_odd_signature_is_refused(shop, client, signature):
    answer = client.post(
        PLATFORM, build_event(shop.start()), content_type="application/json",
        headers={"stripe-signature": signature},
    )  # fmt: skip
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{}", '{"id": 1}', '{"id": "e", "type": "t", "data": null}', "\x80",
     '{"id":"e","type":"t","livemode":false,"data":{"object":"x"}}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_event_is_refused_though_it_is_signed(shop, client, body):
    assert send(client, body).status_code == 400
    assert StripeEvent.objects.count() == 0


def test_a_body_that_is_too_large_is_refused(shop, client):
    assert send(client, " " * (stripe_events.MAX_BODY_BYTES + 1)).status_code == 400


def test_an_event_of_a_changed_body_is_refused(shop, client):
    body = build_event(shop.start())
    signature = stripe.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET)
    answer = client.post(
        PLATFORM, body.replace("complete", "expired_"), content_type="application/json",
        headers={"stripe-signature": signature},
    )  # fmt: skip
    assert answer.status_code == 400


def test_without_a_secret_nothing_is_taken_in(shop, client, settings):
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert send(client, build_event(shop.start()), secret="x").status_code == 400


def test_only_posts_are_answered(shop, client):
    assert client.get(PLATFORM).status_code == 405


def test_an_event_of_the_other_mode_is_left_alone(shop, client):
    assert send(client, build_event(shop.start(), livemode=True)).status_code == 200
    assert StripeEvent.objects.count() == 0


def test_an_event_of_no_concern_is_left_alone(shop, client):
    assert send(client, build_event(shop.start(), kind="customer.created")).status_code == 200
    assert StripeEvent.objects.count() == 0


def test_events_belong_to_their_address(shop, client):
    of_account = build_event(shop.start(), account=ACCOUNT)
    of_platform = build_event(shop.start())
    StripeAccount.objects.create(account_id=ACCOUNT)
    assert send(client, of_account).status_code == 400
    assert send(client, of_platform, path=CONNECT, secret=CONNECT_WEBHOOK_SECRET).status_code == 400
    assert send(client, of_account, path=CONNECT, secret=CONNECT_WEBHOOK_SECRET).status_code == 200


def test_an_event_of_an_account_that_we_do_not_know_is_refused(shop, client):
    body = build_event(shop.start(), account="acct_stranger")
    assert send(client, body, path=CONNECT, secret=CONNECT_WEBHOOK_SECRET).status_code == 400


def test_our_session_named_by_a_foreign_account_is_not_looked_at(shop, client, cast):
    """Whoever owns a connected account can have any event of it signed by Stripe."""
    StripeAccount.objects.create(account_id=ACCOUNT)
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    body = build_event(purchase, account=ACCOUNT)
    send(client, body, path=CONNECT, secret=CONNECT_WEBHOOK_SECRET)
    work()
    assert StripeEvent.objects.get().outcome == "no purchase of ours"
    assert purchase_of(purchase).status == "open"
    assert ledger.balance_of(cast.alice).available == 0


def test_a_session_of_somebodys_own_making_credits_nothing(shop, client, cast):
    """Cheap, paid, and naming our purchase in every field that its maker can choose."""
    purchase = shop.start()
    cheap = shop.stripe.client().v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "usd", "unit_amount": 50, "product_data": {"name": "x"},
                    },
                }
            ],
            "client_reference_id": str(purchase.pk),
            "metadata": {"purchase": str(purchase.pk)},
            "success_url": "https://aurora.example/",
        }
    )  # fmt: skip
    shop.stripe.pay(cheap.id)
    send(client, build_event(purchase, session_id=cheap.id))
    work()
    assert StripeEvent.objects.get().outcome == "no purchase of ours"
    Purchase.objects.filter(pk=purchase.pk).update(session_id=cheap.id)
    purchases.settle(purchase.pk)
    row = purchase_of(purchase)
    assert (row.status, row.reason) == ("failed", "mismatch")
    assert ledger.balance_of(cast.alice).available == 0
    assert ledger.pool_of(cast.aurora) == 90_000


def test_an_unknown_session_credits_nothing(shop, client):
    send(client, build_event(shop.start(), session_id="cs_test_nobody"))
    work()
    assert StripeEvent.objects.get().outcome == "no purchase of ours"


def test_a_refund_that_is_told_before_its_payment_finds_its_purchase(shop, client, cast):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    intent = shop.stripe.client().v1.checkout.sessions.retrieve(purchase.session_id).payment_intent
    shop.stripe.client().v1.refunds.create({"payment_intent": intent, "amount": 500})
    send(client, build_event(purchase, kind="charge.refunded", about={"payment_intent": intent}))
    work()
    assert purchase_of(purchase).refunded_credits == 300


def test_a_purchase_of_a_connected_account_is_settled_there(shop, client, cast, monkeypatch):
    account = connect(shop)
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    body = build_event(purchase, account=account)
    assert send(client, body, path=CONNECT, secret=CONNECT_WEBHOOK_SECRET).status_code == 200
    work()
    assert purchase_of(purchase).status == "paid"
    assert {call["account"] for call in shop.stripe.requests()[-2:]} == {account}


def test_an_account_that_leaves_ends_its_sales(shop, client, cast):
    account = connect(shop)
    purchase = shop.start()
    shop.stripe.deauthorize(account)
    body = build_event(purchase, account=account, kind="account.application.deauthorized")
    assert send(client, body, path=CONNECT, secret=CONNECT_WEBHOOK_SECRET).status_code == 200
    work()
    assert StripeAccount.objects.get(account_id=account).deauthorised_at is not None
    assert purchases.settle(purchase.pk).status == "open"
    Purchase.objects.update(expires_at=timezone.now())
    row = purchases.settle(purchase.pk)
    assert (row.status, row.reason) == ("failed", "account")
    assert ledger.pool_of(cast.aurora) == 90_000


def build_event(purchase, *, kind="checkout.session.completed", session_id="", account="",
                livemode=False, about=None):  # fmt: skip
    event = {
        "id": f"evt_{purchase.pk.hex}",
        "object": "event",
        "type": kind,
        "livemode": livemode,
        "data": {"object": {"id": session_id or purchase.session_id, "status": "complete"}},
    }
    event["data"]["object"] |= about or {}
    return json.dumps(event | ({"account": account} if account else {}))


def send(client, body, *, path=PLATFORM, secret=WEBHOOK_SECRET, age=0):
    signature = stripe.WebhookSignature.generate_signature_header(
        body, secret, timestamp=int(time.time()) - age
    )
    return client.post(
        path, body.encode(), content_type="application/json",
        headers={"stripe-signature": signature, "host": AURORA_HOST},
    )  # fmt: skip


def work():
    """What the workers do with what is stored."""
    for event in StripeEvent.objects.due():
        jobs.stripe_event(str(event.pk))


def wait_for_events(number):
    end = time.monotonic() + 60
    while StripeEvent.objects.count() < number:
        assert time.monotonic() < end, "the events do not come"
        time.sleep(0.05)


def purchase_of(purchase):
    return Purchase.objects.get(pk=purchase.pk)


def test_nothing_is_sold_through_an_account_that_left(shop, cast):
    assert packs.sells_credits(cast.aurora)
    StripeAccount.objects.create(deauthorised_at=timezone.now())
    assert not packs.sells_credits(cast.aurora)
