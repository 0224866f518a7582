"""Authentication: "All API requests require an API key passed in the X-API-Key header"."""

import pytest

from generations.lumiq import contract
from generations.lumiq.errors import LumiqKeyRefused
from tests.contract.server import assert_row

READS = ("/account", "/status/00000000", "/download/00000000")


@pytest.mark.parametrize("path", READS)
def test_401_missing_api_key(server, path):
    assert_row(server.with_key(None).get(path), contract.MISSING_KEY)


@pytest.mark.parametrize("path", READS)
def test_401_invalid_api_key(server, path):
    assert_row(server.with_key("lmq_no_such_key").get(path), contract.INVALID_KEY)


def test_401_for_submits(server):
    assert_row(server.with_key(None).football(), contract.MISSING_KEY)
    assert_row(server.with_key("lmq_no_such_key").football(), contract.INVALID_KEY)


def test_401_for_our_client(server):
    stranger = server.with_key("lmq_no_such_key")
    with pytest.raises(LumiqKeyRefused):
        stranger.client.fetch_account()
    with pytest.raises(LumiqKeyRefused):
        stranger.submit_football()
    with pytest.raises(LumiqKeyRefused), stranger.client.open_download("00000000"):
        pass


def test_401_revoked_key(server, control):
    """You can create and revoke keys anytime."""
    control.set_key("lmq_contract_revoked", is_revoked=True)
    assert_row(server.with_key("lmq_contract_revoked").get("/account"), contract.INVALID_KEY)
