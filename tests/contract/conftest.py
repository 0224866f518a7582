"""Which server the contract suite asks: a sandbox of its own, or the one that CONTRACT_… names.

Everything comes from the environment, the keys above all: arguments can be seen by others.

- CONTRACT_BASE_URL, CONTRACT_API_KEY: another server, asked by HTTP only and slowly.
- CONTRACT_SPEND: 1 lets cases spend credits there (a few videos), `all` as many as they like.
- CONTRACT_OTHER_KEY, CONTRACT_POOR_KEY: a second key, and one without credits.
- CONTRACT_CLIP: a video file of 5-20 seconds with a person, for avatars there.
- CONTRACT_FLOOD: 1 lets a case run into the rate limit there.
"""

import io
import os
from pathlib import Path

import pytest

from generations.sandbox.portraits import draw_portrait
from tests.contract.server import SECONDS_BETWEEN_REQUESTS, Material, Pace, Server
from tests.generations.sandbox.api import clip_bytes, photo_bytes
from tests.sandbox_server import running_sandbox

KEYS = {
    "lmq_contract": (1_000_000, "user@example.com"),
    "lmq_contract_other": 900,
    "lmq_contract_poor": 0,
}


def _read(name):
    return os.environ.get(f"CONTRACT_{name}", "").strip()


SECRETS = [key for name in ("API_KEY", "OTHER_KEY", "POOR_KEY") if (key := _read(name))]
IS_FOREIGN = bool(_read("BASE_URL"))
if bool(_read("API_KEY")) != IS_FOREIGN:
    raise pytest.UsageError("the contract suite needs both a base URL and a key, or neither")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Whatever a failure quotes, it quotes no key."""
    report = yield
    if any(key in str(report.longrepr) for key in SECRETS):
        for key in SECRETS:
            report.longrepr = str(report.longrepr).replace(key, "[key]")
    return report


def pytest_collection_modifyitems(items):
    """A real video takes minutes; a hung sandbox should not."""
    for item in items:
        if IS_FOREIGN and "contract" in item.path.parts:
            item.add_marker(pytest.mark.timeout(45 * 60))


if IS_FOREIGN:

    @pytest.fixture(autouse=True)
    def loopback_only():
        """Instead of the one in tests/fixtures/network.py: here a test may leave the machine."""


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    if IS_FOREIGN:
        pace = Pace(SECONDS_BETWEEN_REQUESTS)
        yield Server(_read("BASE_URL").rstrip("/"), _read("API_KEY"), real_material(), pace)
        return
    folder = tmp_path_factory.mktemp("contract")
    material = Material(photo_bytes(), clip_bytes(folder))
    with running_sandbox(folder / "sandbox", keys=KEYS) as sandbox:
        yield Server(sandbox.base_url, "lmq_contract", material, Pace(0), sandbox)


def real_material():
    photo = io.BytesIO()
    draw_portrait(0).save(photo, "JPEG", quality=92)
    clip = Path(_read("CLIP")).read_bytes() if _read("CLIP") else None
    return Material(photo.getvalue(), clip)


@pytest.fixture(scope="session")
def control(server):
    """The sandbox itself, where the case needs to do more than ask."""
    if server.sandbox is None:
        pytest.skip("needs control of the server")
    return server.sandbox


@pytest.fixture(scope="session")
def spending():
    if IS_FOREIGN and _read("SPEND") not in ("1", "all"):
        pytest.skip("costs credits (or would, if the server is laxer than documented)")


@pytest.fixture(scope="session")
def spending_much():
    if IS_FOREIGN and _read("SPEND") != "all":
        pytest.skip("costs many credits")


@pytest.fixture(scope="session")
def clip(server):
    if server.material.clip is None:
        pytest.skip("needs CONTRACT_CLIP")
    return server.material.clip


@pytest.fixture(scope="session")
def other(server):
    """The same server with another key."""
    return server.with_key(_other_key("OTHER_KEY", "lmq_contract_other"))


@pytest.fixture(scope="session")
def poor(server):
    """The same server with a key that has no credits."""
    return server.with_key(_other_key("POOR_KEY", "lmq_contract_poor"))


@pytest.fixture(scope="session")
def may_flood():
    if IS_FOREIGN and _read("FLOOD") != "1":
        pytest.skip("would use up the key's minute")


@pytest.fixture(scope="session")
def football_task(server, spending):
    """The answer to one submit, its task not yet waited for."""
    return server.football().json()


@pytest.fixture(scope="session")
def completed(server, football_task):
    """Its final status."""
    return server.wait_for(football_task["task_id"])


def _other_key(name, of_the_sandbox):
    if IS_FOREIGN and not _read(name):
        pytest.skip(f"needs CONTRACT_{name}")
    return _read(name) or of_the_sandbox
