"""Those who ask for things that are not theirs, and how they are answered."""

from django.test import Client

from accounts.models import ApiKey, Purchase, User
from generations.models import Delivery, Generation, ShareLink, Story, Upload, WebhookEndpoint
from generations.states import Status
from tests.cast import PASSWORD

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
