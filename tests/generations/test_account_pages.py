"""The admin's pages of the accounts at LUMIQ: what LUMIQ's figures said beside ours, and when."""

import re
from html import unescape

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from generations import reconciliation
from generations.admin.lumiq_keys import MOST_READINGS
from generations.lumiq.contract import Account
from generations.models import AccountReading, LumiqAccount, LumiqKey
from tests.cast import AURORA_HOST, PLATFORM_HOST, SUPPLY, build_user

pytestmark = pytest.mark.django_db

LIST = "/admin/generations/lumiqaccount/"


@pytest.fixture
def staff(cast):
    return build_user(None, "staff@example.org", is_staff=True, is_superuser=True)


@pytest.fixture
def account(cast):
    _lumiq_says(spent=90)
    _lumiq_says(spent=90)
    return LumiqAccount.objects.get()


def test_the_side_bar_leads_to_the_accounts(staff, visit):
    page = visit(staff, PLATFORM_HOST).get("/admin/").content.decode()
    assert f'href="{LIST}"' in page
    assert "Accounts at LUMIQ" in page


def test_the_list_tells_the_balances(staff, account, visit):
    text = _read(visit(staff, PLATFORM_HOST).get(LIST))
    assert "shop@example.org 999910 90 " in text


def test_an_account_shows_its_readings_the_newest_first(staff, account, visit):
    text = _read(visit(staff, PLATFORM_HOST).get(f"{LIST}{account.pk}/change/"))
    assert "Gives credits of failed videos back not seen yet" in text
    drift, booked = "Does not add up 999910 90 0 0 0 0 90", "All explained 999910 90 0 0 0 90 0"
    assert 0 < text.index(booked) < text.index(drift)


def test_an_account_shows_no_readings_of_another(staff, account, visit):
    key = LumiqKey(name="other")
    key.set_key("lmq_other")
    key.save()
    _lumiq_says(spent=777, key=key, email="other@example.org")
    text = _read(visit(staff, PLATFORM_HOST).get(f"{LIST}{account.pk}/change/"))
    assert "All explained" in text
    assert "777" not in text


def test_of_many_readings_the_newest_are_shown_without_a_query_for_each(
    staff, account, visit, django_assert_max_num_queries
):
    newest = account.readings.first()
    AccountReading.objects.bulk_create(_copy(newest) for _ in range(MOST_READINGS))
    client = visit(staff, PLATFORM_HOST)
    with django_assert_max_num_queries(15):
        text = _read(client.get(f"{LIST}{account.pk}/change/"))
    assert text.count("All explained") == MOST_READINGS
    assert "Does not add up" not in text


def test_nobody_writes_an_account(staff, account, visit):
    client = visit(staff, PLATFORM_HOST)
    for address in (f"{LIST}add/", f"{LIST}{account.pk}/delete/"):
        assert client.get(address).status_code == 403
    assert client.post(f"{LIST}{account.pk}/change/", {"balance_credits": 1}).status_code == 403
    assert LumiqAccount.objects.get().balance_credits == SUPPLY - 90


def test_the_people_of_a_portal_do_not_see_it(cast, account, visit):
    for address in (LIST, f"{LIST}{account.pk}/change/"):
        assert visit(cast.olga, AURORA_HOST).get(address).status_code == 404
        assert "shop@example.org" not in _read(visit(cast.olga, PLATFORM_HOST).get(address))


def _lumiq_says(*, spent, key=None, email="shop@example.org"):
    told = Account(
        credits_balance=SUPPLY - spent, email=email, total_api_calls=0, total_credits_spent=spent
    )
    key = key or LumiqKey.objects.get(is_from_settings=True)
    reconciliation.record_account(key, told, began_at=timezone.now())


def _copy(reading):
    values = model_to_dict(reading, exclude=["id", "account"])
    return AccountReading(account=reading.account, **values)


def _read(answer):
    """The words of a page's middle, as somebody reads them."""
    middle = answer.content.decode().partition('id="main"')[2]
    without_code = re.sub(r"<(script|style|svg).*?</\1>", " ", middle, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without_code)).split())
