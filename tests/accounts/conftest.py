"""A mail server, and a mail for it."""

import pytest

from accounts.mails import outbox
from accounts.models import Mail
from tests.smtp_server import running_mail_server


@pytest.fixture
def mail_server(settings):
    with running_mail_server() as server:
        settings.EMAIL_BACKEND = "accounts.mails.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def posted(cast):
    """A mail to alice that cannot be switched off."""
    outbox.post("welcome", cast.alice, about=cast.alice.pk, facts={"credits": 0})
    return Mail.objects.get()
