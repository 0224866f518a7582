"""Each scenario as a client meets it, and what it cost."""

import io
import json
import re
import time

import av
import pytest
import requests

from generations.sandbox.scenarios import ENDPOINTS, REQUESTS, SCENARIOS
from tests.generations.sandbox.api import Api, error_of
from tests.generations.sandbox.test_webhooks import receiving
from tests.sandbox_server import ROOT, running_sandbox

HEADER = "X-Sandbox-Scenario"
DOCUMENTATION = ROOT / "docs" / "sandbox.md"


class WishingApi(Api):
    """Sends the header with every request until told otherwise."""

    wish = ""

    @property
    def headers(self):
        return {**super().headers, **({HEADER: self.wish} if self.wish else {})}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), keys={"lmq_test": 900_000}) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox):
    return WishingApi(sandbox.base_url)


@pytest.fixture
def spent(sandbox):
    """spent() → what was charged since the test began."""

    def total():
        return sum(charge["credits"] for charge in sandbox.record()["charges"])

    before = total()
    return lambda: total() - before


def wishing(api, wish, ask):
    api.wish = wish
    try:
        return ask()
    finally:
        api.wish = ""


def finished_task(api):
    task_id = api.football().json()["task_id"]
    assert api.wait_for(task_id)["status"] == "completed"
    return task_id


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("rate-limited", (429, "Rate limit exceeded")),
        ("rate-limited-bare", (429, "Rate limit exceeded")),
        ("internal-error", (500, "Internal error")),
        ("unavailable", (503, "Service unavailable")),
        ("revoked-key", (401, "Invalid API key")),
        ("out-of-credits", (402, "Insufficient credits")),
    ],
)
def test_refusals_are_error_rows_and_cost_nothing(api, spent, name, error):
    assert error_of(wishing(api, name, api.football)) == error
    assert spent() == 0
    if name != "out-of-credits":
        assert error_of(wishing(api, name, lambda: api.get("/account"))) == error


def test_rate_limited_tells_when_to_come_back_or_does_not(api):
    def retry_after(wish):
        return wishing(api, wish, api.football).headers.get("Retry-After")

    assert retry_after("rate-limited") == "30"
    assert retry_after("rate-limited; retry_after=7") == "7"
    assert retry_after("rate-limited-bare") is None


def test_bad_gateway_is_a_page_of_html(api, spent):
    answer = wishing(api, "bad-gateway", api.football)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        502,
        "text/html; charset=utf-8",
    )
    assert "<html>" in answer.text
    assert spent() == 0


@pytest.mark.parametrize("name", ["slow", "too-slow"])
def test_slow_answers_after_its_seconds(api, spent, name):
    started = time.monotonic()
    assert wishing(api, f"{name}; seconds=0.5", api.football).status_code == 200
    assert time.monotonic() - started >= 0.5
    assert spent() == 90


def test_submit_that_nobody_waits_for_any_more_is_taken_nevertheless(api, spent):
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{api.base_url}/football",
            headers={**api.headers, HEADER: "too-slow; seconds=1"},
            data={"team_left": "Brazil", "team_right": "Japan"},
            files={"photo": ("me.jpg", b"\xff\xd8\xff")},
            timeout=0.3,
        )
    assert spent() == 0
    time.sleep(1.2)
    assert spent() == 90


@pytest.mark.parametrize(
    ("wish", "price"),
    [("reset-before", 0), ("reset-after", 90), ("accepted-silent; seconds=1", 90)],
)
def test_dropped_connections_have_no_answer(api, spent, wish, price):
    started = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        wishing(api, wish, api.football)
    assert time.monotonic() - started < 5
    assert spent() == price


def test_accepted_error_has_charged(api, spent):
    answer = wishing(api, "accepted-error", api.football)
    assert error_of(answer) == (500, "Internal error")
    assert spent() == 90


def test_garbage_is_no_json_but_charged(api, spent):
    answer = wishing(api, "garbage", api.football)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()
    assert spent() == 90


@pytest.mark.parametrize(
    ("name", "has_task_id"), [("truncated", False), ("truncated-after-task-id", True)]
)
def test_truncated_answer_breaks_off(sandbox, api, spent, name, has_task_id):
    api.wish = name
    with (
        requests.post(
            f"{api.base_url}/football",
            headers=api.headers,
            data={"team_left": "Brazil", "team_right": "Japan"},
            files={"photo": ("me.jpg", b"\xff\xd8\xff")},
            timeout=20,
            stream=True,
        ) as response,
        pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead") as broken,
    ):
        _ = response.content
    came = int(re.search(r"IncompleteRead\((\d+) bytes", str(broken.value))[1])
    assert came == len(
        '{"success": true, "task_id": "a1b2c3d4"' if has_task_id else "{'success': true, 'task"
    )
    assert spent() == 90


def test_truncated_and_garbage_also_spoil_what_is_read(api):
    task_id = finished_task(api)
    for path in (f"/status/{task_id}", "/account"):
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            wishing(api, "truncated", lambda path=path: api.get(path))
        assert "html" in wishing(api, "garbage", lambda path=path: api.get(path)).text


def test_what_is_refused_anyhow_is_not_spoilt(api, spent):
    for name in ("reset-after", "accepted-error", "garbage", "truncated", "webhook-first"):
        refused = wishing(api, name, lambda: api.football(team_left="Atlantis"))
        assert error_of(refused) == (400, "Invalid team")
    assert spent() == 0


def test_price_drift_charges_and_says_so(api, spent):
    answer = wishing(api, "price-drift; credits=95", api.football).json()
    assert answer["credits_used"] == spent() == 95


def test_failing_ends_failed_and_never_finishing_does_not_end(sandbox, api, tmp_path):
    failing = wishing(api, "failing", api.football).json()["task_id"]
    never = wishing(api, "never-finishing", api.football).json()["task_id"]
    assert api.wait_for(failing)["status"] == "failed"
    finished_task(api)
    assert api.get(f"/status/{never}").json()["status"] == "processing"


def callbacks_of(api, wish, count):
    with receiving() as receiver:
        url = f"{receiver.url}/abc/"
        task_id = wishing(api, wish, lambda: api.football(webhook_url=url)).json()["task_id"]
        api.wait_for(task_id)
        receiver.wait(count)
        time.sleep(0.2)
        told = [(body["task_id"], body["status"]) for body in receiver.bodies]
    return task_id, told


def test_webhook_lost_never_comes(sandbox, api):
    task_id, told = callbacks_of(api, "webhook-lost", 0)
    assert told == []
    charges = {charge["task_id"]: charge for charge in sandbox.record()["charges"]}
    assert charges[task_id]["webhook"] == "given up"


def test_webhook_late_comes_late(api):
    with receiving() as receiver:
        wish = "webhook-late; seconds=0.6"
        answer = wishing(api, wish, lambda: api.football(webhook_url=receiver.url)).json()
        api.wait_for(answer["task_id"])
        time.sleep(0.2)
        assert receiver.bodies == []
        assert len(receiver.wait(1)) == 1


def test_webhook_repeated_comes_again(api):
    task_id, told = callbacks_of(api, "webhook-repeated; count=4", 4)
    assert told == [(task_id, "completed")] * 4


def test_webhook_comes_before_the_answer(api):
    with receiving() as receiver:
        api.wish = "webhook-first"
        task_id = api.football(webhook_url=receiver.url).json()["task_id"]
        assert [body["task_id"] for body in receiver.bodies] == [task_id]


def test_forged_webhooks_come_before_the_true_one(api):
    task_id, told = callbacks_of(api, "webhook-forged-task", 2)
    assert told[0][0] != task_id
    assert told[1] == (task_id, "completed")
    task_id, told = callbacks_of(api, "webhook-forged-status", 2)
    assert told == [(task_id, "failed"), (task_id, "completed")]


def test_webhook_to_an_unknown_token_comes_before_the_true_one(api):
    with receiving() as receiver:
        api.wish = "webhook-forged-token"
        api.football(webhook_url=f"{receiver.url}/abc/")
        receiver.wait(2)
        assert receiver.paths == ["/hook/cba/", "/hook/abc/"]


def test_cut_download_breaks_off_and_short_one_does_not(api):
    path = f"/download/{finished_task(api)}"
    whole = api.get(path).content
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        wishing(api, "download-cut", lambda: api.get(path))
    short = wishing(api, "download-short", lambda: api.get(path))
    assert "Content-Length" not in short.headers
    assert short.content == whole[: len(whole) // 2]
    with pytest.raises(av.FFmpegError), av.open(io.BytesIO(short.content)) as video:
        list(video.decode(video=0))


def test_vanished_and_redirected_download(api):
    path = f"/download/{finished_task(api)}"
    vanished = wishing(api, "download-vanished", lambda: api.get(path))
    assert error_of(vanished) == (404, "Task not found")
    wish = 'download-redirected; url="http://127.0.0.1:9/x.mp4"'
    redirected = wishing(api, wish, lambda: api.get(path, allow_redirects=False))
    assert (redirected.status_code, redirected.headers["Location"]) == (
        302,
        "http://127.0.0.1:9/x.mp4",
    )


@pytest.mark.parametrize(
    "wish", ["nonsense", "slow; seconds=-1", "slow; seconds=nan", "slow; seconds=x", "slow; x=1"]
)
def test_scenarios_that_do_not_exist_are_refused(api, wish):
    assert error_of(wishing(api, wish, lambda: api.get("/account"))) == (400, "Invalid scenario")


def test_scenario_that_makes_no_sense_here_is_refused(api):
    answer = wishing(api, "download-cut", api.football)
    assert error_of(answer) == (400, "Invalid scenario")
    assert "makes no sense for football" in answer.json()["detail"]


def test_every_scenario_is_named_for_endpoints_that_exist():
    for scenario in SCENARIOS.values():
        assert set(scenario.endpoints) <= set(ENDPOINTS)
        json.dumps(dict(scenario.details))
    assert set(REQUESTS) < set(ENDPOINTS)


def test_documentation_has_every_scenario_with_its_settings():
    rows = re.findall(r"^\| `([\w-]+)` \|.*\|([^|]*)\|$", DOCUMENTATION.read_text(), re.MULTILINE)
    told = {name: set(re.findall("`(.*?)`", settings)) for name, settings in rows}
    known = {name: set(scenario.details) for name, scenario in SCENARIOS.items()}
    assert {name: told.get(name) for name in known} == known
