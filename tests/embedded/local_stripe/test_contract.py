"""What the local Stripe takes and gives, held to the types of the installed package."""

import builtins
import sys
import types
import typing
from decimal import Decimal

import pytest
import stripe
from stripe import checkout, params
from stripe._stripe_object import StripeObject, UntypedStripeObject
from typing_extensions import is_typeddict

from lumiq_portal.embedded.stripe import API_VERSION, calls, parameters
from tests.embedded.local_stripe.buying import buy, create_session

TAKEN = {
    "POST /v1/checkout/sessions": params.checkout.SessionCreateParams,
    "GET /v1/checkout/sessions": params.checkout.SessionListParams,
    "GET /v1/checkout/sessions/<key>": params.checkout.SessionRetrieveParams,
    "POST /v1/checkout/sessions/<key>/expire": params.checkout.SessionExpireParams,
    "GET /v1/checkout/sessions/<key>/line_items": params.checkout.SessionListLineItemsParams,
    "GET /v1/payment_intents": params.PaymentIntentListParams,
    "GET /v1/payment_intents/<key>": params.PaymentIntentRetrieveParams,
    "GET /v1/charges": params.ChargeListParams,
    "GET /v1/charges/<key>": params.ChargeRetrieveParams,
    "POST /v1/refunds": params.RefundCreateParams,
    "GET /v1/refunds": params.RefundListParams,
    "GET /v1/refunds/<key>": params.RefundRetrieveParams,
    "GET /v1/disputes": params.DisputeListParams,
    "GET /v1/disputes/<key>": params.DisputeRetrieveParams,
    "POST /v1/accounts": params.AccountCreateParams,
    "GET /v1/accounts": params.AccountListParams,
    "GET /v1/accounts/<key>": params.AccountRetrieveParams,
    "POST /v1/account_links": params.AccountLinkCreateParams,
    "GET /v1/application_fees": params.ApplicationFeeListParams,
    "GET /v1/application_fees/<key>": params.ApplicationFeeRetrieveParams,
    "GET /v1/events": params.EventListParams,
    "GET /v1/events/<key>": params.EventRetrieveParams,
}
# Not in an answer unless asked for, or never of what is made here.
LEFT_OUT = {
    "checkout.session": {"line_items"},
    "item": {"discounts", "taxes"},
    "price": {"currency_options", "deleted", "tiers"},
    "charge": {"refunds"},
    "refund": {
        "description", "failure_balance_transaction", "failure_reason", "instructions_email",
        "next_action", "presentment_details",
    },
    "dispute": {"intended_submission_method", "network_reason_code", "payment_method_details"},
    "account": {"company", "deleted", "groups", "individual"},
    "event": {"account", "context"},
}  # fmt: skip
WRITTEN_AS = {list: list, stripe.ListObject: dict, UntypedStripeObject: dict, Decimal: str}
UNIONS = (typing.Union, types.UnionType)


class Names(dict):
    """What annotations name: a type that only checkers import may be anything."""

    def __missing__(self, name):
        if hasattr(builtins, name):
            raise KeyError(name)
        return getattr(stripe, name, typing.Any)


def hints_of(owner):
    """Of its own annotations, without those of the package's base classes."""
    names = Names(vars(typing) | vars(sys.modules[owner.__module__]))
    own = type(owner.__name__, (), {"__annotations__": owner.__annotations__})
    return typing.get_type_hints(own, {}, names)


def members_of(hint):
    """The types that a hint allows: of a union each, else itself."""
    if isinstance(hint, typing.ForwardRef):
        hint = vars(stripe).get(hint.__forward_arg__, hint)
    if typing.get_origin(hint) in UNIONS:
        return [member for arg in typing.get_args(hint) for member in members_of(arg)]
    return [hint]


def literals_of(members):
    return {
        v for m in members if typing.get_origin(m) is typing.Literal for v in typing.get_args(m)
    }


@pytest.mark.parametrize("call", calls.CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_each_parameter_is_one_of_stripes(call):
    owner = TAKEN[f"{call.method} {call.path}"]
    compare_fields(call.takes, owner, "")
    assert len(TAKEN) == len(calls.CALLS)


def compare_fields(fields, owner, path):
    hints = hints_of(owner)
    options = set(stripe.RequestOptions.__annotations__)
    assert set(fields.fields) <= set(hints) - options, f"{path} of {owner.__name__}"
    assert owner.__required_keys__ - options <= set(fields.required), f"{path}: {owner.__name__}"
    for name, kind in fields.fields.items():
        compare_kind(kind, members_of(hints[name]), f"{path}.{name}")


def compare_kind(kind, members, path):
    origins = [typing.get_origin(member) for member in members]
    if isinstance(kind, parameters.ListOf):
        (inner,) = typing.get_args(members[origins.index(list)])
        compare_kind(kind.item, members_of(inner), path)
    elif isinstance(kind, parameters.Fields | parameters.Moments):
        (owner,) = [member for member in members if is_typeddict(member)]
        compare_fields(getattr(kind, "bounds", kind), owner, path)
    elif isinstance(kind, parameters.Metadata):
        assert dict in origins, path
    elif isinstance(kind, parameters.Integer):
        assert int in members, path
    elif isinstance(kind, parameters.Flag):
        assert bool in members, path
    else:
        choices, known = set(getattr(kind, "choices", ())), literals_of(members)
        assert str in members or choices, path
        assert choices <= known or not known, f"{path}: {choices - known}"


def find_faults(value, hint, path):
    """Where an answer isn't what the package's annotations say."""
    members = members_of(hint)
    known = literals_of(members)
    if known and isinstance(value, str | bool) and value is not False:
        return [] if value in known else [f"{path} is {value!r}"]
    if value is None and type(None) in members:
        return []
    possible = [member for member in members if member is not type(None)]
    return min((list(find_faults_of_member(value, m, path)) for m in possible), key=len)


def find_faults_of_member(value, member, path):
    origin = typing.get_origin(member)
    kind = WRITTEN_AS.get(origin or member)
    if member is typing.Any or origin is typing.Literal:
        return
    if kind and not isinstance(value, kind):
        yield f"{path} is {value!r}, not {member}"
    elif origin is list:
        for place, item in enumerate(value):
            yield from find_faults(item, typing.get_args(member)[0], f"{path}[{place}]")
    elif origin is stripe.ListObject:
        assert set(value) == {"object", "data", "has_more", "url"}, path
        yield from find_faults(value["data"], list[typing.get_args(member)], f"{path}.data")
    elif not kind and issubclass(member, StripeObject):
        yield from find_faults_of_object(value, member, path)
    elif not kind and type(value) is not member:
        yield f"{path} is {value!r}, not {member}"


def find_faults_of_object(value, owner, path):
    if not isinstance(value, dict):
        yield f"{path} is no {owner.__name__}"
        return
    hints = {name: hint for name, hint in hints_of(owner).items() if name == name.lower()}
    for name in set(value) - set(hints):
        yield f"{path}.{name} is unknown"
    for name, hint in hints.items():
        if name in value:
            yield from find_faults(value[name], hint, f"{path}.{name}")
        elif is_missed(value, name, hint):
            yield f"{path}.{name} is missing"


def is_missed(value, name, hint):
    """A resource has all its fields; what is within one has those that cannot be empty."""
    if isinstance(value.get("object"), str):
        return name not in LEFT_OUT.get(value["object"], ())
    return type(None) not in members_of(hint)


@pytest.fixture
def client(local_stripe):
    return local_stripe.client()


def assert_true_to_type(answer, owner):
    assert find_faults(answer.last_response.data, owner, owner.__name__) == []


@pytest.mark.parametrize("delayed", [False, True])
def test_what_is_paid_looks_like_stripes(local_stripe, client, delayed):
    assert_true_to_type(create_session(client), checkout.Session)
    session = buy(
        local_stripe,
        client,
        delayed=delayed,
        automatic_tax={"enabled": True},
        invoice_creation={"enabled": True},
        payment_intent_data={"receipt_email": "alice@aurora.example"},
    )
    expand = {"expand": ["line_items", "payment_intent.latest_charge.refunds"]}
    whole = client.v1.checkout.sessions.retrieve(session.id, expand)
    assert_true_to_type(whole, checkout.Session)
    assert_true_to_type(client.v1.charges.list(), stripe.ListObject[stripe.Charge])
    assert_true_to_type(client.v1.payment_intents.list(), stripe.ListObject[stripe.PaymentIntent])
    items = client.v1.checkout.sessions.line_items.list(session.id)
    assert_true_to_type(items, stripe.ListObject[stripe.LineItem])


def test_what_went_wrong_looks_like_stripes(local_stripe, client):
    local_stripe.fail(buy(local_stripe, client, delayed=True).id)
    assert_true_to_type(client.v1.payment_intents.list(), stripe.ListObject[stripe.PaymentIntent])
    assert_true_to_type(client.v1.charges.list(), stripe.ListObject[stripe.Charge])


def test_what_is_given_back_looks_like_stripes(local_stripe, client):
    session = buy(local_stripe, client)
    refund = client.v1.refunds.create({"payment_intent": session.payment_intent, "amount": 5})
    assert_true_to_type(refund, stripe.Refund)
    local_stripe.fail_refund(refund.id)
    assert_true_to_type(client.v1.refunds.retrieve(refund.id), stripe.Refund)
    dispute = local_stripe.win(local_stripe.dispute(session.id)["id"])
    assert_true_to_type(client.v1.disputes.retrieve(dispute["id"]), stripe.Dispute)
    assert_true_to_type(client.v1.events.list(), stripe.ListObject[stripe.Event])


@pytest.mark.parametrize(
    "wishes", [{"type": "express"}, {"controller": {"stripe_dashboard": {"type": "none"}}}]
)
def test_accounts_and_fees_look_like_stripes(local_stripe, client, wishes):
    account = client.v1.accounts.create(wishes)
    assert_true_to_type(account, stripe.Account)
    local_stripe.complete_account(account.id)
    assert_true_to_type(client.v1.accounts.retrieve(account.id), stripe.Account)
    urls = {"return_url": "http://a.localhost/", "refresh_url": "http://a.localhost/"}
    link = {"account": account.id, "type": "account_onboarding", **urls}
    assert_true_to_type(client.v1.account_links.create(link), stripe.AccountLink)
    options = {"stripe_account": account.id}
    buy(local_stripe, client, options=options, payment_intent_data={"application_fee_amount": 9})
    fees = client.v1.application_fees.list()
    assert_true_to_type(fees, stripe.ListObject[stripe.ApplicationFee])


def test_the_version_is_the_one_that_the_package_is_typed_for():
    assert stripe.api_version == API_VERSION
