"""GET /account."""

from dataclasses import asdict

from tests.contract.server import assert_shape

EXAMPLE = {
    "credits_balance": 1200,
    "email": "user@example.com",
    "total_api_calls": 47,
    "total_credits_spent": 4230,
}


def test_account_response(server):
    response = server.get("/account")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/json")
    assert_shape(response.json(), EXAMPLE)


def test_account_response_as_our_client_reads_it(server):
    assert asdict(server.client.fetch_account()) == server.get("/account").json()


def test_account_has_no_negative_figures(server):
    account = server.client.fetch_account()
    assert "@" in account.email
    assert account.credits_balance >= 0
    assert account.total_api_calls >= 0
    assert account.total_credits_spent >= 0


def test_account_is_the_same_for_each_of_its_keys(server, control):
    """You can create and revoke keys anytime; the credits are the account's."""
    control.set_key("lmq_contract_second", email="user@example.com")
    second = server.with_key("lmq_contract_second")
    assert second.client.fetch_account() == server.client.fetch_account()
