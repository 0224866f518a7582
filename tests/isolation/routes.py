"""Every address of the site, and whose things stand behind it.

A new route fails tests/isolation/test_tenants.py until it is listed here. An address that names a
thing of somebody's belongs into OBJECT_ROUTES or API_OBJECT_ROUTES: strangers are then sent to it.
"""

from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, get_resolver, reverse

PORTAL_URLCONF = "lumiq_portal.portal_urls"

# Show nothing of anybody's, to anybody.
OPEN_ROUTES = [
    "healthz", "readyz", "branding", "home", "gallery",
    "teams", "feed", "sitemap", "robots",
    "sign-up", "sign-in", "sign-out",
    "password-reset", "password-reset-sent", "password-reset-done", "change-password",
    "api:api-root", "api-nothing", "api-openapi", "api-docs", "styleguide",
    "oembed", "portal-card",
]  # fmt: skip

# The same, of a team or two that are the same on every portal.
TEAM_ROUTES = {
    "team": ("brazil",),
    "match": ("brazil-v-france",),
    "pairing-card": ("brazil", "france"),
}

# Made up, and for the portal's staff alone; each has tests of its own.
STAFF_ROUTES = ["styleguide-component"]

# Show the visitor's own things; no address leads to another's.
OWN_ROUTES = [
    "mails", "wallet", "wallet-statement", "buy", "voucher", "api-keys", "videos",
    "create", "create-football", "create-avatar", "webhooks", "webhook-deliveries",
    "api-playground",
    *[f"create-football-{step}" for step in ("photo", "teams", "consent", "review")],
    *[f"create-avatar-{step}" for step in ("photo", "clip", "consent", "review")],
]  # fmt: skip
# Change the visitor's own things; no address leads to another's.
OWN_CHANGES = [
    "webhook-default-rotation", "purchases", "create-football-removal", "create-avatar-removal",
    "videos-visibility", "videos-deletion",
]  # fmt: skip
OWN_API_ROUTES = {
    "api:football": "post",
    "api:avatar": "post",
    "api:estimate": "post",
    "api:generations": "get",
    "api:teams": "get",
    "api:voices": "get",
    "api:account": "get",
    "api:webhook_endpoints": "get",
    "api:create_webhook_endpoint": "post",
}

# Opened by a secret in the address; each has tests of its own.
SECRET_ROUTES = [
    "mails-off", "password-reset-confirm", "lumiq-callback", "stripe-hook", "stripe-connect-hook",
]  # fmt: skip

# For everybody who has the address, on the portal of the video only.
SHARED_ROUTES = [
    "share", "share-file", "share-poster", "share-sheet", "share-embed", "share-qr", "share-qr-png",
    "share-subtitles",
]  # fmt: skip
# The same, by POST; with what they answer.
SHARED_POSTS = {"share-password": 302, "share-views": 204, "share-plays": 204}


@dataclass(frozen=True)
class ObjectRoute:
    """`arguments` are keys of the test's belongings, in the order of the address."""

    arguments: tuple[str, ...]
    method: str = "get"
    data: dict[str, Any] = field(default_factory=dict)
    # What the owner gets; 0: as usual, the page or a redirect after a POST.
    status: int = 0


OBJECT_ROUTES = {
    "upload": ObjectRoute(("upload",)),
    "video": ObjectRoute(("video",)),
    "video-status": ObjectRoute(("video",)),
    "video-file": ObjectRoute(("video",)),
    "video-poster": ObjectRoute(("video",)),
    "video-subtitles": ObjectRoute(("video",)),
    "video-cancellation": ObjectRoute(("waiting",), "post"),
    "video-consent": ObjectRoute(("video",)),
    "video-visibility": ObjectRoute(("video",), "post", {"visibility": "public"}),
    "video-caption": ObjectRoute(("video",), "post", {"caption": "Theirs"}),
    "video-retry": ObjectRoute(("failed",), "post"),
    "video-story": ObjectRoute(("video",), "post"),
    "video-story-file": ObjectRoute(("video",)),
    "video-share-links": ObjectRoute(("video",), "post", {"name": "Theirs"}),
    "share-link-revocation": ObjectRoute(("video", "link"), "post"),
    "share-link": ObjectRoute(("video", "link")),
    "video-embedding": ObjectRoute(("video",)),
    "api-key": ObjectRoute(("key",)),
    "api-key-rotation": ObjectRoute(("key",), "post", status=200),
    "api-key-revocation": ObjectRoute(("key",), "post"),
    "purchase": ObjectRoute(("purchase",)),
    "purchase-checkout": ObjectRoute(("purchase",), "post", status=503),
    "purchase-cancellation": ObjectRoute(("purchase",), "post"),
    "webhook": ObjectRoute(("endpoint",)),
    "webhook-activation": ObjectRoute(("endpoint",), "post"),
    "webhook-deactivation": ObjectRoute(("endpoint",), "post"),
    "webhook-rotation": ObjectRoute(("endpoint",), "post"),
    "webhook-ping": ObjectRoute(("endpoint",), "post"),
    "webhook-deletion": ObjectRoute(("endpoint",), "post"),
    "webhook-delivery": ObjectRoute(("delivery",)),
    "webhook-delivery-replay": ObjectRoute(("delivery",), "post"),
}

API_OBJECT_ROUTES = {
    "api:status": ObjectRoute(("video",)),
    "api:download": ObjectRoute(("video",)),
    "api:delete": ObjectRoute(("waiting",), "delete"),
    "api:ping_webhook_endpoint": ObjectRoute(("endpoint",), "post"),
    "api:delete_webhook_endpoint": ObjectRoute(("endpoint",), "delete"),
    "api:create_share_link": ObjectRoute(("video",), "post", {"name": "Theirs"}),
}


def listed_routes():
    return {
        *OPEN_ROUTES,
        *OWN_ROUTES,
        *OWN_CHANGES,
        *OWN_API_ROUTES,
        *SECRET_ROUTES,
        *SHARED_ROUTES,
        *SHARED_POSTS,
        *TEAM_ROUTES,
        *STAFF_ROUTES,
        *OBJECT_ROUTES,
        *API_OBJECT_ROUTES,
    }


def find_routes():
    """Names of all routes of the site but the admins'; by its pattern where it has none.

    Those of the tenants' admin are found by tests/isolation/tenant_admin.py, all of them.
    """
    here, there = ({*_walk(get_resolver(urls).url_patterns)} for urls in (None, PORTAL_URLCONF))
    return {name for name, route in here | there if not route.startswith("admin/")}


def find_admin_routes():
    """The platform's."""
    return {route for name, route in _walk() if route.startswith("admin/")}


def address_of(name, route, belongings):
    return reverse(name, args=[belongings[argument] for argument in route.arguments])


def _walk(patterns=None, prefix="", namespace=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            name = f"{namespace}{pattern.name}" if pattern.name else route
            yield name, route
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, route, inner)
