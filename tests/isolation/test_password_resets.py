"""A forgotten password is a matter of one portal."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import User
from accounts.people import password_reset_url
from tests.cast import AURORA_HOST, BOREALIS_HOST, PASSWORD, send_mails
from tests.isolation.strangers import new_password, path_of

pytestmark = pytest.mark.django_db


def test_a_password_reset_is_mailed_within_the_portal_that_was_asked(cast, visit):
    visit(host=BOREALIS_HOST).post("/account/password-reset/", {"email": cast.alice.email})
    send_mails()
    assert mail.outbox == []
    visit().post("/account/password-reset/", {"email": cast.alice.email})
    send_mails()
    assert [message.to for message in mail.outbox] == [[cast.alice.email]]


@pytest.mark.parametrize(
    "forged",
    [
        {"host": f"{AURORA_HOST}:6666"},
        {"host": AURORA_HOST, "x-forwarded-host": BOREALIS_HOST},
        {"host": AURORA_HOST, "x-forwarded-host": "evil.example", "x-forwarded-port": "6666"},
        {"host": AURORA_HOST, "forwarded": "host=evil.example"},
    ],
)
def test_a_reset_link_has_the_portals_own_host_whatever_the_request_says(cast, settings, forged):
    Client(headers=forged).post("/account/password-reset/", {"email": cast.alice.email})
    send_mails()
    [message] = mail.outbox
    [link] = re.findall(r"\S+://\S+", message.body)
    assert link.startswith(f"http://{AURORA_HOST}:{settings.PORTAL_URL_PORT}/account/")
    assert "borealis" not in str(message.message()).lower()
    assert "evil" not in str(message.message())
    assert "6666" not in str(message.message())


def test_two_users_of_one_address_get_the_link_of_the_portal_that_was_asked(cast, visit):
    twin = User.objects.create_user(
        tenant=cast.borealis, email=cast.alice.email, password="the other one"
    )
    visit(host=BOREALIS_HOST).post("/account/password-reset/", {"email": cast.alice.email})
    send_mails()
    [message] = mail.outbox
    assert "Borealis" in message.from_email
    assert f"http://{BOREALIS_HOST}" in message.body
    assert AURORA_HOST not in message.body
    address = "/account/" + message.body.partition("/account/")[2].split()[0]
    new_password(visit(host=BOREALIS_HOST), address)
    twin.refresh_from_db()
    cast.alice.refresh_from_db()
    assert twin.check_password("a whole new one")
    assert cast.alice.check_password(PASSWORD)


def test_a_reset_link_of_one_portal_resets_nobody_on_another(cast, visit):
    alice, mallory = (
        path_of(password_reset_url(cast.alice)),
        path_of(password_reset_url(cast.mallory)),
    )
    uid = urlsafe_base64_encode(force_bytes(cast.mallory.pk))
    mixed = re.sub(r"password-reset/[^/]+/", f"password-reset/{uid}/", alice)
    for host, address in [
        (BOREALIS_HOST, alice),
        (BOREALIS_HOST, mixed),
        (AURORA_HOST, mixed),
        (AURORA_HOST, mallory),
    ]:
        client = visit(host=host)
        assert client.get(address).status_code == 404
        assert new_password(client, address).status_code == 404
    for user in (cast.alice, cast.mallory):
        user.refresh_from_db()
        assert user.check_password(PASSWORD)
    assert visit().get(alice).status_code == 200, "the right link on the right host still works"
