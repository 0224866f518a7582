"""What is wrong with a page, as lines: all that any page of the site must be."""

import gzip
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.contrib.staticfiles import finders

MOST_BYTES = 150_000
# Two lines of a phone's page that wrap elsewhere until their font is there (`font-display: swap`)
# move it by nearly so much. What a script or a picture moved was 0.11 and more.
MOST_SHIFT = 0.05
_PATIENCE = 60_000  # milliseconds: some machines have much else to do
_SCRIPT = (Path(__file__).parent / "examine.js").read_text()
_RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
_COLOURS = {"type": "rule", "values": ["color-contrast"]}
_AXE = """async rules => (await axe.run({runOnly: rules, resultTypes: ["violations"]})).violations
    .map(each => `${each.id} at ${each.nodes[0].target}: ${each.help}`)"""


class Visitor:
    """A person in a browser whose pages are examined as they arrive."""

    def __init__(self, page, *, language):
        self.page = page
        self.language = language
        self.requests = []
        self.errors = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self._hear)
        page.on("response", self._look_at_status)

    def arrive(self, address, *, status=200):
        """Goes there, and tells what is wrong with how the page came."""
        self.requests.clear()
        self.errors.clear()
        answer = self.page.goto(address, timeout=_PATIENCE)
        wrong = [] if answer.status == status else [f"came with {answer.status}"]
        if self.page.url != address:
            wrong.append(f"leads to {self.page.url}")
        return wrong + self.look_at_arrival()

    def send_empty(self, address):
        """Sends the page's first form without what the browser asks for before it would send it."""
        self.page.goto(address, timeout=_PATIENCE)
        self.requests.clear()
        self.errors.clear()
        with self.page.expect_navigation():
            self.page.locator("main form[method=post]").first.evaluate("form => form.submit()")
        told = self.page.locator("main").locator(".error, .error-summary").first
        return ([] if told.is_visible() else ["says nothing"]) + self.look_at_arrival()

    def look_at_arrival(self):
        """For a page that the browser has been led to."""
        seen = self.page.evaluate(_SCRIPT, {"ofArrival": True})
        wrong = []
        weight = sum(_weigh(path, size) for path, size in seen["files"])
        if weight > MOST_BYTES:
            wrong.append(f"weighs {weight} bytes")
        if seen["moved"] > MOST_SHIFT:
            wrong.append(f"moves by {seen['moved']:.3f}: {seen['what']}")
        here = urlsplit(self.page.url).netloc
        wrong += [f"asks {url}" for url in self.requests if _host(url) not in (here, "")]
        direction = self.page.evaluate("[document.documentElement.lang, document.dir].join()")
        if direction != {"en": "en,ltr", "ar": "ar,rtl"}[self.language]:
            wrong.append(f"is in {direction}")
        return wrong + self.errors

    def look(self, *, width, height, mode):
        """At the words, and whether all that takes the focus shows it."""
        self.page.set_viewport_size({"width": width, "height": height})
        self._set_mode(mode)
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong = [f"is {wide} pixels too wide"] if wide > 0 else []
        self.page.keyboard.press("Tab")  # from now on the focus is one of the keyboard
        wrong += self.page.evaluate(_SCRIPT, {"ofText": True, "ofFocus": True})
        return [f"{width}, {mode}: {line}" for line in wrong]

    def ask_axe(self, *, mode, colours_in):
        """All its rules for WCAG 2.2 AA in one mode, and those of colours in the other."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        wrong = []
        for each, rules in ((mode, _RULES), (colours_in, _COLOURS)):
            self._set_mode(each)
            wrong += [f"{each}: {line}" for line in self.page.evaluate(_AXE, rules)]
        return wrong

    def _set_mode(self, mode):
        self.page.evaluate("mode => document.documentElement.dataset.mode = mode", mode)

    def _hear(self, line):
        # Of what does not come the answer tells.
        if line.type in ("error", "warning") and "Failed to load resource" not in line.text:
            self.errors.append(f"says {line.text}")

    def _look_at_status(self, answer):
        if answer.status >= 400 and not answer.request.is_navigation_request():
            self.errors.append(f"asks in vain for {answer.url}: {answer.status}")


def _weigh(path, size):
    """Its bytes on the way. Style sheets and scripts go compressed from a portal (WhiteNoise), not
    from the test's server; pages go as they are."""
    if path.endswith((".css", ".js")) and path.startswith(settings.STATIC_URL):
        return _compressed_size(path.removeprefix(settings.STATIC_URL))
    return size


@cache
def _compressed_size(name):
    return len(gzip.compress(Path(finders.find(name)).read_bytes()))


def _host(url):
    return urlsplit(url).netloc if url.startswith("http") else ""
