"""Keys: issued, edited, rotated, revoked; and the cap, also under parallel orders."""

import re
import threading
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import close_old_connections
from django.utils import timezone

from accounts import api_keys, ledger
from accounts.errors import KeyCapReached, KeyIssuedAlready, KeyNotLive, TooManyKeys
from accounts.ledger_audit import audit_ledger
from accounts.models import ApiKey
from accounts.models.api_key import all_scopes, hash_key
from generations import lifecycle
from generations.models import Generation
from tests.cast import build_order, give, make_ready

pytestmark = pytest.mark.django_db


def test_a_key_names_its_portal_and_kind_and_is_kept_as_a_hash(cast):
    for is_test, kind in [(False, "live"), (True, "test")]:
        row, key = api_keys.issue(cast.alice, name="Screen", is_test=is_test)
        assert re.fullmatch(rf"aurora_{kind}_[\w-]{{43}}", key)
        assert key.startswith(row.prefix)
        assert len(row.prefix) == len(f"aurora_{kind}_") + 6
        assert row.key_hash == hash_key(key)
        assert row.scopes == all_scopes()


def test_keys_of_a_portal_with_a_long_name_fit(cast):
    cast.aurora.slug = "the-supporters-club-of-the-north"
    row, key = api_keys.issue(cast.alice, name="Screen")
    assert key.startswith("thesupporter_live_")
    assert ApiKey.objects.get(pk=row.pk).prefix == key[:24]


def test_a_user_has_at_most_twenty_live_keys(cast):
    rows = [api_keys.issue(cast.alice, name="Screen")[0] for _ in range(20)]
    with pytest.raises(TooManyKeys):
        api_keys.issue(cast.alice, name="One more")
    with pytest.raises(TooManyKeys):
        api_keys.rotate(rows[0])
    api_keys.issue(cast.bob, name="Of somebody else")
    api_keys.revoke(rows[0])
    ApiKey.objects.filter(pk=rows[1].pk).update(expires_at=timezone.now())
    for _ in range(2):
        api_keys.issue(cast.alice, name="One more")
    with pytest.raises(TooManyKeys):
        api_keys.issue(cast.alice, name="One more")


def test_one_form_makes_one_key(cast):
    nonce = uuid.uuid4()
    api_keys.issue(cast.alice, name="Screen", form_nonce=nonce)
    with pytest.raises(KeyIssuedAlready):
        api_keys.issue(cast.alice, name="Screen", form_nonce=nonce)
    assert ApiKey.objects.count() == 1


def test_an_edited_key_has_its_new_properties(cast):
    row, _ = api_keys.issue(cast.alice, name="Screen")
    changes = {
        "name": "Tablet",
        "scopes": ["read"],
        "allowed_networks": ["10.0.0.0/8"],
        "credit_cap": 90,
    }
    api_keys.edit(row, **changes)
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in changes} == changes
    api_keys.revoke(row)
    with pytest.raises(KeyNotLive):
        api_keys.edit(row, **changes | {"name": "Too late"})
    row.refresh_from_db()
    assert row.name == "Tablet"


def test_a_rotated_key_works_on_for_a_day_beside_the_new_one(cast):
    properties = {
        "name": "Screen",
        "is_test": True,
        "scopes": ["read"],
        "expires_at": timezone.now() + timedelta(days=30),
        "allowed_networks": ["10.0.0.0/8"],
        "credit_cap": 900,
    }
    old, old_text = api_keys.issue(cast.alice, **properties)
    new, new_text = api_keys.rotate(old)
    assert new_text != old_text
    assert {name: getattr(new, name) for name in properties} == properties
    old.refresh_from_db()
    assert timedelta(hours=23) < old.expires_at - timezone.now() <= timedelta(hours=24)
    assert set(ApiKey.objects.live()) == {old, new}


def test_a_rotation_never_makes_a_key_live_longer(cast):
    end = timezone.now() + timedelta(hours=1)
    old, _ = api_keys.issue(cast.alice, name="Screen", expires_at=end)
    new, _ = api_keys.rotate(old)
    old.refresh_from_db()
    assert old.expires_at == new.expires_at == end


def test_a_key_is_replaced_once_and_never_after_its_end(cast):
    old, _ = api_keys.issue(cast.alice, name="Screen")
    new, _ = api_keys.rotate(old)
    api_keys.rotate(new)
    revoked, _ = api_keys.issue(cast.alice, name="Revoked")
    api_keys.revoke(revoked)
    expired, _ = api_keys.issue(cast.alice, name="Expired", expires_at=timezone.now())
    before = ApiKey.objects.count()
    for row in (old, revoked, expired):
        with pytest.raises(KeyNotLive):
            api_keys.rotate(row)
    assert ApiKey.objects.count() == before


def test_a_revocation_keeps_its_first_time(cast):
    row, _ = api_keys.issue(cast.alice, name="Screen")
    api_keys.revoke(row)
    row.refresh_from_db()
    first = row.revoked_at
    api_keys.revoke(row)
    row.refresh_from_db()
    assert row.revoked_at == first


def test_a_cap_counts_what_is_held_and_spent_and_nothing_else(cast):
    give(cast.alice, 900)
    key, _ = api_keys.issue(cast.alice, name="Screen", credit_cap=180)
    other, _ = api_keys.issue(cast.alice, name="Other")
    order_with(key)
    order_with(other)
    delivered = make_ready(cast.alice)
    Generation.objects.filter(pk=delivered.pk).update(api_key=key)
    assert used_by(key) == 180
    with pytest.raises(KeyCapReached) as caught:
        order_with(key)
    assert (caught.value.needed, caught.value.used, caught.value.cap) == (90, 180, 180)
    lifecycle.cancel(Generation.objects.get(api_key=key, status="queued"))
    assert used_by(key) == 90
    order_with(key)
    assert (used_by(key), used_by(other)) == (180, 90)


def test_an_order_beyond_the_cap_leaves_nothing_behind(cast):
    give(cast.alice, 900)
    key, _ = api_keys.issue(cast.alice, name="Screen", credit_cap=89)
    with pytest.raises(KeyCapReached):
        order_with(key)
    assert not Generation.objects.exists()
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=900, held=0)


def test_the_cap_that_counts_is_the_one_of_now(cast):
    give(cast.alice, 900)
    key, _ = api_keys.issue(cast.alice, name="Screen", credit_cap=0)
    ApiKey.objects.filter(pk=key.pk).update(credit_cap=90)
    order_with(key)
    ApiKey.objects.filter(pk=key.pk).update(credit_cap=None)
    order_with(key)


def test_a_key_without_a_cap_is_not_added_up(cast, django_assert_num_queries):
    key, _ = api_keys.issue(cast.alice, name="Screen")
    with django_assert_num_queries(1):
        api_keys.check_cap(key, 90)


def test_keys_that_replace_each_other_share_the_cap(cast):
    give(cast.alice, 900)
    first, _ = api_keys.issue(cast.alice, name="Screen", credit_cap=270)
    order_with(first)
    second, _ = api_keys.rotate(first)
    order_with(second)
    third, _ = api_keys.rotate(second)
    order_with(third)
    assert [used_by(key) for key in (first, second, third)] == [270] * 3
    for key in (first, second, third):
        with pytest.raises(KeyCapReached):
            order_with(key)


@pytest.mark.django_db(transaction=True)
def test_parallel_orders_never_pass_the_cap_together(cast):
    give(cast.alice, 20 * 90)
    key, _ = api_keys.issue(cast.alice, name="Screen", credit_cap=5 * 90 + 89)
    orders = [replace(build_order(cast.alice), api_key=key) for _ in range(16)]
    outcomes = []

    def order(wanted):
        try:
            lifecycle.queue(cast.alice, wanted)
            outcomes.append("taken")
        except KeyCapReached:
            outcomes.append("refused")
        finally:
            close_old_connections()

    all_at_once([lambda wanted=wanted: order(wanted) for wanted in orders])
    assert sorted(outcomes) == ["refused"] * 11 + ["taken"] * 5
    assert used_by(key) == ledger.balance_of(cast.alice).held == 5 * 90
    assert audit_ledger().problems == []


@pytest.mark.django_db(transaction=True)
def test_parallel_rotations_make_one_key(cast):
    key, _ = api_keys.issue(cast.alice, name="Screen")
    outcomes = []

    def rotate():
        try:
            api_keys.rotate(ApiKey.objects.get(pk=key.pk))
            outcomes.append("rotated")
        except KeyNotLive:
            outcomes.append("refused")
        finally:
            close_old_connections()

    all_at_once([rotate] * 6)
    assert sorted(outcomes) == ["refused"] * 5 + ["rotated"]
    assert ApiKey.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_parallel_issues_stay_within_the_limit(cast):
    for _ in range(18):
        api_keys.issue(cast.alice, name="Screen")
    outcomes = []

    def issue():
        try:
            api_keys.issue(cast.alice, name="Screen")
            outcomes.append("issued")
        except TooManyKeys:
            outcomes.append("refused")
        finally:
            close_old_connections()

    all_at_once([issue] * 6)
    assert sorted(outcomes) == ["issued"] * 2 + ["refused"] * 4


def test_the_command_prints_a_key_once_and_says_when_there_are_too_many(cast, capsys):
    words = ["create_api_key", "--tenant", "aurora", "--user", cast.alice.email]
    call_command(*words, "--test")
    key = capsys.readouterr().out.strip()
    assert ApiKey.objects.get(key_hash=hash_key(key)).is_test
    for _ in range(19):
        call_command(*words)
    with pytest.raises(CommandError, match="20 live keys"):
        call_command(*words)


def order_with(key):
    return lifecycle.queue(key.user, replace(build_order(key.user), api_key=key))


def used_by(key):
    return ApiKey.objects.with_used_credits().get(pk=key.pk).used_credits


def all_at_once(acts):
    barrier = threading.Barrier(len(acts))

    def run(act):
        barrier.wait()
        act()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
