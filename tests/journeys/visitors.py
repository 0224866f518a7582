"""People in a browser: signed in already, or with nothing but a keyboard."""

import pytest
from django.conf import settings
from django.test import Client


def sign_in(page, home, user):
    """Without the form: the site does not know the quick hashes of the tests' passwords."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": home}])


def tab_to(page, name):
    """By the Tab key alone; what has the focus is never hidden."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and focused.inner_text().strip() == name:
            return
    pytest.fail(f"Tab never reaches {name!r}")
