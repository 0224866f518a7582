"""A real browser on the real site. BROWSER names Chromium where it is not in a usual place."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
    "--use-fake-device-for-media-stream",
]


@pytest.fixture(scope="session", autouse=True)
def _database_beside_playwright():
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser():
    path = os.environ.get("BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "Journeys need Chromium: apt-get install chromium, or set BROWSER to its path."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(browser):
    """open_browser(**options) → a page in a profile of its own; its errors fail the test."""
    contexts, complaints = [], []

    def start(**options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: complaints.append(line.text) if "Content Security" in line.text else None,
        )
        return page

    yield start
    for context in contexts:
        context.close()
    assert complaints == []
