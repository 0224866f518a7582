"""The control side: rules, keys, the record, and who may ask."""

import pytest
import requests
from werkzeug.test import Client

from generations.sandbox.behaviour import Behaviour
from generations.sandbox.control import Control
from generations.sandbox.record import Record, most_in_a_minute
from generations.sandbox.store import Store
from tests.generations.sandbox.api import Api, error_of
from tests.generations.sandbox.test_webhooks import receiving
from tests.sandbox_server import running_sandbox

TWO = {"lmq_test": (9000, "us@example.com"), "lmq_other": (5, "us@example.com"), "lmq_alone": 900}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), keys=TWO) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    yield running
    running.clear_scenarios()


@pytest.fixture
def api(sandbox):
    return Api(sandbox.base_url)


def statuses(api, count=1):
    return [api.get("/account").status_code for _ in range(count)]


def put(sandbox, path, payload, **options):
    url = f"http://127.0.0.1:{sandbox.port}/sandbox/{path}"
    return requests.put(url, json=payload, timeout=5, **options)


def test_rule_applies_as_often_as_it_says_and_then_no_more(sandbox, api):
    sandbox.set_scenario("internal-error", times=2)
    assert statuses(api, 4) == [500, 500, 200, 200]


def test_rule_for_one_key_leaves_the_others_alone(sandbox, api):
    sandbox.set_scenario("unavailable", key="lmq_alone")
    assert statuses(api) == [200]
    assert statuses(Api(sandbox.base_url, "lmq_alone")) == [503]


def test_rule_keeps_to_its_endpoints(sandbox, api):
    sandbox.set_scenario("bad-gateway", endpoints=["status"])
    assert statuses(api) == [200]
    assert api.get("/status/00000000").status_code == 502


def test_rule_takes_a_scenarios_settings(sandbox, api):
    sandbox.set_scenario("rate-limited", retry_after=3)
    assert api.get("/account").headers["Retry-After"] == "3"


def test_same_scenario_for_the_same_key_replaces_the_rule(sandbox):
    sandbox.set_scenario("slow", seconds=1)
    sandbox.set_scenario("slow", seconds=2, times=5, endpoints=["account"], probability=0.5)
    assert sandbox.control("GET", "scenarios")["set"] == [
        {
            "scenario": "slow",
            "key": None,
            "endpoints": ["account"],
            "faults": [{"scenario": "slow", "seconds": 2.0}],
            "probability": 0.5,
            "times": 5,
        }
    ]


def test_rules_can_be_cleared_for_one_key(sandbox, api):
    sandbox.set_scenario("unavailable", key="lmq_test")
    sandbox.set_scenario("unavailable", key="lmq_alone")
    sandbox.control("DELETE", "scenarios?key=lmq_test")
    assert statuses(api) == [200]
    assert statuses(Api(sandbox.base_url, "lmq_alone")) == [503]


def test_random_mix_is_seeded(sandbox, api):
    def run():
        sandbox.set_scenario(
            "random", among=["internal-error", "rate-limited; retry_after=1", "webhook-lost"],
            probability=0.5, seed=7,
        )  # fmt: skip
        return statuses(api, 20)

    first = run()
    assert set(first) == {200, 429, 500}
    assert run() == first


def test_rule_for_callbacks_is_asked_when_the_task_ends(sandbox, api):
    sandbox.set_scenario("webhook-lost", times=1)
    with receiving() as receiver:
        lost, told = (api.football(webhook_url=receiver.url).json()["task_id"] for _ in range(2))
        api.wait_for(lost)
        assert [body["task_id"] for body in receiver.wait(1)] == [told]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        [],
        {"scenario": "nonsense"},
        {"scenario": "random"},
        {"scenario": "random", "among": ["nonsense"]},
        {"scenario": "slow", "seconds": "long"},
        {"scenario": "slow", "colour": "red"},
        {"scenario": "slow", "probability": 2},
        {"scenario": "slow", "times": -1},
        {"scenario": "webhook-lost", "endpoints": ["account"]},
        {"scenario": "slow", "endpoints": "account"},
    ],
)
def test_rules_that_make_no_sense_are_refused(sandbox, rule):
    assert error_of(put(sandbox, "scenarios", rule)) == (400, "Invalid scenario")
    assert sandbox.control("GET", "scenarios")["set"] == []


def test_what_a_proxy_passes_on_is_not_from_here(sandbox):
    proxied = put(
        sandbox, "scenarios", {"scenario": "slow"}, headers={"X-Forwarded-For": "1.2.3.4"}
    )
    assert error_of(proxied) == (403, "Forbidden")


def test_other_machines_are_refused(tmp_path):
    store = Store(tmp_path / "sandbox.sqlite3")
    client = Client(Control(Behaviour(), store, Record()))
    for address, status in (("192.0.2.7", 403), ("", 403), ("127.0.0.9", 200), ("::1", 200)):
        answer = client.get("/record", environ_overrides={"REMOTE_ADDR": address})
        assert answer.status_code == status
    store.close()


def test_keys_of_one_account_share_its_credits(sandbox, api):
    other = Api(sandbox.base_url, "lmq_other")
    before = api.account()
    assert before["email"] == "us@example.com"
    task_id = other.football().json()["task_id"]
    after = api.account()
    assert after == other.account()
    assert after["credits_balance"] == before["credits_balance"] - 90
    assert after["total_api_calls"] == before["total_api_calls"] + 1
    assert api.get(f"/status/{task_id}").status_code == 404
    alone = Api(sandbox.base_url, "lmq_alone").account()
    assert alone["email"].endswith("@example.com")
    assert alone["email"] != "us@example.com"
    assert "alone" not in alone["email"]


def test_key_is_topped_up_revoked_and_admitted_again(sandbox):
    api = Api(sandbox.base_url, "lmq_alone")
    sandbox.set_key("lmq_alone", credits=10)
    assert error_of(api.football()) == (402, "Insufficient credits")
    told = sandbox.set_key("lmq_alone", add_credits=600)
    assert (told["key"], told["credits"], told["is_revoked"]) == ("lmq_alone", 610, False)
    assert api.football().json()["credits_remaining"] == 520
    sandbox.set_key("lmq_alone", is_revoked=True)
    assert error_of(api.get("/account")) == (401, "Invalid API key")
    sandbox.set_key("lmq_alone", is_revoked=False)
    assert api.account()["credits_balance"] == 520


def test_new_key_can_join_an_account(sandbox, api):
    sandbox.set_key("lmq_new", email="us@example.com")
    assert Api(sandbox.base_url, "lmq_new").account() == api.account()
    assert "lmq_new" in [key["key"] for key in sandbox.control("GET", "keys")["keys"]]


@pytest.mark.parametrize(
    "change", [{"credits": -1}, {"credits": "9"}, {"credits": True}, {"is_revoked": 1}, {"x": 1}]
)
def test_key_changes_that_make_no_sense_are_refused(sandbox, change):
    assert error_of(put(sandbox, "keys/lmq_test", change)) == (400, "Invalid key change")


def test_record_has_every_charge(tmp_path):
    with (
        running_sandbox(tmp_path, keys={"lmq_a": (900, "a@x.org")}, refund_failed=True) as sandbox,
        receiving() as receiver,
    ):
        api = Api(sandbox.base_url, "lmq_a")
        good = api.football(webhook_url=receiver.url).json()["task_id"]
        api.wait_for(good)
        receiver.wait(1)
        sandbox.set_scenario("failing")
        bad = api.football().json()["task_id"]
        api.wait_for(bad)
        charges = sandbox.record()["charges"]
    for charge in charges:
        del charge["created_at"], charge["kind"]
    about = {"key": "lmq_a", "email": "a@x.org", "credits": 90}
    assert charges == [
        {
            "task_id": good, **about,
            "status": "completed", "is_refunded": False, "webhook": "delivered",
        },
        {
            "task_id": bad, **about,
            "status": "failed", "is_refunded": True, "webhook": "none",
        },
    ]  # fmt: skip


def test_record_has_every_arrival(tmp_path):
    with running_sandbox(tmp_path, keys={"lmq_a": 900}, requests_per_minute=2) as sandbox:
        api = Api(sandbox.base_url, "lmq_a")
        api.football()
        sandbox.set_scenario("reset-before")
        with pytest.raises(requests.ConnectionError):
            api.get("/account")
        api.get("/account")
        Api(sandbox.base_url, "lmq_b").get("/status/1")
        record = sandbox.record()
    ats = [arrival.pop("at") for arrival in record["arrivals"]]
    assert ats == sorted(ats)
    assert [tuple(arrival.values()) for arrival in record["arrivals"]] == [
        ("lmq_a", "football", True, "", 200),
        ("lmq_a", "account", True, "reset-before", None),
        ("lmq_a", "account", False, "", 429),
        ("lmq_b", "status", False, "", 401),
    ]
    assert record["busiest_minute"] == {
        "lmq_a": {"counted": 2, "sent": 3},
        "lmq_b": {"counted": 0, "sent": 1},
    }


def test_busiest_minute_is_any_sixty_seconds():
    assert most_in_a_minute([]) == 0
    assert most_in_a_minute([0, 59.9, 60, 61, 119]) == 4
    assert most_in_a_minute([0, 60, 120]) == 1
