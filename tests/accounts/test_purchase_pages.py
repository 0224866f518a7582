"""The pages on which packs are bought."""

import re
import uuid
from html import unescape

import pytest
from django.utils import timezone

from accounts import ledger, purchases
from accounts.models import Pack, Purchase
from tests.cast import give
from tests.fixtures.payments import build_pack
from tests.orders import fill_football

pytestmark = pytest.mark.django_db

BUY, PURCHASES = "/wallet/buy/", "/wallet/purchases/"


def test_the_shop_tells_price_and_what_it_buys(shop, cast, visit):
    text = read(visit(cast.alice).get(BUY))
    assert "Small pack 600 credits 6 videos of 10 s, 60 left over" in text
    assert "Buy for $10.00" in text
    assert "Large pack 6,000 credits 66 videos of 10 s, 60 left over" in text
    assert "no money moves" in text


def test_the_shop_shows_the_portals_own_packs_on_sale_only(shop, cast, visit):
    build_pack(cast.borealis, name="Theirs")
    build_pack(cast.aurora, name="Retired")
    Pack.objects.filter(name="Retired").update(is_active=False)
    text = read(visit(cast.alice).get(BUY))
    assert "Theirs" not in text
    assert "Retired" not in text


def test_what_the_pool_cannot_give_is_sold_out(shop, cast, visit):
    give(cast.bob, 90_000 - 700)
    page = visit(cast.alice).get(BUY).content.decode()
    assert page.count("Sold out now") == 1
    assert "Buy for $10.00" in page
    assert "Buy for $100.00" not in page


def test_buying_leads_to_the_page_of_stripe_and_back(shop, cast, visit):
    client = visit(cast.alice)
    answer = post_purchase(client, shop.pack)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{shop.stripe.url}/pay/cs_test_")
    purchase = Purchase.objects.get()
    session = shop.stripe.client().v1.checkout.sessions.retrieve(purchase.session_id)
    here = f"http://aurora.localhost{purchase.get_absolute_url()}"
    assert session.success_url == here + "?s={CHECKOUT_SESSION_ID}"
    assert session.cancel_url == here
    shop.stripe.pay(session.id)
    text = read(client.get(f"{purchase.get_absolute_url()}?s={session.id}"))
    assert "600 credits bought" in text
    assert "6 videos of 10 s, 60 left over" in text
    assert "Receipt" in text
    assert ledger.balance_of(cast.alice).available == 600
    assert "Credits bought" in read(client.get("/wallet/"))


def test_coming_back_with_another_sessions_id_looks_at_nothing(shop, cast, visit):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    before = len(shop.stripe.requests())
    for query in ("", "?s=", "?s=cs_test_other"):
        text = read(visit(cast.alice).get(purchase.get_absolute_url() + query))
        assert "Not paid yet" in text
    assert len(shop.stripe.requests()) == before


def test_a_second_click_buys_nothing_more(shop, cast, visit):
    nonce = uuid.uuid4()
    pages = {post_purchase(visit(cast.alice), shop.pack, nonce=nonce)["Location"] for _ in "12"}
    assert len(pages) == 1
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize(
    "fields", [{}, {"pack": "x"}, {"pack": "999999"}, {"pack": "-1"}, {"pack": 9**30}, {"nonce": 1}]
)
def test_nonsense_buys_nothing_and_says_so(shop, cast, visit, fields):
    wish = {"pack": shop.pack.pk, "nonce": uuid.uuid4()} | fields if fields else {}
    answer = visit(cast.alice).post(PURCHASES, wish)
    assert answer.status_code == 422
    assert "Nothing was charged" in read(answer)
    assert Purchase.objects.count() == 0


def test_a_pack_that_was_sold_meanwhile_says_so(shop, cast, visit):
    give(cast.bob, 90_000)
    answer = post_purchase(visit(cast.alice), shop.pack)
    assert answer.status_code == 422
    assert "This pack is sold out now. Nothing was charged" in read(answer)


def test_a_fourth_open_purchase_is_refused_with_the_open_ones(shop, cast, visit):
    for _ in range(purchases.MOST_OPEN):
        shop.start()
    answer = post_purchase(visit(cast.alice), shop.pack)
    assert answer.status_code == 422
    text = read(answer)
    assert "You have 3 purchases that are not paid yet" in text
    assert text.count("Not paid yet") == 3


def test_a_stripe_that_is_away_is_told_and_tried_again(shop, cast, visit):
    client = visit(cast.alice)
    shop.stripe.fault("reset", times=2, calls="POST /v1/checkout")
    answer = post_purchase(client, shop.pack)
    assert answer.status_code == 503
    assert "We could not reach Stripe Nothing was charged" in read(answer)
    purchase = Purchase.objects.get()
    assert purchase.status == "open"
    answer = client.post(f"{purchase.get_absolute_url()}checkout/")
    assert answer.headers["Location"].startswith(shop.stripe.url)


def test_a_stripe_that_is_away_when_the_buyer_comes_back_loses_nothing(shop, cast, visit):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    shop.stripe.fault("reset", times=2, calls="GET /v1/checkout")
    address = f"{purchase.get_absolute_url()}?s={purchase.session_id}"
    answer = visit(cast.alice).get(address)
    assert answer.status_code == 503
    assert "nothing is lost" in read(answer)
    assert "600 credits bought" in read(visit(cast.alice).get(address))


def test_a_purchase_can_be_cancelled(shop, cast, visit):
    purchase = shop.start()
    answer = visit(cast.alice).post(f"{purchase.get_absolute_url()}cancellation/", follow=True)
    text = read(answer)
    assert "The purchase is cancelled. Nothing was charged." in text
    assert "Cancelled" in text
    assert ledger.pool_of(cast.aurora) == 90_000


def test_a_price_that_stripe_refuses_is_told(shop, cast, visit, caplog):
    cheap = build_pack(cast.aurora, amount_minor=1)
    answer = post_purchase(visit(cast.alice), cheap)
    text = read(visit(cast.alice).get(answer.headers["Location"]))
    assert "This purchase cannot be completed" in text
    assert "Stripe refuses to sell" in caplog.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "600 credits are kept for you until"),
        ({"status": "pending"}, "Your payment is on its way"),
        ({"status": "expired", "reason": "time"}, "The checkout closed before it was paid"),
        ({"status": "failed", "reason": "declined"}, "Your bank did not confirm it"),
        ({"status": "failed", "reason": "mismatch"}, "tell Aurora the number below"),
    ],
)
def test_each_state_is_told_in_words(shop, cast, visit, change, words):
    purchase = shop.start()
    Purchase.objects.update(**change)
    assert words in read(visit(cast.alice).get(purchase.get_absolute_url()))


def test_refunds_and_disputes_are_told(shop, cast, visit):
    purchase = shop.buy()
    purchases.refund(purchase, 500, key=uuid.uuid4())
    dispute = shop.stripe.dispute(purchase.session_id)
    words = {
        None: "300 credits are set aside until the bank has decided",
        shop.stripe.lose: "The bank gave your money back",
    }
    for act, told in words.items():
        if act:
            act(dispute["id"])
        purchases.settle(purchase.pk)
        text = read(visit(cast.alice).get(purchase.get_absolute_url()))
        assert "$5.00 of $10.00 was sent back" in text
        assert "Of this purchase 300 credits were taken back" in text
        assert told in text


def test_whoever_owes_is_told_before_buying(shop, cast, visit):
    purchase = shop.buy()
    assert "You owe" not in read(visit(cast.alice).get(BUY))
    ledger.hold(cast.alice, 600, generation_id=uuid.uuid4())
    shop.stripe.dispute(purchase.session_id)
    purchases.settle(purchase.pk)
    text = read(visit(cast.alice).get(BUY))
    assert "You owe 600 credits. What you buy pays them first" in text


@pytest.mark.parametrize(("key", "is_promised"), [("sk_test_x", False), ("sk_live_x", True)])
def test_a_receipt_by_mail_is_promised_where_stripe_sends_it(
    shop, cast, visit, settings, key, is_promised
):
    settings.STRIPE_SECRET_KEY = key
    assert ("mails the receipt" in read(visit(cast.alice).get(BUY))) is is_promised


def test_credits_are_sold_where_they_are_short(shop, cast, visit):
    client = visit(cast.alice)
    fill_football(client)
    for page in ("/wallet/", "/create/football/review/"):
        assert f'href="{BUY}"' in client.get(page).content.decode()


def test_the_shop_and_the_purchase_lead_back_to_the_video(shop, cast, visit):
    client = visit(cast.alice)
    fill_football(client)
    back = 'href="/create/football/review/"'
    assert back in client.get(BUY).content.decode()
    answer = post_purchase(client, shop.pack)
    purchase = Purchase.objects.get()
    assert back not in client.get(purchase.get_absolute_url()).content.decode()
    session = answer.headers["Location"].rpartition("/")[2]
    shop.stripe.pay(session)
    page = client.get(f"{purchase.get_absolute_url()}?s={session}").content.decode()
    assert back in page
    assert "Go on with your video" in page


def test_nothing_leads_to_a_shop_that_sells_nothing(shop, cast, visit, settings):
    settings.STRIPE_SECRET_KEY = ""
    client = visit(cast.alice)
    fill_football(client)
    for page in ("/wallet/", "/create/football/review/"):
        assert f'href="{BUY}"' not in client.get(page).content.decode()
    assert "Nothing is on sale here just now" in read(client.get(BUY))


def test_the_browser_may_follow_the_form_to_the_checkout(shop, cast, visit):
    policy = visit(cast.alice).get(BUY).headers["Content-Security-Policy"]
    assert "form-action 'self' https://checkout.stripe.com" in policy


def test_the_shop_asks_the_same_few_questions_however_many_packs(
    shop, cast, visit, django_assert_max_num_queries
):
    for number in range(5):
        build_pack(cast.aurora, name=f"Pack {number}")
        Purchase.objects.create(
            tenant=cast.aurora, user=cast.alice, pack=shop.pack, nonce=uuid.uuid4(),
            pack_name="Pack", credits=600, amount_minor=1000, currency="usd", livemode=False,
            expires_at=timezone.now(),
        )  # fmt: skip
    client = visit(cast.alice)
    with django_assert_max_num_queries(11):
        assert client.get(BUY).status_code == 200


def post_purchase(client, pack, *, nonce=None):
    return client.post(PURCHASES, {"pack": pack.pk, "nonce": nonce or uuid.uuid4()})


def read(answer):
    """The words of the page's main part."""
    body = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " ").split())
