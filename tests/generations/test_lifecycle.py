"""Every change of status, with its posting and its event; and what a stale caller gets."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from accounts import ledger
from accounts.errors import InsufficientCredits
from accounts.models import CreditAccount, CreditHold
from generations import keys, lifecycle, submissions
from generations.audit import audit_all
from generations.errors import LostLease, StaleTransition, SupplyExhausted
from generations.lumiq.contract import Submitted
from generations.models import Generation, GenerationEvent, ShareLink, SubmitAttempt
from generations.pace import Pace
from generations.states import TRANSITIONS, Phase, Reason, Status, is_allowed
from tests.cast import build_order, fill_supply, give, make_ready, queue_video

pytestmark = pytest.mark.django_db


def test_an_order_is_row_hold_and_event_at_once(cast):
    generation = queue_video(cast.alice)
    assert generation.status == Status.QUEUED
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=90)
    assert [event.to_status for event in generation.events.all()] == [Status.QUEUED]


def test_an_order_that_the_wallet_cannot_pay_leaves_nothing(cast):
    give(cast.alice, 89)
    with pytest.raises(InsufficientCredits):
        lifecycle.queue(cast.alice, build_order(cast.alice))
    assert not Generation.objects.exists()
    assert not CreditHold.objects.exists()
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=89, held=0)


def test_the_same_nonce_is_the_same_order(cast):
    give(cast.alice, 180)
    order = build_order(cast.alice)
    first = lifecycle.queue(cast.alice, order)
    assert lifecycle.queue(cast.alice, order) == first
    assert ledger.balance_of(cast.alice).held == 90


def test_the_master_key_must_be_able_to_pay(cast, settings):
    give(cast.alice, 270)
    fill_supply(200)
    lifecycle.queue(cast.alice, build_order(cast.alice))
    lifecycle.queue(cast.alice, build_order(cast.alice))
    with pytest.raises(SupplyExhausted):
        lifecycle.queue(cast.alice, build_order(cast.alice))
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=180)
    settings.PORTAL_OVERSELL = "queue"
    lifecycle.queue(cast.alice, build_order(cast.alice))
    assert ledger.balance_of(cast.alice).held == 270


def test_a_cancelled_order_gives_its_credits_back(cast):
    generation = queue_video(cast.alice)
    lifecycle.cancel(generation)
    assert _status(generation) == Status.CANCELLED
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)
    with pytest.raises(StaleTransition):
        lifecycle.cancel(generation)


def test_a_video_on_its_way_cannot_be_cancelled(cast):
    generation = queue_video(cast.alice)
    _submit(generation)
    with pytest.raises(StaleTransition):
        lifecycle.cancel(generation)
    assert ledger.balance_of(cast.alice).held == 90


def test_an_order_whose_turn_never_comes_gives_its_credits_back(cast):
    young, old = queue_video(cast.alice), queue_video(cast.bob)
    Generation.objects.filter(pk=old.pk).update(
        created_at=timezone.now() - Pace().queue_deadline - timedelta(seconds=1)
    )
    with pytest.raises(StaleTransition):
        lifecycle.give_up_waiting(young.pk)
    lifecycle.give_up_waiting(old.pk)
    assert (_status(young), _status(old)) == (Status.QUEUED, Status.FAILED)
    assert ledger.balance_of(cast.bob) == ledger.Balance(available=90, held=0)
    assert audit_all().problems == []


def test_a_row_is_claimed_by_one_worker(cast):
    generation = queue_video(cast.alice)
    _submit(generation)
    with pytest.raises(StaleTransition):
        _submit(generation)
    assert SubmitAttempt.objects.count() == 1


def test_a_row_that_is_not_due_is_not_claimed(cast):
    generation = queue_video(cast.alice)
    Generation.objects.update(due_at=timezone.now() + timedelta(seconds=30))
    with pytest.raises(StaleTransition):
        _submit(generation)


def test_the_whole_way_charges_once_and_makes_a_share_link(cast):
    generation = make_ready(cast.alice)
    assert generation.status == Status.READY
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=0)
    assert ledger.spent_by(cast.alice) == 90
    assert ShareLink.objects.filter(generation=generation).count() == 1
    assert [event.to_status for event in generation.events.all()] == [
        "queued", "submitting", "processing", "retrieving", "ready",
    ]  # fmt: skip
    assert audit_all().problems == []


def test_the_answer_updates_what_the_key_can_pay(cast):
    generation = queue_video(cast.alice)
    before = keys.master_capacity()
    attempt = _accept(_submit(generation), remaining=before)
    keys.record_remaining(attempt.lumiq_key, before)
    # The 90 are billed now: they count in the balance that LUMIQ told, not in the line any more.
    assert keys.master_capacity() == before


def test_a_committed_send_needs_the_lease(cast):
    generation = queue_video(cast.alice)
    attempt = _submit(generation)
    Generation.objects.update(lease_token=uuid.uuid4())
    with pytest.raises(LostLease):
        submissions.commit(attempt)
    attempt.refresh_from_db()
    assert attempt.phase == Phase.STREAMING


def test_a_worker_dead_before_the_commit_is_replaced(cast):
    generation = queue_video(cast.alice)
    first = _submit(generation)
    _expire(generation)
    submissions.recover(generation.pk)
    assert _status(generation) == Status.QUEUED
    with pytest.raises(LostLease):
        submissions.commit(first)
    assert _submit(generation).number == 2


def test_a_worker_dead_after_the_commit_is_not_repeated(cast):
    generation = queue_video(cast.alice)
    attempt = _submit(generation)
    submissions.commit(attempt)
    _expire(generation)
    submissions.recover(generation.pk)
    assert _status(generation) == Status.UNCONFIRMED
    assert ledger.balance_of(cast.alice).held == 90
    with pytest.raises(StaleTransition):
        _submit(generation)


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_a_takeover_at_once_end_in_the_answer(cast):
    """Whichever comes first: neither waits for the other in a circle, and the task is kept."""
    troubles = []

    def attempted(act, *arguments):
        try:
            act(*arguments)
        except StaleTransition:
            pass  # the answer was first: there is nothing to take over
        except DatabaseError as error:
            troubles.append(error)
        finally:
            close_old_connections()

    for number in range(15):
        generation = queue_video(cast.alice)
        attempt = _submit(generation)
        submissions.commit(attempt)
        _expire(generation)
        answer = Submitted(f"task{number}", "processing", 90, 5000, "", "")
        threads = [
            threading.Thread(target=attempted, args=(submissions.recover, generation.pk)),
            threading.Thread(target=attempted, args=(submissions.mark_submitted, attempt, answer)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert _status(generation) == Status.PROCESSING
    assert troubles == []


def test_looking_at_credits_makes_no_accounts(cast):
    accounts = CreditAccount.objects.count()
    assert ledger.spent_by(cast.alice) == 0
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=0)
    assert CreditAccount.objects.count() == accounts


def test_a_live_worker_is_not_recovered(cast):
    generation = queue_video(cast.alice)
    _submit(generation)
    with pytest.raises(StaleTransition):
        submissions.recover(generation.pk)


def test_an_adopted_task_and_a_late_answer_agree(cast):
    generation = queue_video(cast.alice)
    attempt = _submit(generation)
    submissions.commit(attempt)
    submissions.adopt(attempt, "abcd1234")
    assert _status(generation) == Status.PROCESSING
    submissions.mark_submitted(attempt, Submitted("abcd1234", "processing", 90, 10, "", ""))
    with pytest.raises(StaleTransition):
        submissions.mark_submitted(attempt, Submitted("ffff0000", "processing", 90, 10, "", ""))


def test_a_send_believed_lost_is_adopted_while_its_video_waits_for_another(cast):
    generation = queue_video(cast.alice)
    attempt = _sent_again(generation)
    submissions.adopt(attempt, "abcd1234")
    assert _status(generation) == Status.PROCESSING
    assert ledger.total_of("upstream_suspense") == 0


def test_a_send_believed_lost_is_adopted_while_another_has_just_begun(cast):
    generation = queue_video(cast.alice)
    first = _sent_again(generation)
    second = _submit(generation)
    submissions.adopt(first, "abcd1234")
    assert _status(generation) == Status.PROCESSING
    with pytest.raises(LostLease):
        submissions.commit(second)


def test_a_video_that_was_sent_twice_is_charged_to_the_platform_once(cast):
    generation = queue_video(cast.alice)
    first = _sent_again(generation)
    _accept(_submit(generation))
    submissions.adopt(first, "abcd1234")
    assert _status(generation) == Status.PROCESSING
    assert ledger.total_of("upstream_suspense") == 90
    submissions.adopt(first, "abcd1234")
    assert ledger.total_of("upstream_suspense") == 90
    assert audit_all().problems == []


def test_a_refused_order_costs_nothing(cast):
    generation = queue_video(cast.alice)
    attempt = _submit(generation)
    submissions.refuse(attempt, Reason.REFUSED_UPSTREAM, note="400")
    assert _status(generation) == Status.FAILED
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)
    assert ledger.total_of("upstream_suspense") == 0
    assert audit_all().problems == []


def test_a_billed_failure_is_the_platforms_loss(cast):
    generation = queue_video(cast.alice)
    _fail(generation, _accept(_submit(generation)), Reason.FAILED_UPSTREAM)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)
    assert ledger.total_of("upstream_suspense") == 90
    assert audit_all().problems == []


def test_a_worker_without_the_lease_fails_nothing(cast):
    generation = queue_video(cast.alice)
    attempt = _accept(_submit(generation))
    lifecycle.claim(generation.pk, Status.PROCESSING)
    with pytest.raises(StaleTransition):
        lifecycle.fail(
            generation.pk, Reason.TIMED_OUT, billed_attempt=attempt, note="", token=uuid.uuid4()
        )
    assert ledger.balance_of(cast.alice).held == 90
    assert ledger.total_of("upstream_suspense") == 0


def test_a_late_success_is_delivered_free(cast):
    generation = queue_video(cast.alice)
    _fail(generation, _accept(_submit(generation)), Reason.TIMED_OUT)
    token = lifecycle.claim(generation.pk, Status.FAILED)
    lifecycle.start_retrieval(generation.pk, token)
    lifecycle.complete(generation.pk, token, _stored())
    assert _status(generation) == Status.READY
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)
    assert audit_all().problems == []


def test_a_worker_without_the_lease_completes_nothing(cast):
    generation = queue_video(cast.alice)
    _accept(_submit(generation))
    token = lifecycle.claim(generation.pk, Status.PROCESSING)
    lifecycle.start_retrieval(generation.pk, token)
    with pytest.raises(StaleTransition):
        lifecycle.complete(generation.pk, uuid.uuid4(), _stored())
    assert _status(generation) == Status.RETRIEVING
    assert ledger.spent_by(cast.alice) == 0


def test_every_state_is_in_the_table_and_ends_lead_nowhere():
    assert set(TRANSITIONS) == set(Status)
    assert not is_allowed(Status.READY, Status.FAILED)
    assert not is_allowed(Status.CANCELLED, Status.QUEUED)


def test_the_audit_finds_a_delivered_video_that_was_not_charged(cast):
    generation = queue_video(cast.alice)
    Generation.objects.filter(pk=generation.pk).update(
        status=Status.READY, video="a.mp4", video_bytes=1
    )
    assert any("credits are open" in problem for problem in audit_all().problems)


def test_events_are_written_with_the_change_or_not_at_all(cast):
    generation = queue_video(cast.alice)
    count = GenerationEvent.objects.count()
    with pytest.raises(StaleTransition):
        lifecycle.give_up_unconfirmed(generation.pk)
    assert GenerationEvent.objects.count() == count


def _submit(generation):
    return submissions.start(generation.pk, keys.ensure_configured_key()).attempt


def _accept(attempt, remaining=5000):
    submissions.commit(attempt)
    task_id = uuid.uuid4().hex[:8]
    submissions.mark_submitted(attempt, Submitted(task_id, "processing", 90, remaining, "", ""))
    attempt.refresh_from_db()
    return attempt


def _sent_again(generation):
    """Sent, unclear, proven (wrongly) to have come to nothing, and due again."""
    attempt = _submit(generation)
    submissions.commit(attempt)
    submissions.mark_unconfirmed(attempt, note="no answer")
    submissions.mark_not_charged(attempt)
    Generation.objects.filter(pk=generation.pk).update(due_at=timezone.now())
    return attempt


def _fail(generation, attempt, reason):
    token = lifecycle.claim(generation.pk, Status.PROCESSING)
    lifecycle.fail(generation.pk, reason, billed_attempt=attempt, note="test", token=token)


def _expire(generation):
    Generation.objects.filter(pk=generation.pk).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


def _status(generation):
    return Generation.objects.values_list("status", flat=True).get(pk=generation.pk)


def _stored():
    return lifecycle.StoredVideo("a.mp4", "a.jpg", 10, "0" * 64, 1280, 720, 10_000)
