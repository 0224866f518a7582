import pytest
import stripe

from tests.embedded.local_stripe.buying import buy


@pytest.fixture
def client(local_stripe):
    return local_stripe.client()


@pytest.fixture
def paid(local_stripe, client):
    return buy(local_stripe, client)


def types_of(client):
    """The kinds of events about disputes, oldest first."""
    found = [event.type for event in client.v1.events.list().data]
    return [kind.removeprefix("charge.dispute.") for kind in found[::-1] if "dispute" in kind]


def refund(client, paid):
    return client.v1.refunds.create({"payment_intent": paid.payment_intent, "amount": 1})


def test_a_dispute_withdraws_the_money(local_stripe, client, paid):
    dispute = client.v1.disputes.retrieve(local_stripe.dispute(paid.id)["id"])
    assert (dispute.amount, dispute.status, dispute.reason) == (999, "needs_response", "fraudulent")
    assert [movement.net for movement in dispute.balance_transactions] == [-999]
    assert client.v1.charges.retrieve(dispute.charge).disputed
    assert types_of(client) == ["created", "funds_withdrawn"]
    listed = client.v1.disputes.list({"payment_intent": paid.payment_intent}).data
    assert [d.id for d in listed] == [dispute.id]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        refund(client, paid)
    assert caught.value.code == "charge_disputed"


def test_a_dispute_that_is_won_gives_the_money_back(local_stripe, client, paid):
    dispute = local_stripe.win(local_stripe.dispute(paid.id)["id"])
    assert dispute["status"] == "won"
    assert [movement["net"] for movement in dispute["balance_transactions"]] == [-999, 999]
    assert types_of(client)[2:] == ["closed", "funds_reinstated"]
    assert refund(client, paid).status == "succeeded"


def test_a_dispute_that_is_lost_is_closed_and_the_money_gone(local_stripe, client, paid):
    dispute = local_stripe.lose(local_stripe.dispute(paid.id)["id"])
    assert dispute["status"] == "lost"
    assert types_of(client)[2:] == ["closed"]
    with pytest.raises(stripe.InvalidRequestError):
        refund(client, paid)


def test_an_inquiry_withdraws_nothing_until_it_escalates(local_stripe, client, paid):
    inquiry = local_stripe.dispute(paid.id, inquiry=True)
    assert inquiry["status"] == "warning_needs_response"
    refund(client, paid)
    local_stripe.escalate(inquiry["id"])
    assert client.v1.disputes.retrieve(inquiry["id"]).status == "needs_response"
    assert types_of(client) == ["created", "funds_withdrawn"]


def test_an_inquiry_that_is_won_is_just_closed(local_stripe, client, paid):
    inquiry = local_stripe.win(local_stripe.dispute(paid.id, inquiry=True)["id"])
    assert inquiry["status"] == "warning_closed"
    assert types_of(client) == ["created", "closed"]


def test_what_is_refunded_already_is_left_out(local_stripe, client, paid):
    refund(client, paid)
    assert local_stripe.dispute(paid.payment_intent)["amount"] == 998
    with pytest.raises(AssertionError, match="disputed already"):
        local_stripe.dispute(paid.payment_intent)
