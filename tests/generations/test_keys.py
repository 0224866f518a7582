"""The master keys: which one is used, what they can pay, what counts as supply."""

import pytest
from django.db import connection
from django.utils import timezone

from accounts import ledger
from generations import beat, breakers, keys, reconciliation
from generations.errors import UnusableKey
from generations.lumiq.contract import Account
from generations.models import LumiqAccount, LumiqKey
from tests.cast import fill_supply

pytestmark = pytest.mark.django_db


def test_the_key_is_encrypted_at_rest(settings):
    settings.LUMIQ_API_KEY = "lmq_very_secret"
    settings.LUMIQ_USES_SANDBOX = False
    key = keys.ensure_configured_key()
    assert key.read_key() == "lmq_very_secret"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM generations_lumiqkey")
        assert "very_secret" not in str(cursor.fetchall())
    assert "very_secret" not in f"{key!r}{key}{keys.client_for(key)!r}"


def test_two_keys_of_one_account_count_once():
    first = fill_supply(1200)
    second = _another_key("lmq_second")
    for key in (first, second):
        _told(key, _account(1200, spent=0))
    assert ledger.supply_left() == 1200
    assert keys.master_capacity() == 1200
    # Rotation: the old key is switched off, the new one goes on with the same account.
    LumiqKey.objects.filter(pk=first.pk).update(is_active=False)
    _told(second, _account(1100, spent=100))
    assert keys.bought_credits() == 1200
    assert keys.master_capacity() == 1100


def test_two_accounts_add_up():
    _told(keys.ensure_configured_key(), _account(1000, spent=50))
    _told(_another_key("lmq_other"), _account(500, spent=0, email="b@example.org"))
    assert ledger.supply_left() == 1500
    # What is left beyond whole videos of 90 credits pays for nothing.
    assert keys.master_capacity() == 990 + 450


def test_what_was_spent_before_does_not_count_and_what_no_order_explains_is_lost():
    key = keys.ensure_configured_key()
    _told(key, _account(1000, spent=700))
    assert ledger.supply_left() == 1000
    _told(key, _account(910, spent=790))
    assert ledger.supply_left() == 910
    assert ledger.total_of("upstream_suspense") == 90


def test_an_account_under_a_new_address_is_the_same_account():
    key = keys.ensure_configured_key()
    _told(key, _account(1000, spent=0))
    _told(key, _account(1000, spent=0, email="new@example.org"))
    assert LumiqAccount.objects.get().name == "new@example.org"
    assert ledger.supply_left() == 1000


def test_answers_that_overtake_each_other_do_not_raise_the_balance():
    key = fill_supply(1000)
    keys.record_remaining(key, 820)
    keys.record_remaining(key, 910)
    assert keys.master_capacity() == 820


def test_a_dry_key_pays_nothing_until_lumiq_says_otherwise():
    key = fill_supply(1000)
    breakers.record_dry(key, 90)
    assert keys.master_capacity() < 90
    fill_supply(1000)
    assert keys.master_capacity() == 1000


def test_the_sandboxs_key_is_left_behind_when_a_real_one_comes(settings):
    fill_supply(1_000_000)
    settings.LUMIQ_API_KEY = "lmq_real"
    settings.LUMIQ_USES_SANDBOX = False
    key = keys.ensure_configured_key()
    _told(key, _account(600, spent=0))
    assert keys.takers() == [key]
    assert keys.master_capacity() == 600
    assert ledger.supply_left() == 600


def test_a_key_under_a_lost_secret_is_said_and_ends_nothing(settings, redis):
    settings.LUMIQ_BASE_URL = "http://127.0.0.1:9/api/v1"
    other = _another_key("lmq_from_the_admin")
    own = keys.ensure_configured_key()
    settings.SECRET_KEY = "another one " * 4
    with pytest.raises(UnusableKey):
        keys.client_for(other)
    beat.run_pass()
    own.refresh_from_db()
    assert own.read_key() == "lmq_sandbox"  # the configured one is written anew
    other.refresh_from_db()
    assert other.breaker == LumiqKey.Breaker.REFUSED


def _account(balance, *, spent, email="a@example.org"):
    return Account(balance, email, total_api_calls=0, total_credits_spent=spent)


def _told(key, account):
    reconciliation.record_account(key, account, began_at=timezone.now())


def _another_key(plain):
    key = LumiqKey(name=plain)
    key.set_key(plain)
    key.save()
    return key
