"""Whose mails they are: of which portal, in which language, to whom."""

import pytest
from django.core import mail
from django.utils import translation

from accounts import languages, people
from accounts.mails import outbox
from accounts.models import Mail, Tenant, User
from tests.accounts.outbox_rows import State
from tests.cast import AURORA_HOST, BOREALIS_HOST, make_ready, send_mails

pytestmark = pytest.mark.django_db(transaction=True)


def test_mails_carry_one_portals_name_and_host_and_nothing_of_another(cast, mail_server):
    Tenant.objects.update(owner_name="", support_email="")
    Tenant.objects.filter(slug="aurora").update(sender_address="fans@aurora.example")
    for user in (cast.alice, cast.mallory):
        make_ready(user)
        people.set_password(user, "brand new words")
        people.send_password_reset(user.tenant, user.email)
    send_mails()
    assert len(mail_server.taken) == 6
    for message in mail_server.taken:
        text = message.as_string() + "".join(
            part.get_content() for part in message.walk() if part.get_content_maintype() == "text"
        )
        is_aurora = message["To"] == cast.alice.email
        foreign = ["borealis" if is_aurora else "aurora", "lumiq", "platform", "django"]
        assert not [word for word in foreign if word in text.lower()]
        host = AURORA_HOST if is_aurora else BOREALIS_HOST
        assert f"http://{host}:8000/" in text
        assert message["Message-ID"].endswith(f"@{host}>")
    senders = {message["From"] for message in mail_server.taken}
    assert "Aurora <fans@aurora.example>" in senders


def test_a_mail_is_in_its_receivers_language_whoever_sends_it(cast, settings, posted, tmp_path):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    languages.remember_language(cast.alice, "ar")
    languages.remember_language(cast.alice, "tlh")
    assert User.objects.get(pk=cast.alice.pk).language == "ar"
    with translation.override("en"):
        send_mails()
        assert translation.get_language() == "en"
    [(html, _kind)] = mail.outbox[0].alternatives
    assert '<html lang="ar" dir="rtl">' in html


def test_who_signs_up_gets_mails_in_the_language_of_the_page(cast, settings, visit):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    fields = {"email": "new@example.org", "password": "a good long one"}
    visit().post("/account/sign-up/", fields, headers={"accept-language": "ar"})
    assert User.objects.get(email="new@example.org").language == "ar"


def test_a_closed_account_a_closed_portal_and_one_without_address_get_none(cast):
    closed = [cast.alice, cast.mallory, cast.bob]
    for user in closed:
        outbox.post("welcome", user, about=user.pk, facts={"credits": 0})
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    Tenant.objects.filter(pk=cast.borealis.pk).update(is_active=False)
    cast.aurora.hostnames.all().delete()
    send_mails()
    assert mail.outbox == []
    assert set(Mail.objects.values_list("state", flat=True)) == {State.NEEDLESS}
