import pytest
import stripe

from tests.embedded.local_stripe.buying import buy


@pytest.fixture
def client(local_stripe):
    return local_stripe.client()


@pytest.fixture
def paid(local_stripe, client):
    return buy(local_stripe, client)


def charge_of(client, session):
    params = {"expand": ["latest_charge.refunds"]}
    return client.v1.payment_intents.retrieve(session.payment_intent, params).latest_charge


def test_refunds_in_part_add_up_on_the_charge(client, paid):
    first = client.v1.refunds.create({"payment_intent": paid.payment_intent, "amount": 400})
    assert (first.amount, first.status, first.currency) == (400, "succeeded", "eur")
    charge = charge_of(client, paid)
    assert (charge.amount_refunded, charge.refunded) == (400, False)
    rest = client.v1.refunds.create({"charge": charge.id, "reason": "requested_by_customer"})
    assert rest.amount == 599
    charge = charge_of(client, paid)
    assert (charge.amount_refunded, charge.refunded) == (999, True)
    assert [refund.id for refund in charge.refunds.data] == [rest.id, first.id]
    assert client.v1.refunds.retrieve(first.id).payment_intent == paid.payment_intent
    listed = client.v1.refunds.list({"payment_intent": paid.payment_intent}).data
    assert [refund.id for refund in listed] == [rest.id, first.id]


def test_no_more_is_refunded_than_was_paid(client, paid):
    params = {"payment_intent": paid.payment_intent}
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as caught:
        client.v1.refunds.create({**params, "amount": 1000})
    assert caught.value.param == "amount"
    client.v1.refunds.create(params)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create(params)
    assert caught.value.code == "charge_already_refunded"


def test_what_has_not_arrived_cannot_be_refunded(local_stripe, client):
    session = buy(local_stripe, client, delayed=True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": session.payment_intent})
    assert caught.value.code == "charge_not_refundable"


def test_a_refund_names_one_payment(client, paid):
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        client.v1.refunds.create({})


def test_a_refund_that_fails_later_counts_no_more(local_stripe, client, paid):
    refund = client.v1.refunds.create({"payment_intent": paid.payment_intent})
    local_stripe.fail_refund(refund.id)
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    charge = charge_of(client, paid)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
