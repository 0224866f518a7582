"""No byte of one portal reaches another, and none of one fan another fan."""

import re
import uuid
from functools import cache

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts import ledger
from accounts.models import ApiKey, Purchase, User
from accounts.people import password_reset_url
from generations import consents, drafts, lifecycle
from generations.models import (
    Delivery,
    Draft,
    Generation,
    ShareLink,
    Story,
    Upload,
    WebhookEndpoint,
)
from generations.outgoing import endpoints, events
from generations.states import Reason, Status
from tests.cast import (
    AURORA_HOST,
    BOREALIS_HOST,
    PASSWORD,
    PLATFORM_HOST,
    build_consent,
    build_photo_bytes,
    build_tenant,
    build_upload,
    make_ready,
    queue_video,
    send_mails,
)
from tests.fixtures.payments import build_pack
from tests.isolation import routes
from tests.orders import fill_football

pytestmark = pytest.mark.django_db

CANARY = "canary"
REFUSALS = {401, 403, 404}
STRANGERS = [
    "anonymous",
    "another fan of the portal",
    "staff of the portal",
    "anonymous of another portal",
    "a fan of another portal",
    "a fan of another portal with the cookie replayed here",
    "staff of the platform with the cookie replayed here",
]


@pytest.fixture
def belongings(cast):
    """Things of alice, each of them marked: by the key that routes.ObjectRoute names them with."""
    User.objects.filter(pk=cast.alice.pk).update(
        email=f"{CANARY}@example.org", display_name=f"{CANARY} alice"
    )
    cast.alice.refresh_from_db()
    video = make_ready(cast.alice, video=f"{CANARY} video".encode())
    Generation.objects.filter(pk=video.pk).update(caption=f"{CANARY} caption")
    link = ShareLink.objects.get(generation=video)
    ShareLink.objects.filter(pk=link.pk).update(name=f"{CANARY} link")
    upload = build_upload(cast.alice, data=build_photo_bytes() + CANARY.encode())
    waiting = queue_video(cast.alice)
    name = default_storage.save(f"t/{CANARY}-story.mp4", ContentFile(f"{CANARY} story".encode()))
    Story.objects.create(generation=video, file=name, asked_at=timezone.now())
    failed = queue_video(cast.alice)
    lifecycle.refuse_files(failed.pk, Reason.TIMED_OUT, note="")
    given = build_consent(f"{CANARY} subject")
    consents.record(video, given)
    drafts.reuse_photo(drafts.begin(cast.alice, "football"), upload)
    drafts.change(drafts.find(cast.alice, "football"), consents=[given], team_left="Brazil")
    key = ApiKey.issue(user=cast.alice, name=f"{CANARY} key")[0]
    endpoint = endpoints.create(
        cast.alice, url=f"https://{CANARY}.example.com/hook", events=["video.failed"]
    )
    pack = build_pack(cast.aurora, name=f"{CANARY} pack")
    purchase = Purchase.objects.create(
        tenant=cast.aurora, user=cast.alice, pack=pack, nonce=uuid.uuid4(), pack_name=pack.name,
        credits=600, amount_minor=1000, currency="usd", livemode=False, expires_at=timezone.now(),
    )  # fmt: skip
    ledger.reserve(cast.aurora, 600, reference=f"reserve:{purchase.pk}")
    delivery = events.ping(endpoint)
    Delivery.objects.update(state=Delivery.State.DEAD)
    return {
        "video": video.pk,
        "link": link.pk,
        "upload": upload.pk,
        "waiting": waiting.pk,
        "failed": failed.pk,
        "key": key.pk,
        "endpoint": endpoint.pk,
        "delivery": delivery.pk,
        "purchase": purchase.pk,
    }


@pytest.fixture
def come_as(cast, visit):
    staff = cache(build_platform_staff)

    def build(stranger):
        visitors = {
            "anonymous": (None, AURORA_HOST),
            "another fan of the portal": (cast.bob, AURORA_HOST),
            "staff of the portal": (cast.olga, AURORA_HOST),
            "anonymous of another portal": (None, BOREALIS_HOST),
            "a fan of another portal": (cast.mallory, BOREALIS_HOST),
            "a fan of another portal with the cookie replayed here": (cast.mallory, AURORA_HOST),
        }
        if stranger in visitors:
            return visit(*visitors[stranger])
        return visit(staff(), AURORA_HOST)

    return build


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
    body, is_picture = body_of(answer), answer.headers["Content-Type"].startswith("image/")
    assert CANARY in body or code in body or is_picture
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


@pytest.mark.parametrize("person", ["bob", "mallory"])
def test_photo_and_draft_of_another_fan_cannot_be_ordered_with(cast, belongings, visit, person):
    client = visit(getattr(cast, person), BOREALIS_HOST if person == "mallory" else AURORA_HOST)
    client.get("/create/football/", {"photo": belongings["upload"]})
    assert client.get("/create/football/review/").status_code == 302
    assert "/uploads/" not in client.get("/create/football/photo/").content.decode()
    fill_football(client)
    assert Draft.objects.get(user=cast.alice).photo is not None
    assert Upload.objects.filter(pk=belongings["upload"], user=cast.alice).exists()


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


def build_platform_staff():
    return User.objects.create_superuser("staff@example.org", PASSWORD)


def everything():
    """What a stranger could have changed."""
    return {
        "videos": list(
            Generation.objects.values_list("pk", "status", "visibility", "caption").order_by("pk")
        ),
        "stories": list(Story.objects.order_by("pk").values()),
        "links": list(ShareLink.objects.values_list("pk", "name", "revoked_at")),
        "uploads": Upload.objects.count(),
        "waiting": Generation.objects.filter(status=Status.QUEUED).count(),
        "keys": list(ApiKey.objects.values_list("pk", "name", "revoked_at", "expires_at")),
        "endpoints": list(WebhookEndpoint.objects.order_by("pk").values()),
        "deliveries": list(Delivery.objects.order_by("pk").values()),
        "purchases": list(Purchase.objects.order_by("pk").values()),
    }


def ask_api(address, caller, host, method="get"):
    headers = {"host": host}
    if caller is not None:
        headers["x-api-key"] = ApiKey.issue(user=caller, name="test")[1]
    return getattr(Client(headers=headers), method)(address)


def sign_in(client, email, password):
    return client.post("/account/sign-in/", {"username": email, "password": password})


def new_password(client, address):
    fields = {"new_password1": "a whole new one", "new_password2": "a whole new one"}
    return client.post(address, fields)


def path_of(url):
    return "/" + url.split("/", 3)[3]


def is_refused(answer):
    return answer.status_code in REFUSALS or is_sign_in(answer)


def is_sign_in(answer):
    return answer.status_code == 302 and answer.headers["Location"].startswith("/account/sign-in/")


def body_of(answer):
    """All that a stranger can read: the body and the headers."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace") + str(answer.headers)
