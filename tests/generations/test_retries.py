"""A failed video ordered again with the same files: once, paid anew, three times at most."""

import threading

import pytest
from django.core.files.storage import default_storage
from django.db import close_old_connections

from accounts import ledger
from accounts.errors import InsufficientCredits
from generations import consents, deletion, lifecycle, retries
from generations.audit import audit_all
from generations.models import Generation, Upload
from generations.retries import CannotRetry, Obstacle
from generations.states import Reason, Status
from tests.cast import build_consent, build_order, give, make_ready, queue_video

pytestmark = pytest.mark.django_db


def test_a_retry_is_a_new_order_with_the_same_files_and_a_hold_of_its_own(cast):
    failed = fail(queue_video(cast.alice, left="Japan", right="Italy"))
    again = retries.retry(failed)
    assert again != failed
    assert again.photo == failed.photo
    assert (again.team_left, again.team_right, again.status) == ("Japan", "Italy", Status.QUEUED)
    assert (again.retry_of, again.retry_number) == (failed, 1)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=90)
    assert audit_all().problems == []


def test_what_was_agreed_to_holds_for_the_retry_as_well(cast):
    failed = queue_video(cast.alice)
    consents.record(failed, build_consent("Robin"))
    Generation.objects.filter(pk=failed.pk).update(visibility="public")
    again = retries.retry(fail(failed))
    assert consents.given_for(again) == consents.given_for(failed)
    assert again.consents.get().subject_name == "Robin"
    assert again.visibility == "public"


def test_the_same_wish_again_is_the_same_order(cast):
    failed = fail(queue_video(cast.alice))
    give(cast.alice, 90)
    assert retries.retry(failed) == retries.retry(failed)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=90)


@pytest.mark.django_db(transaction=True)
def test_two_wishes_at_once_make_one_order(cast):
    failed = fail(queue_video(cast.alice))
    give(cast.alice, 270)
    made = run_at_once(lambda: retries.retry(failed).pk, times=4)
    assert len(made) == 4
    assert len(set(made)) == 1
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=270, held=90)
    assert Generation.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_deletion_at_the_same_time_takes_no_file_from_the_retry(cast):
    failed = fail(queue_video(cast.alice))

    acts = [lambda: retries.retry(failed), lambda: deletion.delete(failed)]
    run_at_once(lambda: acts.pop()(), times=2)
    again = Generation.objects.filter(retry_of=failed).first()
    photo = Upload.objects.get(pk=failed.photo_id)
    assert bool(photo.file) is (again is not None)
    if again:
        assert default_storage.exists(photo.file.name)


def test_what_the_wallet_cannot_pay_is_not_ordered(cast):
    failed = fail(queue_video(cast.alice))
    spend_all(cast.alice)
    with pytest.raises(InsufficientCredits):
        retries.retry(failed)
    assert not failed.retries.exists()
    assert failed.photo.file


def test_the_fourth_retry_is_refused(cast):
    video = fail(queue_video(cast.alice))
    for number in range(retries.MOST_RETRIES):
        video = retries.retry(video)
        assert video.retry_number == number + 1
        fail(video)
    refused(video, Obstacle.TOO_OFTEN)


@pytest.mark.parametrize(
    "reason", [Reason.PHOTO_UNUSABLE, Reason.CLIP_UNUSABLE, Reason.REFUSED_UPSTREAM]
)
def test_files_that_were_refused_are_not_sent_again(cast, reason):
    refused(fail(queue_video(cast.alice), reason), Obstacle.FILES_UNFIT)


def test_files_that_are_gone_cannot_be_sent_again(cast):
    failed = fail(queue_video(cast.alice))
    Upload.objects.update(file="")
    refused(failed, Obstacle.FILES_GONE)


def test_only_what_failed_is_ordered_again(cast):
    cancelled = queue_video(cast.alice)
    lifecycle.cancel(cancelled)
    deleted = fail(queue_video(cast.alice))
    deletion.delete(deleted)
    for video in (queue_video(cast.bob), make_ready(cast.alice), cancelled, deleted):
        refused(video, Obstacle.NOT_FAILED)


def test_a_retry_that_was_deleted_is_not_made_anew(cast):
    failed = fail(queue_video(cast.alice))
    deletion.delete(retries.retry(failed))
    refused(failed, Obstacle.DONE)


def test_the_page_orders_again_and_leads_to_the_new_order(cast, visit):
    failed = fail(queue_video(cast.alice))
    fan = visit(cast.alice)
    page = fan.get(f"/videos/{failed.pk}/").content.decode()
    assert "Order it again · 90 credits" in page
    answer = fan.post(f"/videos/{failed.pk}/retry/")
    again = Generation.objects.get(retry_of=failed)
    assert answer.headers["Location"] == f"/videos/{again.pk}/"
    assert fan.post(f"/videos/{failed.pk}/retry/").headers["Location"] == f"/videos/{again.pk}/"
    page = fan.get(f"/videos/{failed.pk}/").content.decode()
    assert "See the new order" in page
    assert f"/videos/{again.pk}/" in page


def test_the_page_says_what_is_missing_and_that_nothing_was_charged(cast, visit):
    failed = fail(queue_video(cast.alice))
    spend_all(cast.alice)
    fan = visit(cast.alice)
    assert "you need 90 credits; you have 0" in fan.get(f"/videos/{failed.pk}/").content.decode()
    page = fan.post(f"/videos/{failed.pk}/retry/", follow=True).content.decode()
    assert "You need 90 more credits for this video. Nothing was charged" in page


def test_the_page_says_what_came_back_from_the_ledger_and_not_from_the_status(cast, visit):
    failed = fail(queue_video(cast.alice))
    page = visit(cast.alice).get(f"/videos/{failed.pk}/").content.decode()
    assert "You were not charged: 90 credits are back in your wallet." in page
    assert "Returned: not charged" in page
    entry = page.partition("?entry=")[2].partition("#")[0]
    wallet = visit(cast.alice).get(f"/wallet/?entry={entry}").content.decode()
    assert f'id="entry-{entry}"' in wallet
    # A status that says otherwise than the ledger changes nothing of it.
    ready = make_ready(cast.alice)
    Generation.objects.filter(pk=ready.pk).update(status=Status.FAILED, reason="timed_out")
    page = visit(cast.alice).get(f"/videos/{ready.pk}/").content.decode()
    assert "90 credits charged." in page
    assert "You were not charged" not in page


def test_the_link_to_the_wallet_finds_its_line_on_any_page(cast, visit):
    failed = fail(queue_video(cast.alice))
    for _ in range(60):
        give(cast.alice, 1)
    fan = visit(cast.alice)
    page = fan.get(f"/videos/{failed.pk}/").content.decode()
    entry = page.partition("?entry=")[2].partition("#")[0]
    assert f'id="entry-{entry}"' not in fan.get("/wallet/").content.decode()
    assert f'id="entry-{entry}"' in fan.get(f"/wallet/?entry={entry}").content.decode()
    for odd in ("", "0", "x", "9" * 30, "-1", "\0", "²"):
        assert fan.get("/wallet/", {"entry": odd}).status_code == 200


def fail(generation, reason=Reason.TIMED_OUT):
    lifecycle.refuse_files(generation.pk, reason, note="for the test")
    generation.refresh_from_db()
    return generation


def refused(generation, obstacle):
    before = ledger.balance_of(generation.user)
    with pytest.raises(CannotRetry) as refusal:
        retries.retry(generation)
    assert refusal.value.obstacle == obstacle
    assert ledger.balance_of(generation.user) == before


def spend_all(user):
    while ledger.balance_of(user).available:
        lifecycle.queue(user, build_order(user))


def run_at_once(act, *, times):
    results = []
    barrier = threading.Barrier(times)

    def run():
        try:
            barrier.wait()
            results.append(act())
        except CannotRetry:
            pass
        finally:
            close_old_connections()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
