"""Pages answer in the reader's language, and remember which one that is."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from accounts.models import Tenant, User
from tests.cast import BOREALIS_HOST, PASSWORD, PLATFORM_HOST, build_user, make_ready
from tests.isolation.strangers import body_of

pytestmark = pytest.mark.django_db

ARABIC, ENGLISH = "معرض", "Gallery"


def test_a_page_is_in_the_language_that_the_browser_asks_for(cast, visit):
    response = visit().get("/gallery/", headers={"accept-language": "ar-EG,ar;q=0.9,en;q=0.5"})
    page = response.content.decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert ARABIC in page
    assert response.headers["Content-Language"] == "ar"


def test_a_browser_gets_the_first_of_its_languages_that_there_is(cast, visit):
    response = visit().get("/gallery/", headers={"accept-language": "xx,zz-ZZ;q=0.9,ar;q=0.4"})
    assert response.headers["Content-Language"] == "ar"


def test_a_portal_says_the_language_of_those_who_ask_for_none(cast, visit):
    Tenant.objects.filter(pk=cast.borealis.pk).update(language="ar")
    assert visit().get("/gallery/").headers["Content-Language"] == "en"
    borealis = visit(host=BOREALIS_HOST)
    assert borealis.get("/gallery/").headers["Content-Language"] == "ar"
    asked = borealis.get("/gallery/", headers={"accept-language": "en-GB"})
    assert asked.headers["Content-Language"] == "en"


def test_an_address_may_ask_for_a_language_which_is_kept(cast, visit):
    browser = visit()
    response = browser.get("/gallery/?lang=ar", headers={"accept-language": "en"})
    assert '<html lang="ar" dir="rtl"' in response.content.decode()
    cookie = response.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("ar", "Lax", True)

    later = browser.get("/gallery/", headers={"accept-language": "en"})
    assert later.headers["Content-Language"] == "ar"
    assert settings.LANGUAGE_COOKIE_NAME not in later.cookies


def test_a_new_browser_speaks_the_accounts_language_once_signed_in(cast, visit):
    visit(cast.alice).get("/gallery/?lang=ar")
    browser, english = visit(), {"accept-language": "en"}
    assert browser.get("/gallery/", headers=english).headers["Content-Language"] == "en"
    person = {"username": cast.alice.email, "password": PASSWORD}
    browser.post("/account/sign-in/", person, headers=english)
    page = browser.get("/gallery/", headers=english)
    assert page.headers["Content-Language"] == "ar"
    assert settings.LANGUAGE_COOKIE_NAME not in page.cookies
    browser.post("/account/sign-out/")
    assert browser.get("/gallery/", headers=english).headers["Content-Language"] == "en"


def test_what_is_chosen_in_a_browser_goes_before_the_accounts_language(cast, visit):
    User.objects.filter(pk=cast.alice.pk).update(language="ar")
    browser = visit()
    browser.get("/gallery/?lang=en")
    browser.force_login(cast.alice)
    assert browser.get("/gallery/").headers["Content-Language"] == "en"
    assert User.objects.get(pk=cast.alice.pk).language == "ar"  # chosen before signing in
    browser.get("/gallery/?lang=en")
    assert User.objects.get(pk=cast.alice.pk).language == "en"


@pytest.mark.parametrize("code", ["xx", "", "a" * 600, "ar\0", "🏟"])
def test_a_language_that_there_is_not_changes_nothing(cast, visit, code):
    response = visit().get("/gallery/", {"lang": code})
    assert response.status_code == 200
    assert response.headers["Content-Language"] == "en"
    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies


def test_a_page_leads_to_itself_in_the_other_language(cast, visit):
    page = visit().get("/gallery/?q=row&lang=en").content.decode()
    assert (
        '<a class="nav-link is-strong wide-link" href="/gallery/?q=row&amp;lang=ar" hreflang="ar" '
        'lang="ar" dir="rtl">العربية</a>'
    ) in page
    assert '<span lang="en" dir="ltr" aria-current="true">English</span>' in page


def test_a_page_that_a_form_led_to_leads_to_the_front_page(cast, visit):
    page = visit().post("/account/sign-in/", {"username": "x"}).content.decode()
    assert 'href="/?lang=ar"' in page


def test_no_cache_gives_a_page_to_readers_of_another_language(cast, visit):
    for path in ("/", "/gallery/", "/account/sign-in/", "/nothing-here/"):
        varies = visit().get(path).headers["Vary"]
        assert {"Accept-Language", "Cookie", "Host"} <= set(varies.split(", ")), path


def test_what_has_no_words_is_the_same_for_all(cast, visit):
    link = make_ready(cast.alice).share_links.get()
    for path in (reverse("share-poster", args=[link.code]), "/branding.css"):
        response = visit().get(path, headers={"accept-language": "ar"})
        body_of(response)
        assert "Accept-Language" not in response.headers.get("Vary", "")
        assert "Content-Language" not in response.headers


def test_error_pages_speak_the_language(cast, visit):
    arabic = {"accept-language": "ar"}
    assert "لا يوجد شيء هنا" in visit().get("/nothing/", headers=arabic).content.decode()
    lost = visit(host="nowhere.example").get("/", headers=arabic)
    assert lost.status_code == 404
    assert 'lang="ar" dir="rtl"' in lost.content.decode()
    assert "لا توجد بوابة" in lost.content.decode()


def test_the_api_is_english_for_everybody(cast, visit):
    api = visit(cast.alice).get("/api/v1/account?lang=ar", headers={"accept-language": "ar"})
    assert api.status_code == 401
    assert api.content.decode().isascii()
    assert "Accept-Language" not in api.headers.get("Vary", "")


def test_the_platform_is_english(cast, visit):
    staff = build_user(None, "staff@example.org", is_staff=True, is_superuser=True)
    page = visit(staff, PLATFORM_HOST).get("/admin/?lang=ar", headers={"accept-language": "ar"})
    assert 'lang="en"' in page.content.decode()


def test_the_admin_of_a_portal_speaks_the_language(cast, visit):
    page = visit(cast.olga).get("/admin/", headers={"accept-language": "ar"}).content.decode()
    assert 'dir="rtl"' in page
    assert "الأشخاص والأرصدة" in page


def test_a_message_is_in_the_language_of_whoever_gets_it(cast, visit):
    browser = visit(cast.alice)
    browser.get("/wallet/?lang=ar")
    response = browser.post("/account/mails/", {}, follow=True)
    assert "حُفظ" in response.content.decode()


def test_dates_in_arabic_have_its_own_comma(cast):
    moment = datetime(2026, 6, 14, 20, 30, tzinfo=UTC)
    with translation.override("ar"):
        assert date_format(moment, "j F, H:i e") == "14 يونيو، 20:30 UTC"
        assert date_format(moment, "j F Y, H:i e") == "14 يونيو 2026، 20:30 UTC"
        assert date_format(moment, "j F Y") == "14 يونيو 2026"
        assert date_format(moment, "H:i") == "20:30"
    with translation.override("en"):
        assert date_format(moment, "j F, H:i e") == "14 June, 20:30 UTC"
