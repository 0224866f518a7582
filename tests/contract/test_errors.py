"""Error Handling: the rows that belong to no single endpoint."""

import pytest

from generations.lumiq import contract
from generations.lumiq.errors import (
    LumiqOutOfCredits,
    LumiqRateLimited,
    LumiqUnavailable,
    LumiqUnclear,
)
from tests.contract.server import Pace, Server, assert_row
from tests.sandbox_server import running_sandbox

TABLE = [
    (400, "Missing required files"),
    (400, "Invalid duration"),
    (401, "Missing API key"),
    (401, "Invalid API key"),
    (402, "Insufficient credits"),
    (404, "Task not found"),
    (429, "Rate limit exceeded"),
    (500, "Internal error"),
]


@pytest.fixture
def strict(server, may_flood, tmp_path):
    """A server with the documented limit whose minute may be used up."""
    if server.sandbox is None:
        yield Server(server.base_url, server.key, server.material, Pace(0))
        server.pace.rest(61)
        return
    keys = {"lmq_a": 900, "lmq_b": 900}
    with running_sandbox(tmp_path, keys=keys, requests_per_minute=30) as sandbox:
        yield Server(sandbox.base_url, "lmq_a", server.material, Pace(0), sandbox)


def test_error_table_is_the_contracts():
    assert [(row.http_status, row.code) for row in contract.ERROR_ROWS] == TABLE


def test_402_insufficient_credits(poor):
    assert_row(poor.football(), contract.INSUFFICIENT_CREDITS)
    with pytest.raises(LumiqOutOfCredits):
        poor.submit_football()


def test_429_max_30_requests_per_minute_per_key(strict):
    answers = [strict.get("/account") for _ in range(31)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[-1] == 429
    if strict.sandbox:
        assert statuses == [200] * 30 + [429]
    assert_row(answers[-1], contract.RATE_LIMITED)
    with pytest.raises(LumiqRateLimited):
        strict.client.fetch_account()
    with pytest.raises(LumiqRateLimited):
        strict.submit_football()


def test_429_leaves_another_key_alone(strict):
    if strict.sandbox is None:
        pytest.skip("needs control of the server")
    for _ in range(31):
        strict.get("/account")
    assert strict.with_key("lmq_b").get("/account").status_code == 200


def test_500_internal_error(server, control):
    control.set_scenario("internal-error", key=server.key, times=3)
    assert_row(server.get("/account"), contract.INTERNAL_ERROR)
    with pytest.raises(LumiqUnavailable):
        server.client.fetch_account()
    with pytest.raises(LumiqUnclear):
        server.submit_football()
