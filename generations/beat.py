"""One pass over what waits in the database: wake what is due, take over what got stuck.

Everything here may run at any time, also twice. Kicks only by default; `inline` does the work in
this process, for a site without Redis or workers.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import DatabaseError
from django.db.models import Q, QuerySet
from django.utils import timezone

from generations import budget, dispatch, keys, kicks, lifecycle, retrieval, submissions, uploads
from generations.budget import Lane
from generations.errors import BudgetSpent, StaleTransition, UnusableKey
from generations.lumiq.contract import COMPLETED
from generations.lumiq.errors import LumiqError, LumiqKeyRefused
from generations.models import Generation, LumiqKey
from generations.states import Phase, Reason, Status

logger = logging.getLogger(__name__)

ACCOUNT_EVERY = timedelta(minutes=5)
ACCOUNT_AGAIN = timedelta(seconds=20)
ADOPTION_AGAIN = timedelta(seconds=30)
AT_ONCE = 50


def run_pass(*, inline: bool = False) -> Counter[str]:
    """Returns how many rows were touched, by what was done.

    What fails is logged and does not keep the rest from being done; only a database that is away
    ends the pass.
    """
    steps: dict[str, Callable[[], int]] = {
        "accounts": _sync_accounts,
        "recovered": _recover_submissions,
        "given_up": _give_up_unconfirmed,
        "waited_out": _give_up_waiting,
        "dispatched": partial(_wake_dispatch, inline=inline),
        "fetched": partial(_wake_fetch, inline=inline),
        "discarded": uploads.discard_stale_drafts,
    }
    done: Counter[str] = Counter()
    for name, step in steps.items():
        try:
            done[name] = step()
        except DatabaseError:
            raise
        except Exception:  # the one place that must outlive any single bad row
            logger.exception("The step %r of the beat failed", name)
    return done


def sync_account(key: LumiqKey) -> None:
    """Ask LUMIQ for the balance. Raises LumiqError, BudgetSpent or UnusableKey."""
    LumiqKey.objects.filter(pk=key.pk).update(account_tried_at=timezone.now())
    client = keys.client_for(key)
    budget.spend(key.fingerprint, Lane.ACCOUNT)
    keys.record_account(key, client.fetch_account())


def _sync_accounts() -> int:
    keys.ensure_configured_key()
    now = timezone.now()
    stale = LumiqKey.objects.filter(
        Q(account_seen_at=None) | Q(account_seen_at__lt=now - ACCOUNT_EVERY)
    ).exclude(account_tried_at__gt=now - ACCOUNT_AGAIN)
    synced = 0
    for key in stale:
        try:
            sync_account(key)
            synced += 1
        except (LumiqKeyRefused, UnusableKey) as error:
            logger.error("The key %s cannot be used: %s", key, error)
            keys.record_refusal(key)
        except (LumiqError, BudgetSpent) as error:
            logger.info("balance of %s not read: %s", key, error)
    return synced


def _recover_submissions() -> int:
    now = timezone.now()
    return _each(
        Generation.objects.filter(status=Status.SUBMITTING, lease_until__lt=now),
        submissions.recover,
    )


def _give_up_unconfirmed() -> int:
    def give_up(generation_id: uuid.UUID) -> None:
        generation = Generation.objects.get(pk=generation_id)
        lifecycle.fail(
            generation.pk,
            Reason.TIMED_OUT,
            billed_attempt=generation.attempts.last(),
            note="no word from LUMIQ about the send",
        )

    return _each(_due(Status.UNCONFIRMED), give_up)


def _give_up_waiting() -> int:
    long_ago = timezone.now() - lifecycle.QUEUE_DEADLINE
    waiting = Generation.objects.filter(status=Status.QUEUED, created_at__lt=long_ago)
    return _each(waiting, lifecycle.give_up_waiting)


def _wake_dispatch(*, inline: bool) -> int:
    waiting = list(
        _due(Status.QUEUED).order_by("created_at").values_list("pk", flat=True)[:AT_ONCE]
    )
    if not inline:
        return sum(kicks.enqueue("dispatch", pk) for pk in waiting)
    return sum(1 for _ in waiting if dispatch.submit_next())


def _wake_fetch(*, inline: bool) -> int:
    due = _due(Status.PROCESSING, Status.RETRIEVING).order_by("due_at")
    waiting = [*due.values_list("pk", flat=True)[:AT_ONCE], *_adoptable(), *_late_successes()]
    if not inline:
        return sum(kicks.enqueue("fetch", pk) for pk in waiting)
    for pk in waiting:
        retrieval.follow_up(pk)
    return len(waiting)


def _adoptable() -> list[uuid.UUID]:
    """Unconfirmed rows whose task has been named, each only so often: asking costs budget."""
    now = timezone.now()
    named = Q(attempts__callbacks__isnull=False) | ~Q(attempts__claimed_task_id="")
    rows = Generation.objects.filter(named, status=Status.UNCONFIRMED)
    rows = rows.filter(Q(lease_until=None) | Q(lease_until__lt=now)).distinct()
    found = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    Generation.objects.filter(pk__in=found, status=Status.UNCONFIRMED).update(
        lease_until=now + ADOPTION_AGAIN
    )
    return found


def _late_successes() -> list[uuid.UUID]:
    """Given up by us, finished by LUMIQ after all, and not fetched yet."""
    rows = _due(Status.FAILED).filter(
        attempts__phase=Phase.ACCEPTED,
        attempts__callbacks__status=COMPLETED,
        finished_at__gt=timezone.now() - retrieval.COPY_UNTIL,
    )
    return list(rows.values_list("pk", flat=True).distinct()[:AT_ONCE])


def _due(*statuses: Status) -> QuerySet[Generation]:
    return Generation.objects.filter(status__in=statuses, due_at__lte=timezone.now())


def _each(rows: QuerySet[Generation], act: Callable[[uuid.UUID], None]) -> int:
    count = 0
    for pk in rows.values_list("pk", flat=True)[:AT_ONCE]:
        try:
            act(pk)
            count += 1
        except StaleTransition:
            continue  # somebody else moved it
    return count
