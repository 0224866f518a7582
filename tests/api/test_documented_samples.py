"""What LUMIQ's documentation shows runs against the portal with another address and key only."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.core.files.storage import default_storage

from accounts.models import ApiKey, Hostname
from generations.models import Generation
from tests.cast import build_photo_bytes, give
from tests.clips import build_clip_bytes
from tests.fixtures.site import free_port, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

SAMPLES = Path(__file__).parent / "samples"
NODE_PACKAGES = ["axios", "form-data"]


@pytest.fixture
def customer(cast, start_site, start_process, tmp_path):
    """A customer's folder with the documented files, his webhook handler, his way to the portal."""
    Hostname.objects.create(tenant=cast.aurora, host="127.0.0.1")
    give(cast.alice, 900)
    handler_port = free_port()
    port, _ = start_site(outbound=True)
    folder = tmp_path / "customer"
    folder.mkdir()
    (folder / "person.jpg").write_bytes(build_photo_bytes())
    (folder / "source.mp4").write_bytes(build_clip_bytes(tmp_path))
    shutil.copy(SAMPLES / "webhook.py", folder / "webhook.py")
    handler = start_process(
        [sys.executable, "-u", "-m", "flask", "--app", folder / "webhook.py", "run",
         "--port", handler_port],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    wait_until(lambda: _answers(handler_port), "the handler does not answer")
    key = ApiKey.issue(user=cast.alice, name="samples")[1]
    return Customer(folder, port, handler_port, key, handler.log_path)


class Customer:
    def __init__(self, folder, port, handler_port, key, handler_log):
        self.folder, self._key, self._handler_log = folder, key, handler_log
        self._ours = {
            "https://lumiq.my": f"http://127.0.0.1:{port}",
            "https://your-server.com": f"http://127.0.0.1:{handler_port}",
        }

    def run(self, name, command, *, task_id="", wrap="{}", environment=None):
        """Run the sample of that name, with nothing changed but what the class knows."""
        text = (SAMPLES / name).read_text()
        for theirs, ours in self._ours.items():
            text = text.replace(theirs, ours)
        text = re.sub(r"lmq_YOUR_(API_)?KEY", self._key, text)
        text = text.replace("TASK_ID", task_id).replace("a1b2c3d4", task_id)
        file = self.folder / name
        file.write_text(wrap.replace("{}", text))
        done = subprocess.run(
            [*command, file], cwd=self.folder, env={**os.environ, **(environment or {})},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def heard(self):
        return Path(self._handler_log).read_text()


def test_every_sample_of_the_documentation_runs(customer):
    """One test, since one site serves it all: an order each from curl, Python and Node."""
    assert '"credits_balance": 900' in customer.run("account.sh", ["sh"])
    customer.run("avatar.sh", ["sh"])
    customer.run("avatar.py", [sys.executable])
    has_run_node = _run_node(customer)
    for generation in Generation.objects.all():
        task_id = str(generation.pk)
        ready = f"/api/v1/download/{task_id}"
        wait_until(lambda text=ready: text in customer.heard(), "the handler was not called")
        assert '"status": "completed"' in customer.run("status.sh", ["sh"], task_id=task_id)
        customer.run("download.sh", ["sh"], task_id=task_id)
        generation.refresh_from_db()
        with default_storage.open(generation.video.name) as stored:
            assert (customer.folder / task_id).read_bytes() == stored.read()
    if not has_run_node:
        pytest.skip("no Node here, or no registry to install axios from; all other samples ran")


def _run_node(customer):
    """The sample has `require` and `await` side by side, which Node takes inside a function."""
    packages = _find_packages(customer.folder)
    if packages is None:
        return False
    told = customer.run(
        "avatar.js", ["node"], wrap="(async () => {\n{}\n})();",
        environment={"NODE_PATH": str(packages)},
    )  # fmt: skip
    assert "success: true" in told
    return True


def _find_packages(folder):
    """None where there is no Node, or no registry to get them from."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder]
    done = subprocess.run([*command, *NODE_PACKAGES], capture_output=True, timeout=120)
    return folder / "node_modules" if done.returncode == 0 else None


def _answers(port):
    try:
        return requests.get(f"http://127.0.0.1:{port}/webhook", timeout=2).status_code == 405
    except requests.RequestException:
        return False
