"""What beat does for payments: wakes workers for whatever Stripe must be asked about."""

from collections.abc import Callable
from functools import partial
from itertools import takewhile
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts import jobs, kicks, stripe_gateway
from accounts.models import Purchase, StripeAccount, StripeEvent

AT_ONCE = 50


def wake(*, inline: bool = False) -> int:
    """How many rows were due. `inline` does the work in this process."""
    return (
        _wake(jobs.stripe_event, StripeEvent.objects.due(), inline=inline)
        + _wake(jobs.purchase, Purchase.objects.due(), inline=inline)
        + _wake(jobs.reconcile_stripe, _accounts_due(), inline=inline)
    )


def _accounts_due() -> QuerySet[StripeAccount]:
    if not stripe_gateway.is_configured():
        return StripeAccount.objects.none()
    StripeAccount.objects.get_or_create(account_id="")
    return StripeAccount.objects.filter(deauthorised_at=None, due_at__lte=timezone.now())


def _wake(job: Callable[[str], None], rows: QuerySet[Any], *, inline: bool) -> int:
    """Up to the first that fails: a Redis that does not answer costs a second each time."""
    waiting = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    if not inline:
        name = f"{job.__module__}.{job.__name__}"
        enqueue = partial(kicks.enqueue, kicks.STRIPE_QUEUE, name)
        return sum(1 for _ in takewhile(enqueue, waiting))
    for pk in waiting:
        job(str(pk))
    return len(waiting)
