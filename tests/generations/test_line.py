"""Whose turn it is, with real rows: portals, users, weights, pauses, and two workers at once."""

import copy
import threading
import uuid
from collections import Counter
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from generations import keys, lifecycle, line, submissions
from generations.errors import StaleTransition
from generations.models import Generation, Line
from generations.states import Phase
from tests.cast import PLATFORM_HOST, build_order, build_upload, build_user, give

pytestmark = pytest.mark.django_db


def test_nobody_waits(cast):
    assert line.choose_next() is None


def test_a_portals_five_are_chosen_among_the_next_ten_whoever_has_a_thousand(cast):
    crowd(cast.alice, 1000)
    take(7)
    few = queue(cast.mallory, 5)
    chosen = take(10)
    assert [pk for pk in chosen if pk in few] == few


def test_a_users_five_are_chosen_among_the_next_ten_of_their_portal(cast):
    crowd(cast.alice, 1000)
    take(7)
    few = queue(cast.bob, 5)
    chosen = take(11)
    assert [pk for pk in chosen if pk in few] == few


def test_weights_three_to_one_give_three_to_one(cast):
    crowd(cast.alice, 40)
    crowd(cast.mallory, 40)
    Line.objects.filter(tenant=cast.aurora).update(weight=3)
    shares = Counter(tenants_of(take(40)))
    assert shares == {cast.aurora.pk: 30, cast.borealis.pk: 10}


def test_a_portal_that_was_away_gets_no_burst(cast):
    queue(cast.mallory, 1)
    take(1)
    crowd(cast.alice, 60)
    take(50)
    queue(cast.mallory, 5)
    chosen = tenants_of(take(8))
    assert Counter(chosen) == {cast.aurora.pk: 4, cast.borealis.pk: 4}


def test_a_user_who_was_away_gets_no_burst_either(cast):
    queue(cast.bob, 1)
    take(1)
    crowd(cast.alice, 60)
    take(50)
    queue(cast.bob, 5)
    users = Counter(owner_of(pk) for pk in take(8))
    assert users[cast.bob.pk] in (3, 4, 5)


def test_what_is_not_due_is_passed_over_and_blocks_nobody(cast):
    first, second = queue(cast.alice, 2)
    [other] = queue(cast.mallory, 1)
    Generation.objects.filter(pk__in=[first, other]).update(
        due_at=timezone.now() + timedelta(hours=1)
    )
    assert take(3) == [second]
    Generation.objects.filter(pk=first).update(due_at=timezone.now())
    assert take(3) == [first]


def test_what_comes_back_unsent_is_the_first_of_its_portal_again(cast):
    first, second = queue(cast.alice, 2)
    submission = submissions.start(first, keys.ensure_configured_key())
    before = Line.objects.get(tenant=cast.aurora).position
    submissions.requeue(submission.attempt, phase=Phase.NOT_SENT, note="no way", wait=timedelta())
    assert Line.objects.get(tenant=cast.aurora).position == before, "its turn is not refunded"
    assert take(2) == [first, second]


def test_a_ceiling_in_credits_leaves_the_dear_ones_their_place(cast):
    dear, cheap = queue(cast.alice, 1)[0], queue(cast.mallory, 1)[0]
    Generation.objects.filter(pk=dear).update(credits=270)
    assert line.choose_next(most_credits=89) is None
    assert line.choose_next(most_credits=90) == line.Waiting(cheap, cast.borealis.pk, 90)
    assert line.choose_next() == line.Waiting(dear, cast.aurora.pk, 270)
    submissions.start(cheap, keys.ensure_configured_key())
    assert line.choose_next(most_credits=90) is None
    assert line.choose_next(most_credits=270) == line.Waiting(dear, cast.aurora.pk, 270)


def test_choosing_takes_one_query_however_many_portals_wait(cast, django_assert_num_queries):
    queue(cast.alice, 2)
    queue(cast.mallory, 2)
    with django_assert_num_queries(1):
        line.choose_next()


def test_each_order_of_a_user_has_a_round_of_its_own(cast):
    assert rounds_of(queue(cast.alice, 3)) == [1, 2, 3]
    assert rounds_of(queue(cast.bob, 2)) == [1, 2]
    take(3)  # 1, 1, 2
    assert rounds_of(queue(build_user(cast.aurora, "carol@example.org"), 1)) == [3]


def test_the_place_within_the_portal_counts_rounds_not_age(cast):
    queue(cast.alice, 10)
    [bobs] = queue(cast.bob, 1)
    assert line.place_within_portal(Generation.objects.get(pk=bobs)) == 2


def test_those_who_waited_before_there_were_rounds_get_theirs_by_age(cast):
    alices, bobs = queue(cast.alice, 2), queue(cast.bob, 1)
    Generation.objects.update(round=0)
    Line.objects.all().delete()
    migration = import_module("generations.migrations.0006_rounds_of_the_waiting")
    migration.give_rounds(apps, None)
    assert rounds_of([*alices, *bobs]) == [1, 2, 1]
    assert take(5) == [alices[0], bobs[0], alices[1]]


@pytest.mark.django_db(transaction=True)
def test_orders_of_a_user_at_the_same_moment_get_a_round_each(cast):
    give(cast.alice, 6 * 90)
    orders = [build_order(cast.alice) for _ in range(6)]
    in_threads([lambda order=order: lifecycle.queue(cast.alice, order) for order in orders])
    assert sorted(rounds_of(Generation.objects.values_list("pk", flat=True))) == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db(transaction=True)
def test_two_choosers_at_once_claim_different_rows(cast):
    crowd(cast.alice, 10)
    crowd(cast.mallory, 10)
    key = keys.ensure_configured_key()
    claimed = []

    def work():
        while (chosen := line.choose_next()) is not None:
            try:
                submissions.start(chosen.generation_id, key)
            except StaleTransition:
                continue
            claimed.append(chosen.generation_id)

    in_threads([work, work])
    assert len(claimed) == len(set(claimed)) == 20
    turns = set(Line.objects.values_list("round", flat=True))
    assert turns == {10}, "each claim was charged once"


def test_the_platform_sets_the_weight_in_the_admin(cast, visit):
    queue(cast.alice, 1)
    staff = build_user(None, "staff@example.org", is_staff=True, is_superuser=True)
    client = visit(staff, PLATFORM_HOST)
    place = Line.objects.get(tenant=cast.aurora)
    address = f"/admin/generations/line/{place.pk}/change/"
    assert client.get("/admin/generations/line/").status_code == 200
    assert client.post(address, {"weight": 0}).status_code == 200
    assert client.post(address, {"weight": 3}).status_code == 302
    place.refresh_from_db()
    assert place.weight == 3
    assert client.get("/admin/generations/line/add/").status_code == 403


def queue(user, count):
    give(user, 90 * count)
    photo = build_upload(user)
    return [lifecycle.queue(user, build_order(user, photo=photo)).pk for _ in range(count)]


def crowd(user, count):
    """`count` videos of one user; all but the first are copies of it, for speed."""
    first = Generation.objects.get(pk=queue(user, 1)[0])
    copies = []
    for number in range(1, count):
        another = copy.copy(first)
        another.pk, another.order_nonce = uuid.uuid4(), uuid.uuid4()
        another.round = first.round + number
        copies.append(another)
    Generation.objects.bulk_create(copies)


def take(most):
    """Choose and claim, as dispatching does; the ids in the order of their turns."""
    key = keys.ensure_configured_key()
    chosen = []
    while len(chosen) < most and (turn := line.choose_next()) is not None:
        submissions.start(turn.generation_id, key)
        chosen.append(turn.generation_id)
    return chosen


def tenants_of(chosen):
    return [Generation.objects.get(pk=pk).tenant_id for pk in chosen]


def owner_of(pk):
    return Generation.objects.get(pk=pk).user_id


def rounds_of(ids):
    return [Generation.objects.get(pk=pk).round for pk in ids]


def in_threads(works):
    """Run all at once; what one of them raises, fails the test."""
    failures = []

    def run(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 — shown below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
