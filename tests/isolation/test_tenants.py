"""No byte of one portal reaches another, and none of one fan another fan."""

import pytest
from django.urls import reverse

from generations.models import Draft, Generation, ShareLink, Upload
from tests.cast import AURORA_HOST, BOREALIS_HOST, build_tenant, make_ready
from tests.isolation import routes
from tests.isolation.strangers import CANARY, STRANGERS, body_of, everything, is_refused, is_sign_in
from tests.orders import fill_football

pytestmark = pytest.mark.django_db


def test_every_route_is_listed():
    unlisted = routes.find_routes() - routes.listed_routes()
    assert not unlisted, f"add these to tests/isolation/routes.py: {sorted(unlisted)}"
    assert not routes.listed_routes() - routes.find_routes()


@pytest.mark.parametrize("name", routes.OBJECT_ROUTES)
def test_the_owner_gets_in(cast, belongings, visit, name):
    route = routes.OBJECT_ROUTES[name]
    address = routes.address_of(name, route, belongings)
    answer = getattr(visit(cast.alice), route.method)(address, route.data)
    assert answer.status_code == (route.status or (302 if route.method == "post" else 200))
    assert not is_sign_in(answer)
    body_of(answer)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_get_nothing_and_change_nothing(belongings, come_as, stranger):
    before = everything()
    for name, route in routes.OBJECT_ROUTES.items():
        address = routes.address_of(name, route, belongings)
        answer = getattr(come_as(stranger), route.method)(address, route.data)
        assert is_refused(answer), f"{name} answered with {answer.status_code}"
        assert CANARY not in body_of(answer), name
        assert everything() == before, name


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_page_without_an_object_shows_nothing_of_others(belongings, come_as, stranger):
    for name in [*routes.OWN_ROUTES, *routes.OPEN_ROUTES]:
        answer = come_as(stranger).get(reverse(name))
        assert answer.status_code < 500, name
        assert CANARY not in body_of(answer), name


@pytest.mark.parametrize("name", routes.TEAM_ROUTES)
def test_a_page_of_a_team_shows_nothing_that_is_not_public(belongings, come_as, name):
    for stranger in STRANGERS:
        answer = come_as(stranger).get(reverse(name, args=routes.TEAM_ROUTES[name]))
        assert answer.status_code == 200, stranger
        assert CANARY not in body_of(answer), stranger
        assert "1 fan" not in body_of(answer), stranger


@pytest.mark.parametrize("name", [*routes.OWN_ROUTES, *routes.OWN_CHANGES])
def test_own_pages_ask_for_a_sign_in(cast, visit, name):
    for client in [visit(), visit(cast.mallory, AURORA_HOST)]:
        assert is_sign_in(client.get(reverse(name)))
        assert is_sign_in(client.post(reverse(name)))


@pytest.mark.parametrize("name", routes.SHARED_ROUTES)
def test_a_share_link_opens_on_its_own_portal_only(cast, belongings, visit, name):
    code = ShareLink.objects.get(pk=belongings["link"]).code
    address = reverse(name, args=[code])
    answer = visit().get(address)
    assert answer.status_code == 200
    body, kind = body_of(answer), answer.headers["Content-Type"]
    assert CANARY in body or code in body or kind.startswith(("image/", "text/vtt"))
    for client in [visit(host=BOREALIS_HOST), visit(cast.mallory, BOREALIS_HOST)]:
        answer = client.get(address)
        assert answer.status_code == 404
        assert CANARY not in body_of(answer)


@pytest.mark.parametrize("name", routes.SHARED_POSTS)
def test_a_share_link_takes_steps_on_its_own_portal_only(cast, belongings, visit, name):
    address = reverse(name, args=[ShareLink.objects.get(pk=belongings["link"]).code])
    assert visit().post(address).status_code == routes.SHARED_POSTS[name]
    views = ShareLink.objects.get(pk=belongings["link"]).views
    for client in [visit(host=BOREALIS_HOST), visit(cast.mallory, BOREALIS_HOST)]:
        assert client.post(address).status_code == 404
    assert ShareLink.objects.get(pk=belongings["link"]).views == views


@pytest.mark.parametrize("person", ["bob", "mallory"])
def test_photo_and_draft_of_another_fan_cannot_be_ordered_with(cast, belongings, visit, person):
    client = visit(getattr(cast, person), BOREALIS_HOST if person == "mallory" else AURORA_HOST)
    client.get("/create/football/", {"photo": belongings["upload"]})
    assert client.get("/create/football/review/").status_code == 302
    assert "/uploads/" not in client.get("/create/football/photo/").content.decode()
    fill_football(client)
    assert Draft.objects.get(user=cast.alice).photo is not None
    assert Upload.objects.filter(pk=belongings["upload"], user=cast.alice).exists()


def test_a_new_portal_has_no_videos_of_others(cast, visit):
    make_ready(cast.alice)
    Generation.objects.update(visibility="public")
    build_tenant("Cumulus", "cumulus.localhost")
    pages = ["/", "/gallery/", "/gallery/?q=row", "/teams/", "/teams/brazil/",
             "/match/brazil-v-france/", "/feed/", "/sitemap.xml"]  # fmt: skip
    code = ShareLink.objects.get().code
    for page in pages:
        if page not in ("/teams/", "/gallery/?q=row"):
            assert code in body_of(visit().get(page)), page
        there = visit(host="cumulus.localhost").get(page)
        assert there.status_code == 200
        assert code not in body_of(there)
        assert "1 fan" not in body_of(there)
