import pytest
import requests
import stripe

from tests.embedded.local_stripe.buying import buy, create_session
from tests.fixtures.site import wait_until
from tests.receiver import running_receiver


@pytest.fixture
def client(local_stripe):
    return local_stripe.client()


def create_account(client, **wishes):
    params = {"type": "express", "country": "DE", "email": "olga@aurora.example", **wishes}
    return client.v1.accounts.create(params)


@pytest.fixture
def options(local_stripe, client):
    account = create_account(client)
    local_stripe.complete_account(account.id)
    return {"stripe_account": account.id}


def create_link(client, account):
    return client.v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "return_url": "http://platform.localhost/return/",
            "refresh_url": "http://platform.localhost/refresh/",
        }
    )


def visit(link, choice=None):
    """Where it leads, if anywhere."""
    if choice is None:
        return requests.get(link.url, allow_redirects=False).headers.get("Location")
    answer = requests.post(link.url, {"choice": choice}, allow_redirects=False)
    return answer.headers.get("Location")


def test_an_account_makes_no_charges_before_its_onboarding(client):
    account = create_account(client)
    assert (account.charges_enabled, account.details_submitted) == (False, False)
    assert account.requirements.currently_due
    assert account.default_currency == "eur"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        create_session(client, options={"stripe_account": account.id})
    assert caught.value.code == "account_incomplete_onboarding"


def test_onboarding_that_is_completed_enables_charges(client):
    account = create_account(client)
    link = create_link(client, account)
    assert "olga@aurora.example" in requests.get(link.url).text
    assert visit(link, "complete") == "http://platform.localhost/return/"
    account = client.v1.accounts.retrieve(account.id)
    assert (account.charges_enabled, account.details_submitted) == (True, True)
    assert account.requirements.currently_due == []
    (event,) = client.v1.events.list({}, {"stripe_account": account.id}).data
    assert (event.type, event.account) == ("account.updated", account.id)


def test_onboarding_that_is_abandoned_changes_nothing(client):
    account = create_account(client)
    link = create_link(client, account)
    visit(link)
    assert visit(link, "later") == "http://platform.localhost/return/"
    assert not client.v1.accounts.retrieve(account.id).details_submitted


def test_a_link_is_good_for_one_visit_and_five_minutes(local_stripe, client):
    link = create_link(client, create_account(client))
    assert visit(link) is None
    assert visit(link) == "http://platform.localhost/refresh/"
    late = create_link(client, create_account(client))
    local_stripe.advance(301)
    assert visit(late) == "http://platform.localhost/refresh/"


def test_accounts_see_only_what_is_theirs(local_stripe, client, options):
    theirs = buy(local_stripe, client, options=options)
    ours = create_session(client)
    sessions = client.v1.checkout.sessions
    assert [s.id for s in sessions.list({}, options).data] == [theirs.id]
    assert [s.id for s in sessions.list().data] == [ours.id]
    for key, others in ((ours.id, options), (theirs.id, {})):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            sessions.retrieve(key, options=others)
        assert caught.value.http_status == 404
    assert client.v1.charges.list({}, options).data[0].application == "ca_localstripe"
    assert client.v1.refunds.create({"payment_intent": theirs.payment_intent}, options).amount


def test_the_platform_gets_its_fee(local_stripe, client, options):
    session = buy(
        local_stripe, client, options=options, payment_intent_data={"application_fee_amount": 100}
    )
    (fee,) = client.v1.application_fees.list().data
    assert (fee.amount, fee.account) == (100, options["stripe_account"])
    params = {"payment_intent": session.payment_intent, "refund_application_fee": True}
    client.v1.refunds.create({**params, "amount": 333}, options)
    assert client.v1.application_fees.retrieve(fee.id).amount_refunded == 33
    client.v1.refunds.create(params, options)
    assert client.v1.application_fees.retrieve(fee.id).refunded


def test_a_fee_needs_an_account_and_is_no_more_than_the_total(client, options):
    for amount, where in ((100, {}), (1000, options)):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            create_session(
                client, options=where, payment_intent_data={"application_fee_amount": amount}
            )
        assert caught.value.param == "payment_intent_data[application_fee_amount]"


def test_events_of_accounts_go_to_an_endpoint_of_their_own(local_stripe, client, options):
    with running_receiver() as ours, running_receiver() as theirs:
        local_stripe.send_events_to(ours.url, connect=theirs.url)
        session = buy(local_stripe, client, options=options)
        wait_until(lambda: len(theirs.received) == 3, "events are missing", seconds=20)
        assert ours.received == []
    request = theirs.received[-1]
    signature = request.headers["stripe-signature"]
    event = client.construct_event(request.body, signature, local_stripe.connect_webhook_secret)
    assert (event.account, event.data.object.id) == (options["stripe_account"], session.id)


def test_an_account_that_cuts_the_tie_is_out_of_reach(local_stripe, client, options):
    account = options["stripe_account"]
    with running_receiver() as theirs:
        local_stripe.send_events_to(connect=theirs.url)
        local_stripe.deauthorize(account)
        wait_until(lambda: theirs.received, "no event", seconds=20)
    told = theirs.received[0].json
    assert (told["type"], told["account"]) == ("account.application.deauthorized", account)
    with pytest.raises(stripe.PermissionError):
        client.v1.checkout.sessions.list({}, options)
    with pytest.raises(stripe.PermissionError):
        client.v1.accounts.retrieve(account)
    assert client.v1.accounts.list().data == []


def test_an_account_can_be_restricted_later(local_stripe, client, options):
    local_stripe.restrict_account(options["stripe_account"])
    account = client.v1.accounts.retrieve(options["stripe_account"])
    assert (account.charges_enabled, account.details_submitted) == (False, True)
    assert account.requirements.disabled_reason


def test_an_unknown_account_is_out_of_reach(client):
    with pytest.raises(stripe.PermissionError):
        client.v1.checkout.sessions.list({}, {"stripe_account": "acct_unknown"})
