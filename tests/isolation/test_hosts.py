"""Which portal a host is, and what the platform's own host serves."""

import re

import pytest
from django.test import Client

from tests.cast import AURORA_HOST, BOREALIS_HOST, PASSWORD, PLATFORM_HOST
from tests.isolation import routes
from tests.isolation.strangers import body_of, build_platform_staff, is_sign_in, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "host",
    ["unknown.localhost", "localhost", "127.0.0.1", "[::1]", "aurora.localhost.evil.example",
     "evil.example:80", "aurora.localhost@evil.example", "", "a" * 300, "été.example"],
)  # fmt: skip
def test_an_unknown_host_gets_a_neutral_page(cast, host):
    for path in ["/", "/wallet/", "/admin/", "/api/v1/account", "/account/sign-in/", "/nowhere"]:
        answer = Client(headers={"host": host}).get(path)
        assert answer.status_code == 404
        text = body_of(answer).lower()
        assert "aurora" not in text.replace(host.lower() or "\0", "")
        assert "borealis" not in text
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("host", ["AURORA.localhost", "aurora.localhost.", "aurora.localhost:8000"])
def test_a_host_is_known_however_it_is_written(cast, host):
    assert "Aurora" in body_of(Client(headers={"host": host}).get("/"))


def test_a_closed_portal_is_unknown(cast, visit):
    client = visit(cast.alice)
    cast.aurora.is_active = False
    cast.aurora.save(update_fields=["is_active"])
    answer = client.get("/wallet/")
    assert answer.status_code == 404
    assert "Aurora" not in body_of(answer)


def test_pages_of_different_portals_are_not_mixed_up_by_a_cache(cast, visit):
    for path in ["/", "/branding.css", "/gallery/", "/teams/", "/teams/brazil/", "/feed/"]:
        assert "Host" in visit().get(path).headers["Vary"]


def test_the_platforms_host_serves_no_portal(cast, visit):
    client = visit(cast.alice, PLATFORM_HOST)
    for path in ["/wallet/", "/gallery/", "/api/v1/account", "/videos/", "/branding.css"]:
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Aurora" not in body_of(answer)
    assert client.get("/").status_code == 200


def test_the_platforms_staff_use_the_admin_on_the_platforms_host(cast, visit):
    client = visit(host=PLATFORM_HOST)
    build_platform_staff()
    fields = {"username": "staff@example.org", "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", fields).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/accounts/tenant/").status_code == 200


def test_an_address_in_the_platforms_admin_leads_there_by_way_of_its_sign_in(cast, visit):
    client = visit(host=PLATFORM_HOST)
    build_platform_staff()
    answer = client.get("/admin/accounts/purchase/?q=robin")
    sign_in_page = "/admin/login/?next=/admin/accounts/purchase/%3Fq%3Drobin"
    assert answer.headers["Location"] == sign_in_page
    fields = {"username": "staff@example.org", "password": PASSWORD}
    answer = client.post(sign_in_page, fields | {"next": "/admin/accounts/purchase/?q=robin"})
    assert answer.headers["Location"] == "/admin/accounts/purchase/?q=robin"
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("host", [AURORA_HOST, BOREALIS_HOST])
def test_the_platforms_staff_are_nobody_on_a_portal(cast, belongings, visit, host):
    client = visit(build_platform_staff(), host)
    assert is_sign_in(client.get("/wallet/"))
    assert not client.get("/").wsgi_request.user.is_authenticated
    assert sign_in(visit(host=host), "staff@example.org", PASSWORD).status_code == 422


@pytest.mark.parametrize("person", ["alice", "olga", "mallory"])
def test_people_of_a_portal_never_get_into_the_platforms_admin(cast, visit, person):
    user = getattr(cast, person)
    client = visit(user, PLATFORM_HOST)
    answer = client.get("/admin/accounts/tenant/")
    assert answer.status_code == 302
    assert "Borealis" not in body_of(answer)
    login = {"username": user.email, "password": PASSWORD, "next": "/admin/"}
    assert visit(host=PLATFORM_HOST).post("/admin/login/", login).status_code == 200


def test_only_its_staff_get_into_a_portals_admin(cast, visit):
    assert visit(cast.alice).get("/admin/").status_code == 404
    assert visit(cast.olga).get("/admin/").status_code == 200
    for user in (cast.mallory, build_platform_staff()):
        assert visit(user).get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"


def test_no_address_of_the_platforms_admin_is_answered_on_a_portals_host(cast, visit):
    for client in (visit(), visit(build_platform_staff())):
        for route in routes.find_admin_routes():
            path = "/" + re.sub(r"<[^>]+>|\(.*\)|[\^$]", "1", route)
            answer = client.get(path)
            assert answer.status_code == 302, path
            assert answer.headers["Location"].startswith(("/admin/login/", "/account/sign-in/"))
