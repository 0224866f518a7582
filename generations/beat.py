"""One pass over what waits in the database: wake what is due, take over what got stuck.

Everything here may run at any time, also twice. Kicks only by default; `inline` does the work in
this process, for a site without Redis or workers.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from generations import budget, dispatch, keys, kicks, lifecycle, retrieval, uploads
from generations.budget import Lane
from generations.errors import BudgetSpent, StaleTransition
from generations.lumiq.errors import LumiqError, LumiqKeyRefused
from generations.models import Generation, LumiqKey
from generations.states import Reason, Status

logger = logging.getLogger(__name__)

ACCOUNT_EVERY = timedelta(minutes=5)
AT_ONCE = 50


def run_pass(*, inline: bool = False) -> Counter[str]:
    """Returns how many rows were touched, by what was done."""
    done: Counter[str] = Counter()
    keys.ensure_configured_key()
    done["accounts"] = _sync_accounts()
    done["recovered"] = _recover_submissions()
    done["given_up"] = _give_up_unconfirmed()
    done["dispatched"] = _wake_dispatch(inline=inline)
    done["fetched"] = _wake_fetch(inline=inline)
    done["discarded"] = uploads.discard_stale_drafts()
    return done


def sync_account(key: LumiqKey) -> None:
    """Ask LUMIQ for the balance. Raises LumiqError or BudgetSpent."""
    budget.spend(key.fingerprint, Lane.ACCOUNT)
    keys.record_account(key, keys.client_for(key).fetch_account())


def _sync_accounts() -> int:
    stale = LumiqKey.objects.filter(
        Q(spent_credits=None) | Q(seen_at__lt=timezone.now() - ACCOUNT_EVERY)
    ).exclude(refused_at__gt=timezone.now() - keys.REFUSED_PAUSE)
    synced = 0
    for key in stale:
        try:
            sync_account(key)
            synced += 1
        except LumiqKeyRefused:
            logger.error("LUMIQ refuses the key %s", key)
            keys.record_refusal(key)
        except (LumiqError, BudgetSpent) as error:
            logger.info("balance of %s not read: %s", key, error)
    return synced


def _recover_submissions() -> int:
    now = timezone.now()
    return _each(
        Generation.objects.filter(status=Status.SUBMITTING, lease_until__lt=now),
        lifecycle.recover_submission,
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


def _wake_dispatch(*, inline: bool) -> int:
    waiting = list(
        _due(Status.QUEUED).order_by("created_at").values_list("pk", flat=True)[:AT_ONCE]
    )
    if not inline:
        return sum(kicks.enqueue("dispatch", pk) for pk in waiting)
    return sum(1 for _ in waiting if dispatch.submit_next())


def _wake_fetch(*, inline: bool) -> int:
    due = _due(Status.PROCESSING, Status.RETRIEVING) | Generation.objects.filter(
        status=Status.UNCONFIRMED, attempts__callbacks__isnull=False
    )
    waiting = list(due.order_by("due_at").values_list("pk", flat=True).distinct()[:AT_ONCE])
    if not inline:
        return sum(kicks.enqueue("fetch", pk) for pk in waiting)
    for pk in waiting:
        retrieval.follow_up(pk)
    return len(waiting)


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
