"""What is logged tells no secret."""

import logging

import pytest

from lumiq_portal.logs import HideSecretPaths


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/account/password-reset/MQ/token-abc/", "/account/password-reset/…"),
        ("/hooks/lumiq/secret-token/", "/hooks/lumiq/…"),
        ("/v/0123456789abcdefABCDEF/video.mp4", "/v/…"),
        ("/videos/", "/videos/"),
    ],
)
def test_addresses_that_open_something_are_cut(path, shown):
    record = logging.LogRecord("django.request", 30, "", 0, "Not Found: %s", (path,), None)
    assert HideSecretPaths().filter(record)
    assert record.getMessage() == f"Not Found: {shown}"
