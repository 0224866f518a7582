"""Every page in Arabic: no word of it is left in English."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from generations.models import Generation, ShareLink
from generations.states import Reason, Status
from tests.cast import queue_video
from tests.isolation import routes
from tests.isolation.strangers import CANARY, body_of

pytestmark = pytest.mark.django_db

# Names, formats and words that stand as they are in Arabic too.
AS_THEY_ARE = frozenset(
    (
        "Aurora", "English", "Stripe", "WhatsApp", "JavaScript", "JSON", "UTF", "API", "QR", "CSV",
        "UTC", "IP", "HTTP", "HTTPS", "MP4", "MOV", "JPG", "JPEG", "PNG", "HEIC", "WebP", "TEST",
        "URL", "curl", "Python", "Node", "POST", "GET", "DELETE", "Idempotency", "Key", "RateLimit",
        "Range", "Retry", "After", "requests", "processing", "detail", "metadata", "webhook",
        "status", "mjs", "Gone", "SHA", "SHA256", "base64", "HMAC", "v1", "ping", "ms", "id",
        "Standard", "Webhooks", "Telegram",
    )
)  # fmt: skip
# What people write, and addresses.
NOT_WORDS = re.compile(
    r"\S+@\S+|https?://\S*|\S+\.(?:example|localhost|com|org)\S*|[\w-]*_[\w-]+|[0-9a-f-]{8,}"
    rf"|{CANARY} \w+|(?:POST|GET|DELETE) /\S+|video\.\w+|webhook-\w+|openapi\.json"
)
WORD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]+")
SPOKEN = {"alt", "aria-label", "aria-description", "title", "placeholder"}
TOLD = {"description", "og:title", "og:description", "og:image:alt", "twitter:title"}
NO_COPY = {"script", "style", "code", "pre", "kbd", "samp", "bdi"}
VOID = {"meta", "link", "img", "input", "br", "hr", "source", "wbr", "track", "area", "base", "col"}


class Words(HTMLParser):
    """The words of a page that its reader sees or hears."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.texts = []
        self.silent = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in VOID:
            quiet = tag in NO_COPY or given.get("lang") == "en" or given.get("dir") == "ltr"
            if self.silent or quiet:
                self.silent.append(tag)
        if not self.silent:
            self.texts += [value for name, value in attrs if name in SPOKEN and value]
            if tag == "meta" and {given.get("name"), given.get("property")} & TOLD:
                self.texts.append(given.get("content", ""))

    def handle_endtag(self, tag):
        if self.silent and tag in self.silent:
            while self.silent.pop() != tag:
                pass

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.texts.append(data.strip())


def english_in(page):
    reader = Words()
    reader.feed(page)
    return [
        text for text in reader.texts if set(WORD.findall(NOT_WORDS.sub(" ", text))) - AS_THEY_ARE
    ]


def read(client, address):
    response = client.get(address, headers={"accept-language": "ar"})
    if not response.headers["Content-Type"].startswith("text/html"):
        body_of(response)
        return ""
    page = response.content.decode()
    assert 'lang="ar" dir="rtl"' in page or "<html" not in page, address
    return page


@pytest.mark.timeout(300)  # it asks for every page twice
def test_every_page_is_in_arabic_throughout(belongings, cast, visit):
    left = {}
    for address in page_addresses(belongings):
        for person in (None, cast.alice):
            if words := english_in(read(visit(person), address)):
                left[address] = words
    assert left == {}


def page_addresses(things):
    for name in (*routes.OPEN_ROUTES, *routes.OWN_ROUTES):
        if name != "api-nothing":
            yield reverse(name, urlconf=routes.PORTAL_URLCONF)
    for name, route in routes.OBJECT_ROUTES.items():
        if route.method == "get":
            yield routes.address_of(name, route, things)
    code = ShareLink.objects.get(pk=things["link"]).code
    yield from (reverse(name, args=[code]) for name in routes.SHARED_ROUTES)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.PROCESSING])
def test_the_page_of_a_video_is_in_arabic_in_each_state(cast, visit, status):
    video = queue_video(cast.alice)
    reasons = Reason.values if status is Status.FAILED else [""]
    for reason in reasons:
        Generation.objects.filter(pk=video.pk).update(status=status, reason=reason)
        page = read(visit(cast.alice), reverse("video", args=[video.pk]))
        assert english_in(page) == []


def test_english_words_are_found():
    page = """<html><head><title>Gallery</title><meta name="description" content="All of it">
    </head><body><img alt="A fan"><p>كلمة <code>skipped</code> word<br>fan@a.example 5 API</p>
    <a lang="en" href="/x/">English</a><input placeholder="Search"></body></html>"""
    assert english_in(page) == ["Gallery", "All of it", "A fan", "word", "Search"]
