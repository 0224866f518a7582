"""One pass over what waits in the database: wake what is due, take over what got stuck.

Everything here may run at any time, also twice. Kicks only by default; `inline` does the work in
this process, for a site without Redis or workers.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import takewhile

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from accounts import connected_accounts, ledger, payment_duties, stripe_events, vouchers
from accounts.mails import outbox
from generations import (
    alerts,
    breakers,
    budget,
    deletion,
    dispatch,
    drafts,
    keys,
    kicks,
    lifecycle,
    low_balances,
    payment_alerts,
    plays,
    reconciliation,
    retrieval,
    spool,
    stories,
    submissions,
    test_mode,
    uploads,
)
from generations.errors import BudgetSpent, StaleTransition, UnusableKey
from generations.lumiq.contract import COMPLETED
from generations.lumiq.errors import LumiqError, LumiqKeyRefused
from generations.models import AlertKind, Delivery, Generation, IdempotentRequest, LumiqKey
from generations.outgoing import deliveries, endpoints
from generations.pace import nth
from generations.states import Phase, Status

logger = logging.getLogger(__name__)

AT_ONCE = 50
# A place that waits for it costs a third of a percent of the budget.
SHORTEST_PAUSE_SECONDS = 0.2
# While a delivery is in hand that may be due again a second after it has failed.
DELIVERY_PAUSE_SECONDS = 0.5


def run_pass(*, inline: bool = False) -> Counter[str]:
    """Returns how many rows were touched, by what was done.

    What fails is logged and does not keep the rest from being done; only a database that is away
    ends the pass.
    """
    steps: dict[str, Callable[[], int]] = {
        "spooled": spool.drain,
        "accounts": _ask_about_accounts,
        "reviewed": _review_accounts,
        "recovered": _recover_submissions,
        "given_up": _give_up_unconfirmed,
        "waited_out": _give_up_waiting,
        "dispatched": partial(_wake_dispatch, inline=inline),
        "fetched": partial(_wake_fetch, inline=inline),
        "stories": partial(_wake_stories, inline=inline),
        "delivered": partial(_wake_outbound, inline=inline),
        "payments": partial(payment_duties.wake, inline=inline),
        "payment_troubles": payment_alerts.review,
        "stuck": _tell_what_is_stuck,
        "mailed": alerts.mail_due,
        "balances_low": low_balances.watch,
        "balances_mailed": low_balances.mail_due,
        "owners_mailed": endpoints.mail_owners,
        "staff_told": connected_accounts.tell_staff,
        "mails": partial(outbox.wake, inline=inline),
        "mails_forgotten": outbox.forget,
        "drafts_ended": drafts.remove_stale,
        "discarded": uploads.discard_stale_drafts,
        "removed": deletion.remove_leftovers,
        "tests_discarded": test_mode.discard_old,
        "forgotten": budget.forget,
        "outdated": _forget_requests,
        "events_forgotten": deliveries.forget,
        "stripe_events_forgotten": stripe_events.forget,
        "credits_expired": ledger.expire_due,
        "vouchers_ended": vouchers.end_expired,
        "debts_collected": ledger.collect_debts,
        "plays_counted": plays.flush,
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


def pause_seconds(longest: float) -> float:
    """How long the beat may sleep: until the next row is due, or a waiting one finds budget."""
    now = timezone.now()
    active = Generation.objects.active()
    next_due = active.filter(due_at__gt=now).aggregate(at=Min("due_at"))["at"]
    pauses = [longest]
    if next_due is not None:
        pauses.append((next_due - now).total_seconds())
    if _due(Status.QUEUED, Status.PROCESSING, Status.RETRIEVING).exists():
        # Not only where all is spent: who was woken before takes what is free by now.
        looks = [budget.look(key).next_seconds for key in LumiqKey.objects.all()]
        pauses += [seconds for seconds in looks if seconds is not None]
    next_delivery = deliveries.next_due_seconds(now)
    if next_delivery is not None:
        pauses.append(next_delivery)
    if deliveries.is_any_in_hand(now):
        pauses.append(DELIVERY_PAUSE_SECONDS)
    return max(SHORTEST_PAUSE_SECONDS, min(pauses))


def _ask_about_accounts() -> int:
    keys.ensure_configured_key()
    asked = 0
    for key in [*breakers.keys_to_probe(), *reconciliation.accounts_to_read()]:
        try:
            reconciliation.read_account(key)
            asked += 1
        except (LumiqKeyRefused, UnusableKey) as error:
            breakers.record_refusal(key, str(error))
        except (LumiqError, BudgetSpent) as error:
            logger.info("balance of %s not read: %s", key, error)
    return asked


def _review_accounts() -> int:
    accounts = list(reconciliation.accounts_in_question())
    for account in accounts:
        reconciliation.review(account)
    return len(accounts)


def _recover_submissions() -> int:
    now = timezone.now()
    return _each(
        Generation.objects.filter(status=Status.SUBMITTING, lease_until__lt=now),
        submissions.recover,
    )


def _give_up_unconfirmed() -> int:
    return _each(_due(Status.UNCONFIRMED), lifecycle.give_up_unconfirmed)


def _give_up_waiting() -> int:
    long_ago = timezone.now() - settings.LUMIQ_PACE.queue_deadline
    waiting = Generation.objects.filter(status=Status.QUEUED, created_at__lt=long_ago)
    return _each(waiting, lifecycle.give_up_waiting)


def _wake_dispatch(*, inline: bool) -> int:
    """As many jobs as there are places in the budgets: more would only find them taken."""
    free = min(AT_ONCE, sum(budget.look(key).free for key in keys.takers()))
    in_line = _due(Status.QUEUED).filter(is_test=False).order_by("created_at")
    waiting = list(in_line.values_list("pk", flat=True)[:free])
    tests = _test_orders_with_places()
    if not inline:
        return _enqueue("dispatch", [*waiting, *tests])
    sent = sum(1 for _ in waiting if dispatch.submit_next())
    return sent + sum(1 for pk in tests if dispatch.submit_test(pk))


def _test_orders_with_places() -> list[uuid.UUID]:
    due = _due(Status.QUEUED).filter(is_test=True).order_by("created_at")
    waiting = list(due.values_list("pk", flat=True)[:AT_ONCE])
    key = keys.ensure_test_key() if waiting else None
    return waiting[: budget.look(key).free] if key else []


def _wake_fetch(*, inline: bool) -> int:
    late = [*_late_callbacks(), *_late_successes()]
    waiting = [*_fetches_with_places(), *_adoptable(), *late]
    if not inline:
        return _enqueue("fetch", waiting)
    for pk in waiting:
        retrieval.follow_up(pk)
    return len(waiting)


def _wake_stories(*, inline: bool) -> int:
    waiting = stories.due(AT_ONCE)
    if not inline:
        return sum(1 for _ in takewhile(_enqueue_story, waiting))
    for pk in waiting:
        stories.make(pk)
    return len(waiting)


def _enqueue_story(generation_id: uuid.UUID) -> bool:
    return kicks.enqueue("fetch", generation_id, "story")


def _wake_outbound(*, inline: bool) -> int:
    """No more of one server's than it may get at a time: the others are looked at as well."""
    rows = Delivery.objects.due(timezone.now(), a_destination=deliveries.MOST_AT_ONCE)
    waiting = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    if not inline:
        return _enqueue("outbound", waiting)
    for pk in waiting:
        deliveries.send(pk)
    return len(waiting)


def _fetches_with_places() -> list[uuid.UUID]:
    """Of each key's due videos as many as it has places; the others stay due."""
    found: list[uuid.UUID] = []
    for key in LumiqKey.objects.all():
        free = AT_ONCE if settings.LUMIQ_UNCOUNTED_ENDPOINTS else budget.look(key).free
        due = _due(Status.PROCESSING, Status.RETRIEVING).order_by("due_at")
        due = due.filter(attempts__lumiq_key=key, attempts__phase=Phase.ACCEPTED)
        found += due.values_list("pk", flat=True)[: min(AT_ONCE, free)]
    return found


def _enqueue(queue: str, waiting: Iterable[uuid.UUID]) -> int:
    """Up to the first that fails: a Redis that does not answer costs a second each time."""
    return sum(1 for _ in takewhile(partial(kicks.enqueue, queue), waiting))


def _forget_requests() -> int:
    return IdempotentRequest.objects.outdated().delete()[0]


def _tell_what_is_stuck() -> int:
    """Rows that are due and that nobody looks at: workers are missing, or the line is very long."""
    pace = settings.LUMIQ_PACE
    now = timezone.now()
    paid = Generation.objects.active().filter(is_test=False)
    in_line, on_their_way = paid.filter(status=Status.QUEUED), paid.exclude(status=Status.QUEUED)
    stuck = {
        "videos on their way": on_their_way.filter(due_at__lt=now - pace.stuck_after),
        "videos in line": in_line.filter(due_at__lt=now - pace.line_is_long_after),
    }
    for about, rows in stuck.items():
        count = rows.count()
        if not count:
            alerts.close(AlertKind.STUCK, about)
            continue
        oldest = rows.earliest("due_at")
        alerts.open(
            AlertKind.STUCK,
            about,
            title=f"{count} {about} have waited too long",
            text=f"The oldest, {oldest.pk}, is {oldest.status} and due since "
            f"{oldest.due_at:%Y-%m-%d %H:%M} UTC.",
        )
    return 0


def _adoptable() -> list[uuid.UUID]:
    """Unconfirmed rows, and such as wait to be sent again, whose task has been named; each only so
    often: asking costs budget."""
    now = timezone.now()
    statuses = (Status.UNCONFIRMED, Status.QUEUED)
    named = Q(attempts__callbacks__isnull=False) | ~Q(attempts__claimed_task_id="")
    rows = Generation.objects.filter(
        named, status__in=statuses, attempts__phase__in=submissions.ADOPTABLE
    )
    rows = rows.filter(Q(lease_until=None) | Q(lease_until__lt=now)).distinct()
    found = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    Generation.objects.filter(pk__in=found, status__in=statuses).update(
        lease_until=now + settings.LUMIQ_PACE.adoption_again
    )
    return found


def _late_callbacks() -> list[uuid.UUID]:
    """Given up by us, called back after all, and not adopted: ever more seldom, since what LUMIQ
    does not know as ours stays so."""
    now = timezone.now()
    rows = _due(Status.FAILED).filter(
        attempts__phase__in=submissions.ADOPTABLE,
        attempts__callbacks__status=COMPLETED,
        finished_at__gt=now - settings.LUMIQ_PACE.copy_until,
    )
    found = list(rows.values_list("pk", "checks").distinct()[:AT_ONCE])
    for pk, checks in found:
        wait = nth(settings.LUMIQ_PACE.copy_delays, checks)
        Generation.objects.filter(pk=pk, status=Status.FAILED).update(
            due_at=now + wait, checks=checks + 1
        )
    return [pk for pk, _ in found]


def _late_successes() -> list[uuid.UUID]:
    """Given up by us, finished by LUMIQ after all, and not fetched yet."""
    rows = _due(Status.FAILED).filter(
        attempts__phase=Phase.ACCEPTED,
        attempts__callbacks__status=COMPLETED,
        deleted_at=None,
        finished_at__gt=timezone.now() - settings.LUMIQ_PACE.copy_until,
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
