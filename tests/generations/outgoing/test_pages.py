"""The pages of a user's webhooks, and the platform's."""

import re
from html import unescape

import pytest
from django.utils import timezone

from generations.models import Delivery, DeliveryAttempt, WebhookEndpoint
from generations.outgoing import endpoints, events
from tests.cast import PLATFORM_HOST, build_user, make_ready

pytestmark = pytest.mark.django_db

LIST = "/account/webhooks/"
URL = "https://hooks.example.com/hook"
BOTH = ["video.completed", "video.failed"]


@pytest.fixture
def endpoint(cast):
    return endpoints.create(cast.alice, url=URL, events=BOTH)


@pytest.fixture
def delivery(cast, endpoint):
    make_ready(cast.alice)
    delivery = Delivery.objects.get()
    DeliveryAttempt.objects.create(
        delivery=delivery, at=timezone.now(), latency_ms=12, status=503,
        answer="<script>alert(1)</script>",
    )  # fmt: skip
    Delivery.objects.update(state=Delivery.State.DEAD)
    return delivery


def read(answer):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))


def test_an_endpoint_is_added_and_shows_its_secret(cast, visit):
    client = visit(cast.alice)
    assert "None yet" in read(client.get(LIST))
    answer = client.post(LIST, {"url": URL, "events": BOTH, "description": "Our shop"})
    endpoint = WebhookEndpoint.objects.get()
    assert answer.headers["Location"] == f"{LIST}{endpoint.pk}/"
    page = read(client.get(endpoint.get_absolute_url()))
    assert endpoint.secret in page
    assert URL in page
    assert "Our shop" in read(client.get(LIST))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "http://hooks.example.com/"}, "must begin with https://"),
        ({"url": "https://127.0.0.1/"}, "not its IP address"),
        ({"url": ""}, "This field is required"),
        ({"events": []}, "Choose one event at least"),
        ({"events": ["video.stolen"]}, "not one of the available choices"),
        ({"url": URL}, "have an endpoint with this address already"),
    ],
)
def test_what_cannot_be_added_is_told_in_words(cast, endpoint, visit, fields, words):
    fields = {"url": "https://other.example.com/", "events": BOTH, **fields}
    answer = visit(cast.alice).post(LIST, fields)
    assert answer.status_code == 422
    assert words in read(answer)
    assert WebhookEndpoint.objects.count() == 1


def test_there_is_an_end_to_the_number_of_endpoints(cast, visit):
    for number in range(endpoints.MOST_ENDPOINTS):
        endpoints.create(cast.alice, url=f"{URL}/{number}", events=BOTH)
    answer = visit(cast.alice).post(LIST, {"url": URL, "events": BOTH})
    assert answer.status_code == 422
    assert "Delete one before you add another" in read(answer)


def test_an_endpoint_is_changed_switched_off_and_on_rotated_and_deleted(cast, endpoint, visit):
    client = visit(cast.alice)
    page = endpoint.get_absolute_url()
    first = endpoint.secret
    client.post(page, {"events": ["video.failed"], "description": "Only bad news"})
    client.post(f"{page}deactivation/")
    endpoint.refresh_from_db()
    assert endpoint.events == ["video.failed"]
    assert endpoint.description == "Only bad news"
    assert not endpoint.is_enabled
    assert "Switched off by its owner" in read(client.get(page))
    client.post(f"{page}activation/")
    client.post(f"{page}rotation/")
    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    assert endpoint.secret != first
    assert "signs as well until" in read(client.get(page))
    client.post(f"{page}deletion/")
    assert not WebhookEndpoint.objects.exists()


def test_the_secret_for_orders_is_shown_and_rotated(cast, visit):
    client = visit(cast.alice)
    first = endpoints.default_secret_of(cast.alice).secret
    assert first in read(client.get(LIST))
    client.post(f"{LIST}secret/rotation/")
    second = endpoints.default_secret_of(cast.alice).secret
    assert second != first
    page = read(client.get(LIST))
    assert second in page
    assert first not in page


def test_a_ping_leads_to_its_delivery(cast, endpoint, visit):
    client = visit(cast.alice)
    answer = client.post(f"{endpoint.get_absolute_url()}ping/", follow=True)
    assert "Test ping" in read(answer)
    assert "Not tried yet" in read(answer)
    answer = client.post(f"{endpoint.get_absolute_url()}ping/", follow=True)
    assert "still on its way" in read(answer)
    assert Delivery.objects.count() == 1


def test_the_log_tells_tries_and_answers_and_replays(cast, delivery, visit):
    client = visit(cast.alice)
    for page in (LIST, f"{LIST}deliveries/"):
        assert "HTTP 503" in read(client.get(page))
    answer = client.get(delivery.get_absolute_url())
    assert b"&lt;script&gt;alert(1)" in answer.content
    assert b"<script>alert(1)" not in answer.content
    assert delivery.event.message_id in read(answer)
    assert '"status": "completed"' in read(answer)
    answer = client.post(f"{delivery.get_absolute_url()}replay/", follow=True)
    assert "It is sent again" in read(answer)
    assert Delivery.objects.get().state == Delivery.State.PENDING


def test_a_replay_to_what_is_switched_off_says_so(cast, delivery, visit):
    endpoints.disable(delivery.endpoint, endpoints.Disabled.OWNER)
    answer = visit(cast.alice).post(f"{delivery.get_absolute_url()}replay/", follow=True)
    assert "Switch it on first" in read(answer)
    assert Delivery.objects.get().state == Delivery.State.DEAD


def test_a_lost_secret_key_does_not_break_the_page(cast, endpoint, visit, settings):
    endpoints.default_secret_of(cast.alice)
    WebhookEndpoint.objects.update(sealed_secret="of another key")
    page = read(visit(cast.alice).get(endpoint.get_absolute_url()))
    assert "cannot be read any more" in page


def test_the_log_asks_the_database_the_same_few_questions_however_long_it_is(
    cast, endpoint, visit, django_assert_max_num_queries
):
    client = visit(cast.alice)
    for _ in range(5):
        events.ping(endpoint)
        Delivery.objects.update(state=Delivery.State.DELIVERED)
    with django_assert_max_num_queries(12):
        client.get(f"{LIST}deliveries/")


def test_the_platform_sees_and_replays_and_never_shows_a_secret(cast, delivery, visit):
    staff = build_user(None, "staff@example.org", is_staff=True, is_superuser=True)
    client = visit(staff, PLATFORM_HOST)
    rows = "/admin/generations/delivery/"
    pages = [
        "/admin/generations/webhookendpoint/",
        f"/admin/generations/webhookendpoint/{delivery.endpoint_id}/change/",
        rows,
        f"{rows}{delivery.pk}/change/",
    ]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        assert URL in answer.content.decode()
        assert "whsec_" not in answer.content.decode()
        assert delivery.endpoint.sealed_secret not in answer.content.decode()
    client.post(rows, {"action": "replay", "_selected_action": [str(delivery.pk)]})
    assert Delivery.objects.get().state == Delivery.State.PENDING
