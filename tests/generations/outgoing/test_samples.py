"""The samples in docs/webhooks.md verify what we sign, and nothing else."""

import json
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from standardwebhooks import Webhook

from generations.outgoing.signing import build_headers, new_secret

BODY = b'{"task_id": "a1b2c3d4", "status": "completed"}'


def find_sample(language):
    text = (Path(settings.BASE_DIR) / "docs/webhooks.md").read_text()
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1]


def run_python(secret, headers, body):
    names = {}
    exec(find_sample("python"), names)  # noqa: S102
    return names["is_genuine"](secret, headers, body)


def run_javascript(secret, headers, body):
    node = shutil.which("node")
    if not node:
        pytest.skip("no Node here")
    call = f"isGenuine({json.dumps(secret)}, {json.dumps(headers)}, Buffer.from({body.decode()!r}))"
    script = f"{find_sample('javascript')}\nconsole.log({call});"
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip() == "true"


@pytest.mark.parametrize("is_genuine", [run_python, run_javascript])
def test_a_sample_takes_ours_and_refuses_the_rest(is_genuine):
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = build_headers("evt_1", BODY, keys=[new, old], now=datetime.now(UTC))
    assert is_genuine(new, headers, BODY)
    assert is_genuine(old, headers, BODY)
    assert not is_genuine(other, headers, BODY)
    assert not is_genuine(new, headers, BODY.replace(b"a1", b"a2"))
    assert not is_genuine(new, {**headers, "webhook-id": "evt_2"}, BODY)
    late = {**headers, "webhook-timestamp": str(int(time.time()) - 301)}
    assert not is_genuine(new, late, BODY)


def test_our_signature_is_that_of_the_reference():
    secret, now = new_secret(), datetime.now(UTC)
    headers = build_headers("evt_1", BODY, keys=[secret], now=now)
    assert headers["webhook-signature"] == Webhook(secret).sign("evt_1", now, BODY.decode())
