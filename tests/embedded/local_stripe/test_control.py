import dataclasses
from pathlib import Path

import pytest
import requests
from django.conf import settings

from lumiq_portal.embedded.stripe.faults import KINDS
from lumiq_portal.embedded.stripe.knobs import Knobs
from lumiq_portal.embedded.stripe.server import Options, running
from tests.embedded.local_stripe.buying import buy, create_session
from tests.fixtures.local_stripe import LocalStripe
from tests.fixtures.site import wait_until
from tests.receiver import running_receiver

SECRETS = ("sk_test_local_for_tests", "whsec_local_platform", "whsec_local_connect")


def test_the_control_side_answers_this_machine_only(local_stripe):
    url = f"{local_stripe.url}/_control/state"
    assert requests.get(url).status_code == 200
    for headers in (
        {"X-Forwarded-For": "198.51.100.7"},
        {"Origin": "http://evil.example"},
        {"Host": "evil.example"},
    ):
        assert requests.get(url, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "wish"),
    [
        ("PUT", "knobs", {"colour": 1}),
        ("PUT", "knobs", {"hold": 3}),
        ("PUT", "knobs", {"delay": -1}),
        ("POST", "faults", {"kind": "earthquake"}),
        ("POST", "faults", {"times": 1}),
        ("PUT", "endpoints", {"platform": "https://example.com/hook"}),
        ("POST", "clock", {"seconds": "one"}),
        ("POST", "disputes", {}),
        ("PUT", "knobs", [1]),
    ],
)
def test_what_makes_no_sense_is_refused(local_stripe, method, path, wish):
    answer = requests.request(method, f"{local_stripe.url}/_control/{path}", json=wish)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_what_cannot_happen_now_is_refused(local_stripe):
    session = create_session(local_stripe.client())
    url = f"{local_stripe.url}/_control/sessions/{session.id}"
    assert requests.post(f"{url}/settle").status_code == 409
    assert requests.post(f"{url}/win").status_code == 400
    assert requests.post(f"{local_stripe.url}/_control/sessions/none/pay").status_code == 404


def test_the_state_can_be_seen_in_full(local_stripe):
    session = buy(local_stripe, local_stripe.client())
    objects = local_stripe.control("GET", "state")["objects"]
    assert [found["id"] for found in objects["checkout.session"]] == [session.id]
    assert "_account" not in objects["charge"][0]


def test_a_restart_keeps_objects_answers_and_events_on_their_way(tmp_path):
    with running_receiver() as receiver:
        options = {"folder": tmp_path / "stripe", "webhook_url": receiver.url}
        with running(Options(*SECRETS, **options)) as url:
            first = LocalStripe(url)
            first.knobs(hold=True)
            session = create_session(first.client(), options={"idempotency_key": "order-1"})
            first.client().v1.checkout.sessions.expire(session.id)
        with running(Options(*SECRETS, **options)) as url:
            second = LocalStripe(url)
            found = second.client().v1.checkout.sessions.retrieve(session.id)
            assert found.status == "expired"
            assert len(second.client().v1.checkout.sessions.list().data) == 1
            second.release()
            wait_until(lambda: receiver.received, "the event is lost", seconds=20)


def test_links_given_out_before_a_restart_lead_to_the_same_port(tmp_path):
    options = {"folder": tmp_path / "stripe"}
    with running(Options(*SECRETS, **options)) as url:
        session = create_session(LocalStripe(url).client())
    port = int(url.rsplit(":", 1)[1])
    with running(Options(*SECRETS, port=port, **options)):
        assert requests.get(session.url).status_code == 200


def test_what_can_go_wrong_is_documented():
    text = (Path(settings.BASE_DIR) / "docs/local-stripe.md").read_text()
    names = [field.name for field in dataclasses.fields(Knobs)] + list(KINDS)
    assert [name for name in names if f"`{name}`" not in text] == []


def test_nothing_secret_is_shown(local_stripe):
    assert SECRETS[0] not in repr(Options(*SECRETS))
    assert SECRETS[1] not in requests.get(f"{local_stripe.url}/_control/state").text
