import io
import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from generations.lumiq import errors
from generations.lumiq.answers import retry_after_seconds
from generations.lumiq.client import FilePart, LumiqClient
from tests.generations.lumiq.raw_server import raw_server

KEY = "lmq_very_secret"
ACCEPTED = {
    "success": True,
    "task_id": "a1b2c3d4",
    "status": "processing",
    "credits_used": 90,
    "credits_remaining": 510,
    "estimated_time": "3-5 minutes",
    "check_status": "https://lumiq.my/api/v1/status/a1b2c3d4",
}


def client_of(server, **options):
    options = {"connect_timeout": 2, "send_timeout": 2, "read_timeout": 2, **options}
    return LumiqClient(base_url=server.base_url, api_key=KEY, **options)


def submit(client, before_last=lambda: None, photo=b"x" * 1000):
    part = FilePart("photo.jpg", "image/jpeg", len(photo), lambda: io.BytesIO(photo))
    return client.submit_football(
        photo=part,
        team_left="Brazil",
        team_right="Japan",
        webhook_url="http://127.0.0.1:9/hook",
        before_last=before_last,
    )


def failure_of(exception, act, *arguments, **named):
    with pytest.raises(exception) as caught:
        act(*arguments, **named)
    assert type(caught.value) is exception
    for shown in (caught.value, caught.value.__cause__, caught.value.__context__):
        assert KEY not in f"{shown} {shown!r}"
    return caught.value


def answering(status, body, headers="", length=None):
    body = body if isinstance(body, str) else json.dumps(body)

    def script(visit):
        visit.receive_body()
        visit.answer(status, body, headers, length)

    return raw_server(script)


def ignore(visit):
    pass


def refusal(code):
    return {"success": False, "error": code, "detail": f"about {KEY} itself"}


def test_submit_gives_what_lumiq_answered():
    committed = []
    with answering(200, ACCEPTED) as server:
        submitted = submit(client_of(server), lambda: committed.append(True))
    assert submitted.task_id == "a1b2c3d4"
    assert submitted.credits_remaining == 510
    assert committed == [True]
    visit = server.visits[0]
    assert visit.is_whole
    assert visit.received.startswith(b"POST /api/v1/football HTTP/1.1\r\n")
    assert b"X-API-Key: lmq_very_secret\r\n" in visit.received
    assert b"Transfer-Encoding" not in visit.received


# Before the tail has left: provably not processed.


def test_refused_connection_was_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = LumiqClient(base_url=f"http://127.0.0.1:{port}/api/v1", api_key=KEY)
    assert "NewConnectionError" in str(failure_of(errors.LumiqNotSent, submit, client))
    failure_of(errors.LumiqUnavailable, client.fetch_account)


def test_unknown_host_was_not_sent():
    client = LumiqClient(base_url="http://lumiq.invalid/api/v1", api_key=KEY)
    failure_of(errors.LumiqNotSent, submit, client)


def test_failed_tls_handshake_was_not_sent():
    with raw_server(lambda visit: visit.answer(400, "plain")) as server:
        client = LumiqClient(base_url=server.base_url.replace("http:", "https:"), api_key=KEY)
        failure_of(errors.LumiqNotSent, submit, client)


def test_reset_while_streaming_was_not_sent():
    def script(visit):
        visit.receive_head()
        visit.reset()

    committed = []
    with raw_server(script) as server:
        act = client_of(server)
        failure_of(errors.LumiqNotSent, submit, act, lambda: committed.append(1), b"x" * 10_000_000)
    assert committed == []


def test_server_that_stops_reading_was_not_sent():
    stop = threading.Event()

    def script(visit):
        visit.receive_head()
        stop.wait(5)

    with raw_server(script) as server:
        client = client_of(server, send_timeout=0.3)
        failure_of(errors.LumiqNotSent, submit, client, photo=b"x" * 20_000_000)
        stop.set()


def test_upload_may_stall_longer_than_the_connect_timeout():
    def script(visit):
        visit.receive_head()
        time.sleep(0.6)
        visit.receive_body()
        visit.answer(200, json.dumps(ACCEPTED))

    with raw_server(script) as server:
        client = client_of(server, connect_timeout=0.2, send_timeout=5)
        assert submit(client, photo=b"x" * 20_000_000).task_id == "a1b2c3d4"


@pytest.mark.parametrize("failure", [RuntimeError("lease lost"), BrokenPipeError("database gone")])
def test_failure_of_before_last_reaches_the_caller_and_the_server_never_gets_the_tail(failure):
    def before_last():
        raise failure

    def script(visit):
        visit.receive_body()

    with raw_server(script) as server:
        with pytest.raises(type(failure)) as caught:
            submit(client_of(server), before_last)
        assert caught.value is failure
        server.settle(connections=1)
        visit = server.visits[0]
        assert len(visit.body) == visit.content_length - 38
        assert not visit.is_whole


def test_file_shorter_than_stated_never_becomes_a_whole_body():
    part = FilePart("photo.jpg", "image/jpeg", 100, lambda: io.BytesIO(b"x" * 99))
    with raw_server(lambda visit: visit.receive_body()) as server:
        failure_of(
            errors.LumiqSourceBroken,
            client_of(server).submit_avatar,
            clip=part,
            photo=part,
            duration_seconds=10,
            ratio="9:16",
            voice_id=None,
            webhook_url="",
            before_last=lambda: None,
        )
        server.settle(connections=1)
        assert not server.visits[0].is_whole


@pytest.mark.parametrize(
    ("status", "exception"),
    [
        (413, errors.LumiqRejected),
        (401, errors.LumiqKeyRefused),
        (429, errors.LumiqRateLimited),
        (502, errors.LumiqNotSent),
    ],
)
def test_early_answer_is_classified_by_its_status(status, exception):
    def script(visit):
        visit.receive_head()
        visit.answer(status, "<html>no</html>", "Connection: close\r\n")
        visit.reset()

    committed = []
    with raw_server(script) as server:
        act = client_of(server)
        failure_of(exception, submit, act, lambda: committed.append(1), b"x" * 10_000_000)
    assert committed == []


def test_task_named_before_all_was_sent_is_unclear():
    def script(visit):
        visit.receive_head()
        visit.answer(200, json.dumps(ACCEPTED), "Connection: close\r\n")
        visit.reset()

    with raw_server(script) as server:
        failure = failure_of(
            errors.LumiqUnclear, submit, client_of(server), photo=b"x" * 10_000_000
        )
    assert failure.task_id == "a1b2c3d4"


# After the tail has left: only a proper 200 or 4xx is an answer.


def test_reset_after_the_whole_body_is_unclear():
    def script(visit):
        visit.receive_body()
        visit.reset()

    with raw_server(script) as server:
        assert failure_of(errors.LumiqUnclear, submit, client_of(server)).task_id is None


def test_closing_without_a_word_is_unclear():
    with raw_server(lambda visit: visit.receive_body()) as server:
        failure_of(errors.LumiqUnclear, submit, client_of(server))


def test_garbage_is_unclear():
    def script(visit):
        visit.receive_body()
        visit.send("\x00\x01 this is not HTTP\r\n\r\n")

    with raw_server(script) as server:
        failure_of(errors.LumiqUnclear, submit, client_of(server))


def test_slow_answer_is_unclear():
    done = threading.Event()

    def script(visit):
        visit.receive_body()
        done.wait(5)

    with raw_server(script) as server:
        failure = failure_of(errors.LumiqUnclear, submit, client_of(server, read_timeout=0.2))
        done.set()
    assert "ReadTimeout" in str(failure)


def test_answer_that_trickles_is_unclear_after_the_read_timeout():
    def script(visit):
        visit.receive_body()
        visit.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(200):
            visit.send(" ")
            time.sleep(0.05)

    with raw_server(script) as server:
        started = time.monotonic()
        failure_of(errors.LumiqUnclear, submit, client_of(server, read_timeout=0.3))
        assert time.monotonic() - started < 5


def test_truncated_answer_is_unclear_and_gives_the_task_id_it_holds():
    with answering(200, json.dumps(ACCEPTED)[:60], length=240) as server:
        assert failure_of(errors.LumiqUnclear, submit, client_of(server)).task_id == "a1b2c3d4"


def test_answer_truncated_within_the_task_id_gives_none():
    with answering(200, '{"success": true, "task_id": "a1b2', length=240) as server:
        assert failure_of(errors.LumiqUnclear, submit, client_of(server)).task_id is None


def test_endless_answer_is_unclear():
    with answering(200, " " * 200_000) as server:
        failure_of(errors.LumiqUnclear, submit, client_of(server))


@pytest.mark.parametrize("status", [201, 302, 307, 408, 500, 502, 503, 504])
def test_any_other_status_is_unclear_and_no_redirect_is_followed(status):
    with raw_server(ignore) as elsewhere:
        headers = f"Location: {elsewhere.base_url}\r\n"
        with answering(status, "<html>sorry</html>", headers) as server:
            failure_of(errors.LumiqUnclear, submit, client_of(server))
        assert len(server.visits) == 1
        assert elsewhere.visits == []


@pytest.mark.parametrize(
    "answer",
    [
        "<html>ok</html>",
        "null",
        "[" * 60_000,
        {**ACCEPTED, "success": False},
        {**ACCEPTED, "credits_remaining": "510"},
        {**ACCEPTED, "task_id": "../x"},
    ],
)
def test_unusable_200_is_unclear(answer):
    with answering(200, answer) as server:
        failure_of(errors.LumiqUnclear, submit, client_of(server))


def test_400_is_rejected_with_its_code_and_without_the_key():
    with answering(400, refusal("Invalid duration")) as server:
        failure = failure_of(errors.LumiqRejected, submit, client_of(server))
    assert (failure.code, failure.http_status) == ("Invalid duration", 400)
    assert failure.detail == "about [key] itself"


def test_413_page_is_rejected():
    with answering(413, "<html>too large</html>") as server:
        assert failure_of(errors.LumiqRejected, submit, client_of(server)).code == "HTTP 413"


def test_401_402_and_429_each_have_their_exception():
    with answering(401, refusal("Invalid API key")) as server:
        failure_of(errors.LumiqKeyRefused, submit, client_of(server))
    with answering(402, refusal("Insufficient credits")) as server:
        failure_of(errors.LumiqOutOfCredits, submit, client_of(server))
    with answering(429, refusal("Rate limit exceeded"), "Retry-After: 17\r\n") as server:
        failure = failure_of(errors.LumiqRateLimited, submit, client_of(server))
    assert failure.retry_after_seconds == 17


def test_refusal_that_names_a_task_is_unclear():
    with answering(400, {"error": "odd", "task_id": "a1b2c3d4"}) as server:
        assert failure_of(errors.LumiqUnclear, submit, client_of(server)).task_id == "a1b2c3d4"


def test_retry_after_is_read_in_both_forms():
    assert retry_after_seconds("2.5") == 2.5
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < retry_after_seconds(soon) <= 60
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    for nonsense in (None, "", "soon", "-5", "nan", "1e9"):
        assert retry_after_seconds(nonsense) is None


# Read-only calls.


def test_status_and_account_are_read():
    status = {"task_id": "a1b2c3d4", "status": "processing", "created_at": "2026-06-14 10:30:00"}
    with answering(200, status) as server:
        assert client_of(server).fetch_status("a1b2c3d4").status == "processing"
        assert server.visits[0].received.startswith(b"GET /api/v1/status/a1b2c3d4 ")
    account = {
        "credits_balance": 1200,
        "email": "user@example.com",
        "total_api_calls": 47,
        "total_credits_spent": 4230,
    }
    with answering(200, account) as server:
        assert client_of(server).fetch_account().credits_balance == 1200


@pytest.mark.parametrize(
    ("status", "body", "exception"),
    [
        (401, refusal("Invalid API key"), errors.LumiqKeyRefused),
        (404, refusal("Task not found"), errors.LumiqTaskNotFound),
        (404, "<html>nginx</html>", errors.LumiqUnavailable),
        (429, refusal("Rate limit exceeded"), errors.LumiqRateLimited),
        (500, refusal("Internal error"), errors.LumiqUnavailable),
        (502, "<html>bad gateway</html>", errors.LumiqUnavailable),
        (302, "", errors.LumiqRedirected),
        (200, "<html>hello</html>", errors.LumiqUnavailable),
    ],
)
def test_each_answer_to_a_status_call_has_its_exception(status, body, exception):
    with answering(status, body, "Location: http://127.0.0.1:9/\r\n") as server:
        failure_of(exception, client_of(server).fetch_status, "a1b2c3d4")
        assert len(server.visits) == 1


def test_status_of_another_task_is_unusable():
    with answering(200, {"task_id": "ffffffff", "status": "completed"}) as server:
        failure_of(errors.LumiqUnavailable, client_of(server).fetch_status, "a1b2c3d4")


@pytest.mark.parametrize("task_id", ["", "../account", "a/b", "a?b", "a\n", "x" * 65])
def test_task_id_with_other_characters_is_never_asked_for(task_id):
    client = LumiqClient(base_url="http://127.0.0.1:9/api/v1", api_key=KEY)
    with pytest.raises(ValueError, match="task id"):
        client.fetch_status(task_id)
    with pytest.raises(ValueError, match="task id"), client.open_download(task_id):
        pass


def test_download_streams_the_video():
    with answering(200, "v" * 200_000, "Content-Type: video/mp4\r\n") as server:
        with client_of(server).open_download("a1b2c3d4") as download:
            assert (download.content_length, download.content_type) == (200_000, "video/mp4")
            chunks = list(download.iter_chunks())
        assert b"GET /api/v1/download/a1b2c3d4 " in server.visits[0].received
    assert max(map(len, chunks)) <= 65536
    assert b"".join(chunks) == b"v" * 200_000


def download_whole(client):
    with client.open_download("a1b2c3d4") as download:
        return b"".join(download.iter_chunks())


def test_download_that_ends_early_is_unavailable():
    with answering(200, "v" * 1000, length=2000) as server:
        failure_of(errors.LumiqUnavailable, download_whole, client_of(server))


def test_download_that_stalls_is_unavailable():
    done = threading.Event()

    def script(visit):
        visit.receive_body()
        visit.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
        done.wait(5)

    with raw_server(script) as server:
        failure_of(errors.LumiqUnavailable, download_whole, client_of(server, read_timeout=0.2))
        done.set()


def test_download_follows_no_redirect():
    with raw_server(ignore) as elsewhere:
        with answering(302, "", f"Location: {elsewhere.base_url}\r\n") as server:
            failure_of(errors.LumiqRedirected, download_whole, client_of(server))
        assert elsewhere.visits == []


def test_download_follows_to_a_host_that_may_give_it_and_leaves_the_key_behind():
    with answering(200, "video") as elsewhere:
        target = elsewhere.base_url
        host = target.split("/")[2]
        with answering(302, "", f"Location: {target}/v.mp4?signed=1\r\n") as server:
            assert download_whole(client_of(server, download_hosts={host})) == b"video"
            assert KEY.encode() in server.visits[0].received
        assert elsewhere.visits[0].received.startswith(b"GET /api/v1/v.mp4?signed=1 ")
        assert KEY.encode() not in elsewhere.visits[0].received


@pytest.mark.parametrize("prefix", ["ftp://", "http://someone@"])
def test_download_follows_to_no_other_form_of_that_host(prefix):
    with raw_server(ignore) as elsewhere:
        host = elsewhere.base_url.split("/")[2]
        with answering(302, "", f"Location: {prefix}{host}/v.mp4\r\n") as server:
            client = client_of(server, download_hosts={host})
            failure_of(errors.LumiqRedirected, download_whole, client)
        assert elsewhere.visits == []


def test_download_follows_one_redirect_and_no_second():
    with (
        raw_server(ignore) as third,
        answering(302, "", f"Location: {third.base_url}\r\n") as second,
    ):
        hosts = {server.base_url.split("/")[2] for server in (second, third)}
        with answering(302, "", f"Location: {second.base_url}\r\n") as first:
            client = client_of(first, download_hosts=hosts)
            failure_of(errors.LumiqRedirected, download_whole, client)
        assert third.visits == []


def test_download_without_a_length_says_so():
    def script(visit):
        visit.receive_body()
        visit.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nvideo")

    with raw_server(script) as server, client_of(server).open_download("a1b2c3d4") as download:
        assert download.content_length is None
        assert b"".join(download.iter_chunks()) == b"video"


def test_environment_proxies_are_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with answering(200, ACCEPTED) as server:
        assert submit(client_of(server)).task_id == "a1b2c3d4"


# The client itself.


def test_key_is_nowhere_in_the_clients_representation():
    assert KEY not in repr(LumiqClient(base_url="https://lumiq.my/api/v1", api_key=KEY))


@pytest.mark.parametrize("key", ["", "lmq x", "lmq\n", "lmq_é"])
def test_key_that_no_header_carries_is_refused_unquoted(key):
    with pytest.raises(ValueError, match="the API key is empty or has characters") as caught:
        LumiqClient(base_url="https://lumiq.my/api/v1", api_key=key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["lumiq.my/api/v1", "ftp://lumiq.my/", "https://u:p@lumiq.my/", "https://l.my/?a=b"]
)
def test_base_url_must_be_one(base_url):
    with pytest.raises(ValueError, match="base URL"):
        LumiqClient(base_url=base_url, api_key=KEY)
