"""PORTAL_ALLOW_PRIVATE_WEBHOOKS is for a machine of one's own."""

import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.parametrize(
    ("environment", "starts"),
    [
        ({}, True),
        ({"PORTAL_BASE_DOMAIN": "portal.example"}, False),
        ({"PORTAL_BASE_DOMAIN": "portal.example", "DEBUG": "1"}, True),
    ],
)
def test_private_webhooks_are_refused_at_the_start_of_a_public_portal(
    tmp_path, environment, starts
):
    done = subprocess.run(
        [sys.executable, "-c", "import lumiq_portal.settings"],
        env={"PORTAL_VAR": str(tmp_path), "PORTAL_ALLOW_PRIVATE_WEBHOOKS": "1", **environment},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) is starts, done.stderr
    assert ("PORTAL_ALLOW_PRIVATE_WEBHOOKS" in done.stderr) is not starts


def test_they_are_off_by_default():
    assert settings.PORTAL_ALLOW_PRIVATE_WEBHOOKS is False
