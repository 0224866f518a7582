"""Whose address counts where a proxy stands before the site."""

import importlib
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.exceptions import ImproperlyConfigured

import lumiq_portal.wsgi
from accounts.models import ApiKey
from lumiq_portal import env
from tests.cast import AURORA_HOST

pytestmark = pytest.mark.django_db(transaction=True)

PROXY, CLIENT, STRANGER = "10.0.0.2", "203.0.113.7", "198.51.100.9"


@pytest.fixture
def ask(cast, settings):
    """ask(peer, forwarded) → status of a call with a key that only CLIENT may use."""
    settings.PORTAL_TRUSTED_PROXIES = ["10.0.0.0/24"]
    application = importlib.reload(lumiq_portal.wsgi).application
    row, key = ApiKey.issue(user=cast.alice, name="office")
    ApiKey.objects.filter(pk=row.pk).update(allowed_networks=[f"{CLIENT}/32"])

    def ask(peer, forwarded):
        environ = {
            "HTTP_HOST": AURORA_HOST,
            "HTTP_X_API_KEY": key,
            "HTTP_X_FORWARDED_FOR": forwarded,
            "PATH_INFO": "/api/v1/account",
            "REMOTE_ADDR": peer,
        }
        setup_testing_defaults(environ)
        statuses = []
        application(environ, lambda status, _headers: statuses.append(int(status[:3])))
        return statuses[0]

    yield ask
    settings.PORTAL_TRUSTED_PROXIES = []
    importlib.reload(lumiq_portal.wsgi)


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        (PROXY, CLIENT, 200),
        (PROXY, f"{STRANGER}, {CLIENT}, 10.0.0.3", 200),
        (PROXY, f"{CLIENT}, {STRANGER}", 401),
        (STRANGER, CLIENT, 401),
        (CLIENT, STRANGER, 200),
    ],
)
def test_only_a_trusted_proxy_tells_who_the_client_is(ask, peer, forwarded, status):
    assert ask(peer, forwarded) == status


def test_what_is_no_address_is_refused_at_the_start(monkeypatch):
    monkeypatch.setenv("PORTAL_TRUSTED_PROXIES", "10.0.0.2, the proxy")
    with pytest.raises(ImproperlyConfigured, match="'the proxy'"):
        env.read_networks("PORTAL_TRUSTED_PROXIES")
