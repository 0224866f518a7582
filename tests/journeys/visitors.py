"""People in a browser who are signed in already."""

from django.conf import settings
from django.test import Client


def sign_in(page, home, user):
    """Without the form: the site does not know the quick hashes of the tests' passwords."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": home}])
