"""What opens one portal opens no other: keys of the API, sessions, addresses with passwords."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.cast import AURORA_HOST, BOREALIS_HOST, PASSWORD
from tests.isolation import routes
from tests.isolation.strangers import CANARY, ask_api, body_of, everything, is_sign_in, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", routes.API_OBJECT_ROUTES)
def test_the_api_gives_a_video_to_its_owners_key_only(cast, belongings, name):
    route = routes.API_OBJECT_ROUTES[name]
    address = routes.address_of(name, route, belongings)
    before = everything() | {"keys": None}
    for caller, host, status in [
        (None, AURORA_HOST, 401),
        (cast.bob, AURORA_HOST, 404),
        (cast.olga, AURORA_HOST, 404),
        (cast.mallory, AURORA_HOST, 401),
        (cast.mallory, BOREALIS_HOST, 404),
        (cast.alice, BOREALIS_HOST, 401),
    ]:
        answer = ask_api(address, caller, host, route.method)
        assert answer.status_code == status
        assert CANARY not in body_of(answer)
    assert everything() | {"keys": None} == before  # each call came with a new one
    answer = ask_api(address, cast.alice, AURORA_HOST, route.method)
    assert answer.status_code == 200
    body_of(answer)


@pytest.mark.parametrize(("name", "method"), routes.OWN_API_ROUTES.items())
def test_a_key_works_on_its_own_portal_only(cast, name, method):
    for caller, host in [(cast.mallory, AURORA_HOST), (cast.alice, BOREALIS_HOST)]:
        answer = ask_api(reverse(name), caller, host, method=method)
        assert answer.status_code == 401
        assert caller.email not in body_of(answer)


def test_a_session_does_not_open_the_api(cast, belongings, visit):
    client = visit(cast.alice)
    for name, route in routes.API_OBJECT_ROUTES.items():
        address = routes.address_of(name, route, belongings)
        assert getattr(client, route.method)(address).status_code == 401
    assert client.get(reverse("api:account")).status_code == 401


def test_a_session_of_one_portal_is_nobody_on_another(cast, visit):
    client = visit(host=BOREALIS_HOST)
    sign_in(client, cast.mallory.email, PASSWORD)
    assert client.get("/wallet/").status_code == 200
    replayed = Client(headers={"host": AURORA_HOST})
    replayed.cookies = client.cookies
    assert is_sign_in(replayed.get("/wallet/"))
    assert not replayed.get("/").wsgi_request.user.is_authenticated
    assert client.get("/wallet/").status_code == 200, "the session at home has not ended"


def test_an_address_signs_up_on_two_portals_with_two_passwords(cast, visit):
    passwords = {AURORA_HOST: "northern lights 1", BOREALIS_HOST: "southern lights 2"}
    for host, password in passwords.items():
        fields = {"email": "fan@example.org", "password": password}
        assert visit(host=host).post("/account/sign-up/", fields).status_code == 302
    for host, password in passwords.items():
        other = next(word for word in passwords.values() if word != password)
        assert sign_in(visit(host=host), "fan@example.org", other).status_code == 422
        assert sign_in(visit(host=host), "fan@example.org", password).status_code == 302
    assert User.objects.filter(email="fan@example.org").count() == 2


def test_a_user_of_one_portal_cannot_sign_in_on_another(cast, visit):
    client = visit(host=BOREALIS_HOST)
    assert sign_in(client, cast.alice.email, PASSWORD).status_code == 422
    assert not client.get("/").wsgi_request.user.is_authenticated
