"""The API's pages: whole, on the portal's own host, and with samples that run as they stand."""

import base64
import hashlib
import hmac
import html
import json
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
import requests
from standardwebhooks import Webhook

from accounts.models import ApiKey, Hostname
from generations.api import guide, schemas
from generations.api.description import build_schema
from generations.api.errors import ERROR_ROWS
from generations.lumiq.contract import TEAMS
from generations.models import Generation, WebhookEndpoint
from tests.cast import AURORA_HOST, BOREALIS_HOST, build_photo_bytes, give, make_ready
from tests.clips import build_clip_bytes
from tests.fixtures.site import free_port, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
BODY = b'{"task_id": "a1", "status": "completed", "video_url": "https://a.example/1"}'


@pytest.fixture
def schema():
    return build_schema()


@pytest.fixture
def operations(schema):
    return guide.read_operations(schema, host="http://a.example")


def read(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def read_samples(page):
    """What a reader copies: (language, text)."""
    found = re.findall(
        r'<pre class="code" data-in="(\w+)"[^>]*><code>(.*?)</code>', page, re.DOTALL
    )
    return [(language, html.unescape(re.sub(r"<[^>]+>", "", code))) for language, code in found]


def find_sample(page, language, part):
    """`part` is a pattern."""
    samples = (text for found, text in read_samples(page) if found == language)
    return next(text for text in samples if re.search(part, text, re.DOTALL))


@pytest.mark.parametrize(
    ("host", "name", "other"),
    [(AURORA_HOST, "aurora", "borealis"), (BOREALIS_HOST, "borealis", "aurora")],
)
def test_each_portal_has_its_own_documentation(cast, visit, host, name, other):
    page = read(visit(host=host).get("/api/docs"))
    assert f"http://{host}/api/v1/football" in page
    assert f"{name}_test_YOUR_KEY" in page
    assert schemas.HOST not in page
    for foreign in ("lumiq", "lmq_", "upstream", "platform.localhost", other):
        assert foreign not in page.lower()


@pytest.mark.parametrize(("person", "host"), [("alice", AURORA_HOST), ("mallory", BOREALIS_HOST)])
def test_each_portal_has_its_own_playground(cast, visit, person, host):
    page = read(visit(getattr(cast, person), host).get("/account/api/"))
    assert f'data-base="http://{host}/api/v1/"' in page
    assert "lumiq" not in page.lower()


def test_the_playground_is_for_who_is_signed_in(cast, visit):
    assert visit().get("/account/api/").status_code == 302


def test_every_error_row_is_on_the_page(cast, visit):
    page = read(visit().get("/api/docs"))
    for row in ERROR_ROWS:
        cells = rf">{row.http_status}</td><th[^>]*><code>{re.escape(row.code)}</code>"
        assert re.search(cells, page), row


def test_every_operation_and_parameter_is_on_both_pages(cast, visit, schema, operations):
    count = sum(len(methods) for methods in schema["paths"].values())
    assert len({operation.slug for operation in operations}) == len(operations) == count
    docs = read(visit().get("/api/docs"))
    playground = read(visit(cast.alice).get("/account/api/"))
    for operation in operations:
        section = docs.split(f'<section class="operation" id="{operation.slug}"')[1]
        section = section.split("</section>")[0]
        fields = playground.split(f'data-fields="{operation.slug}"')[1].split("</fieldset>")[0]
        assert operation.path in section
        for parameter in operation.parameters:
            assert parameter.description, (operation.slug, parameter.name)
            assert f"<code>{parameter.name}</code>" in section
            assert f'name="{parameter.name}"' in fields
        for language in ("curl", "python", "javascript"):
            assert f'data-in="{language}"' in section


def test_every_link_within_the_page_leads_somewhere(cast, visit):
    page = read(visit().get("/api/docs"))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_all_teams_are_on_the_page_letter_for_letter(cast, visit):
    page = read(visit().get("/api/docs"))
    shown = re.findall(r'<span lang="en" translate="no">([^<]+)</span>', page)
    assert tuple(map(html.unescape, shown)) == TEAMS


def test_the_footer_leads_to_the_documentation(cast, visit):
    assert 'href="/api/docs"' in read(visit().get("/"))


def test_no_page_has_inline_style_or_script(cast, visit):
    pages = [visit().get("/api/docs"), visit(cast.alice).get("/account/api/")]
    for page in map(read, pages):
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page)


def test_examples_of_answers_are_such_answers(schema):
    for name, shape in schema["components"]["schemas"].items():
        for example in shape.get("examples", []):
            model = getattr(schemas, name)
            told = model.model_validate(example).model_dump(exclude_none=True)
            assert told == example
            assert set(example) <= set(model.model_fields)


def test_every_json_answer_has_an_example(operations):
    for operation in operations:
        assert operation.answers or operation.path.startswith("download"), operation.slug


def sign(body=BODY, secret=SECRET, moment=None):
    moment = moment or datetime.now(UTC)
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("evt_1", moment, body.decode()),
    }


def forgeries():
    """What a receiver must refuse: headers and body."""
    good = sign()
    other = "whsec_" + base64.b64encode(b"another secret of 24 by.").decode()
    return [
        (sign(secret=other), BODY),
        (good, BODY.replace(b"completed", b"failed")),
        ({**good, "webhook-id": "evt_2"}, BODY),
        (sign(moment=datetime.fromtimestamp(time.time() - 400, UTC)), BODY),
        ({**good, "webhook-signature": "v1,"}, BODY),
        ({name: good[name] for name in ("webhook-id", "webhook-timestamp")}, BODY),
        ({}, BODY),
    ]


def during_rotation():
    """Two signatures, the receiver's is the second."""
    good = sign()
    stranger = base64.b64encode(hmac.digest(b"x", BODY, hashlib.sha256)).decode()
    return {**good, "webhook-signature": f"v1,{stranger} {good['webhook-signature']}"}


def test_the_python_receiver_takes_what_is_signed_and_nothing_else(cast, visit, monkeypatch):
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    code = find_sample(read(visit().get("/api/docs")), "python", "is_genuine")
    names = {"__name__": "receiver"}
    exec(code, names)  # noqa: S102
    receiver = names["app"].test_client()

    def post(headers, body):
        headers = {**headers, "content-type": "application/json"}
        return receiver.post("/webhook", data=body, headers=headers).status_code

    assert post(sign(), BODY) == 200
    assert post(during_rotation(), BODY) == 200
    assert [post(*forged) for forged in forgeries()] == [400] * len(forgeries())


def test_the_javascript_receiver_takes_what_is_signed_and_nothing_else(
    cast, visit, tmp_path, start_process
):
    node = shutil.which("node")
    if not node:
        pytest.skip("no Node here")
    script, port = tmp_path / "receiver.mjs", free_port()
    script.write_text(find_sample(read(visit().get("/api/docs")), "javascript", "isGenuine"))
    start_process([node, script], env={"WEBHOOK_SECRET": SECRET, "PORT": str(port)})

    def post(headers, body):
        url = f"http://127.0.0.1:{port}/webhook"
        return requests.post(url, data=body, headers=headers, timeout=10).status_code

    def listens():
        try:
            return post(sign(), BODY) == 200
        except requests.ConnectionError:
            return False

    wait_until(listens, "the receiver does not listen", seconds=20)
    assert post(during_rotation(), BODY) == 200
    assert [post(*forged) for forged in forgeries()] == [400] * len(forgeries())


RUNNERS = {
    "curl": (["bash", "-e"], ".sh"),
    "python": ([sys.executable], ".py"),
    "javascript": (["node", "--no-warnings"], ".mjs"),
}


@pytest.fixture
def run_sample(cast, visit, start_site, tmp_path):
    """run_sample(language, part, own) → what it printed; `part` tells which sample, `own` what the
    reader puts in for what. All on one site, which takes seconds to start."""
    Hostname.objects.create(tenant=cast.aurora, host="localhost")  # which every resolver knows
    port, _ = start_site()
    give(cast.alice, 1800)
    # One each: all together call more often than a key may.
    keys = {name: ApiKey.issue(user=cast.alice, name=name)[1] for name in RUNNERS}
    page = read(visit(host=f"localhost:{port}").get("/api/docs"))
    (tmp_path / "person.jpg").write_bytes(build_photo_bytes())
    (tmp_path / "clip.mp4").write_bytes(build_clip_bytes(tmp_path))

    def run(language, part, own=()):
        text = find_sample(page, language, part)
        for shown, real in {"aurora_test_YOUR_KEY": keys[language], **dict(own)}.items():
            text = text.replace(shown, str(real))
        command, ending = RUNNERS[language]
        script = tmp_path / f"sample{ending}"
        script.write_text(text)
        done = subprocess.run(
            [*command, script], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, (text, done.stdout, done.stderr)
        return done.stdout

    return run


def test_the_samples_run_as_they_stand(cast, run_sample, tmp_path):
    missing = [name for name, (command, _) in RUNNERS.items() if not shutil.which(command[0])]
    for language in RUNNERS.keys() - missing:
        _run_all(cast.alice, run_sample, tmp_path, language)
    _order_twice(run_sample)
    if missing:
        pytest.skip(f"not run in {missing}: not there; all others ran")


def _run_all(alice, run_sample, tmp_path, language):
    ready = make_ready(alice, video=b"not really a video")
    own = {"TASK_ID": ready.pk}
    ordered = Generation.objects.filter(api_key__isnull=False)
    before = ordered.count()
    assert '"credits": 90' in as_json(run_sample(language, "/estimate"))
    assert '"status": "processing"' in as_json(run_sample(language, "/football"))
    assert '"status": "processing"' in as_json(run_sample(language, "/avatar"))
    assert ordered.count() == before + 2
    assert str(ready.pk) in run_sample(language, "/generations")
    assert "/v/" in run_sample(language, "/share-links", own)
    assert "New Zealand" in run_sample(language, "/teams")
    assert "alice@example.org" in run_sample(language, "/account")
    assert '"status": "completed"' in as_json(run_sample(language, ONE_STATUS, own))
    video = tmp_path / "video.mp4"
    for sample in ("/download/TASK_ID", SAMPLE_OF_WAITING[language]):
        video.unlink(missing_ok=True)
        run_sample(language, sample, own)
        assert video.read_bytes() == b"not really a video"
    assert '"credits_returned": 0' in as_json(run_sample(language, DELETING[language], own))

    assert "whsec_" in run_sample(language, "your-server.example/hook")
    endpoint = {"ENDPOINT_ID": WebhookEndpoint.objects.get().pk}
    for sample in ("ENDPOINT_ID/ping", 'ENDPOINT_ID"'):
        assert '"success": true' in as_json(run_sample(language, sample, endpoint)).lower()
    assert not WebhookEndpoint.objects.exists()


# What only this one of the samples says.
ONE_STATUS = r"^curl \"[^\n]*/status/|/status/.*answer\.json\(\)\)"
SAMPLE_OF_WAITING = {"curl": "Every 15", "python": r"time\.sleep", "javascript": r"sleep\(15"}
DELETING = {"curl": "DELETE", "python": r"requests\.delete", "javascript": '"DELETE"'}


def as_json(printed):
    """Python prints its own notation, Node JavaScript's: all of them as curl would show it."""
    text = re.sub(r"(?<=[{,])\s*(\w+):", r' "\1":', printed).replace("'", '"')
    return re.sub(r"\s+", " ", text).replace('":"', '": "')


def _order_twice(run_sample):
    before = Generation.objects.count()
    first, second = (run_sample("curl", "Idempotency-Key") for _ in range(2))
    assert json.loads(first)["task_id"] == json.loads(second)["task_id"]
    assert Generation.objects.count() == before + 1
