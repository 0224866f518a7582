import re

import pytest
import requests
import stripe

from tests.embedded.local_stripe.buying import buy, create_session, session_params


@pytest.fixture
def client(local_stripe):
    return local_stripe.client()


def refused(call):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call()
    return caught.value


def test_a_session_is_open_and_unpaid_until_it_is_paid(local_stripe, client):
    session = create_session(client)
    assert (session.status, session.payment_status, session.livemode) == ("open", "unpaid", False)
    assert (session.amount_total, session.currency) == (999, "eur")
    assert session.url == f"{local_stripe.url}/pay/{session.id}"
    local_stripe.pay(session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.metadata.to_dict() == {"purchase": "7"}


def test_what_belongs_to_a_payment_can_be_expanded(local_stripe, client):
    session = buy(local_stripe, client, payment_intent_data={"metadata": {"a": "b"}})
    assert session.payment_intent.startswith("pi_")
    params = {"expand": ["payment_intent.latest_charge", "line_items"]}
    whole = client.v1.checkout.sessions.retrieve(session.id, params)
    assert whole.payment_intent.status == "succeeded"
    assert whole.payment_intent.metadata["a"] == "b"
    assert whole.payment_intent.latest_charge.amount_captured == 999
    assert whole.line_items.data[0].description == "600 credits"
    assert requests.get(whole.payment_intent.latest_charge.receipt_url).status_code == 200


def test_a_delayed_payment_stays_unpaid_until_it_settles(local_stripe, client):
    session = buy(local_stripe, client, delayed=True)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    local_stripe.settle(session.id)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_delayed_payment_that_fails_stays_unpaid_for_good(local_stripe, client):
    session = buy(local_stripe, client, delayed=True)
    local_stripe.fail(session.id)
    params = {"expand": ["payment_intent.latest_charge"]}
    failed = client.v1.checkout.sessions.retrieve(session.id, params)
    assert (failed.status, failed.payment_status) == ("complete", "unpaid")
    assert failed.payment_intent.status == "requires_payment_method"
    assert failed.payment_intent.latest_charge.status == "failed"


def test_methods_can_be_left_out(client):
    assert create_session(client).payment_method_types == ["card", "sepa_debit"]
    assert create_session(client, currency="chf").payment_method_types == ["card"]
    only = create_session(client, allowed_payment_method_types=["sepa_debit"])
    assert only.payment_method_types == ["sepa_debit"]
    assert "Pay 9.99" not in requests.get(only.url).text
    without = create_session(client, excluded_payment_method_types=["sepa_debit"])
    assert "Pay later" not in requests.get(without.url).text
    error = refused(lambda: create_session(client, allowed_payment_method_types=["twint"]))
    assert error.param == "line_items"


def test_nothing_to_pay_needs_no_payment(local_stripe, client):
    session = buy(local_stripe, client, amount=0)
    assert (session.payment_status, session.payment_intent) == ("no_payment_required", None)


def test_an_open_session_can_be_expired_and_a_paid_one_cannot(local_stripe, client):
    session = create_session(client)
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    paid = buy(local_stripe, client)
    assert "status of complete" in str(refused(lambda: client.v1.checkout.sessions.expire(paid.id)))


def test_a_session_expires_when_its_time_has_come(local_stripe, client):
    session = create_session(client)
    local_stripe.advance(32 * 60)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert requests.post(f"{session_url(local_stripe, session)}", {"choice": "pay"}).ok is False


def session_url(local_stripe, session):
    return f"{local_stripe.url}/pay/{session.id}"


def test_sessions_are_listed_newest_first_by_page_and_filter(local_stripe, client):
    made = [create_session(client).id for _ in range(5)]
    local_stripe.pay(made[1])
    sessions = client.v1.checkout.sessions
    first = sessions.list({"limit": 2})
    assert ([s.id for s in first.data], first.has_more) == ([made[4], made[3]], True)
    assert [s.id for s in first.auto_paging_iter()] == made[::-1]
    before = sessions.list({"limit": 1, "ending_before": made[2]})
    assert [s.id for s in before.data] == [made[3]]
    complete = sessions.list({"status": "complete"}).data
    assert [s.id for s in complete] == [made[1]]
    by_payment = sessions.list({"payment_intent": complete[0].payment_intent}).data
    assert [s.id for s in by_payment] == [made[1]]
    now = complete[0].created
    assert len(sessions.list({"created": {"gte": now - 60}}).data) == 5
    assert sessions.list({"created": {"gt": now + 60}}).data == []


@pytest.mark.parametrize(
    ("wrong", "param", "code"),
    [
        ({"colour": "red"}, "colour", "parameter_unknown"),
        ({"mode": "setup"}, "mode", "parameter_invalid"),
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"expires_at": "soon"}, "expires_at", "parameter_invalid_integer"),
        ({"success_url": "wallet"}, "success_url", "url_invalid"),
        ({"customer_email": "alice"}, "customer_email", "email_invalid"),
        ({"metadata": {"a": "x" * 501}}, "metadata[a]", "parameter_invalid"),
        (
            {"automatic_tax": {"enabled": "x"}},
            "automatic_tax[enabled]",
            "parameter_invalid_boolean",
        ),
        ({"payment_intent_data": {"x": 1}}, "payment_intent_data[x]", "parameter_unknown"),
        ({"client_reference_id": ""}, "client_reference_id", "parameter_invalid_empty"),
    ],
)
def test_wrong_parameters_are_named(client, wrong, param, code):
    error = refused(lambda: client.v1.checkout.sessions.create({**session_params(), **wrong}))
    assert (error.http_status, error.param, error.code) == (400, param, code)


@pytest.mark.parametrize("name", ["mode", "line_items", "success_url"])
def test_missing_parameters_are_named(client, name):
    params = {key: value for key, value in session_params().items() if key != name}
    error = refused(lambda: client.v1.checkout.sessions.create(params))
    assert (error.param, error.code) == (name, "parameter_missing")


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [(49, "eur", "0.50 EUR"), (49, "jpy", "50 JPY"), (1001, "kwd", "a multiple of 10")],
)
def test_amounts_that_cannot_be_charged_are_refused(client, amount, currency, told):
    assert told in str(refused(lambda: create_session(client, amount=amount, currency=currency)))


def test_a_session_lives_between_half_an_hour_and_a_day(client):
    for expires_at in (60, 2_000_000_000):
        error = refused(lambda at=expires_at: create_session(client, expires_at=at))
        assert error.param == "expires_at"


def test_a_wrong_key_is_refused(local_stripe):
    client = local_stripe.client(key="sk_test_another_0123456789")
    with pytest.raises(stripe.AuthenticationError, match=r"sk_test_\*+6789"):
        client.v1.checkout.sessions.list()


def test_what_is_not_there_is_not_found(client):
    error = refused(lambda: client.v1.checkout.sessions.retrieve("cs_test_none"))
    assert (error.http_status, error.code) == (404, "resource_missing")


def test_the_page_says_what_is_bought_and_that_no_money_moves(local_stripe, client):
    session = create_session(client, amount=1500, currency="jpy")
    page = requests.get(session.url)
    assert "no money moves" in page.text
    assert "1,500 JPY" in page.text
    assert "600 credits" in page.text
    buttons = re.findall(r'<button name="choice" value="(.*?)" class="(.*?)">(.*?)<', page.text)
    assert buttons == [
        ("pay", "main", "Pay 1,500 JPY"),
        ("delayed", "soft", "Pay later by konbini"),
        ("decline", "soft", "Pay with a card that is declined"),
        ("back", "plain", "Go back without paying"),
    ]
    assert "http" not in re.sub(r"<style>.*?</style>", "", page.text)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://aurora.localhost;" in policy


def test_a_name_on_the_page_is_only_text(client):
    price = {"currency": "eur", "unit_amount": 900, "product_data": {"name": "<script>x</script>"}}
    session = create_session(client, line_items=[{"price_data": price, "quantity": 2}])
    page = requests.get(session.url).text
    assert "2 × &lt;script&gt;x&lt;/script&gt;" in page
    assert "18.00 EUR" in page


@pytest.mark.parametrize(
    ("choice", "place", "status"),
    [
        ("pay", "http://aurora.localhost/wallet/?s={id}", ("complete", "paid")),
        ("delayed", "http://aurora.localhost/wallet/?s={id}", ("complete", "unpaid")),
        ("back", "http://aurora.localhost/wallet/buy/", ("open", "unpaid")),
    ],
)
def test_the_buttons_do_what_they_say(client, choice, place, status):
    session = create_session(client)
    answer = requests.post(session.url, {"choice": choice}, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, place.format(id=session.id))
    seen = client.v1.checkout.sessions.retrieve(session.id)
    assert (seen.status, seen.payment_status) == status


def test_a_declined_card_leaves_the_session_open(client):
    session = create_session(client)
    answer = requests.post(session.url, {"choice": "decline"})
    assert "declined" in answer.text
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_a_paid_session_is_not_paid_twice(local_stripe, client):
    session = create_session(client)
    for status in (303, 409):
        answer = requests.post(session.url, {"choice": "pay"}, allow_redirects=False)
        assert answer.status_code == status
    assert len(client.v1.charges.list().data) == 1
