"""Stripe accounts that are tenants' own: connected, looked at, replaced and lost.

The only writer of their rows, but for when each was asked (accounts.stripe_events). The network is
never asked inside a transaction. Stripe is asked how an account stands; events only say when.
"""

import logging
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import stripe_gateway
from accounts.errors import StripeAccountLost, StripeObjectUnknown
from accounts.mails import outbox
from accounts.models import Purchase, StripeAccount, Tenant, User
from accounts.payments import AccountFacts

logger = logging.getLogger(__name__)

State = StripeAccount.State

MOST_LOOKS = 5


def current_of(tenant: Tenant) -> StripeAccount | None:
    """What sells for the tenant once it is ready, where the tenant sells through its own."""
    return StripeAccount.objects.current().filter(tenant=tenant).first()


def connect(
    tenant: Tenant, *, country: str, email: str, key: uuid.UUID, replaces: int | None
) -> StripeAccount:
    """A new account at Stripe, in place of the row `replaces`. The same `key` makes one; where
    another click was faster, its account is the tenant's.

    Raises StripeUnreachable, StripeNotConfigured or StripeRefused; then nothing has changed here.
    """
    current = current_of(tenant)
    if current is not None and current.pk != replaces:
        return current
    account_id = stripe_gateway.create_account(
        country=country, email=email, tenant_id=tenant.pk, idempotency_key=f"account-{key}"
    )
    return _keep(tenant, account_id, replaces)


def refresh(account_id: str) -> StripeAccount | None:
    """Ask Stripe how the account stands; None where it is no tenant's.

    Raises StripeUnreachable or StripeNotConfigured.
    """
    for _look in range(MOST_LOOKS):
        account = StripeAccount.objects.filter(account_id=account_id, tenant__isnull=False).first()
        if account is None or account.deauthorised_at is not None:
            return account
        try:
            facts = stripe_gateway.fetch_account(account_id)
        except (StripeAccountLost, StripeObjectUnknown):
            mark_lost(account_id)
            continue
        if _note(account, facts):
            account.refresh_from_db()
            return account
    logger.warning("Stripe account %s is looked at by too many at once", account_id)
    return StripeAccount.objects.get(account_id=account_id)


def state_of(facts: AccountFacts) -> State:
    if facts.can_charge:
        return State.READY
    if not facts.has_details:
        return State.DETAILS
    return State.RESTRICTED if facts.is_wanted_more else State.REVIEW


@transaction.atomic
def mark_lost(account_id: str) -> None:
    """It does not let us in any more: nothing is sold through it, and what is open is looked at."""
    now = timezone.now()
    rows = StripeAccount.objects.filter(account_id=account_id, deauthorised_at=None)
    if account_id and rows.update(deauthorised_at=now, mail_due_at=now):
        logger.error("The Stripe account %s does not let us in any more", account_id)
        Purchase.objects.unpaid().filter(stripe_account=account_id).update(due_at=now)


def tell_staff() -> int:
    """Mails to the staff of tenants whose account sells no more, for beat; returns how many."""
    due = StripeAccount.objects.out_of_order().filter(mail_due_at__lte=timezone.now())
    return sum(_tell(account) for account in due)


@transaction.atomic
def _keep(tenant: Tenant, account_id: str, replaces: int | None) -> StripeAccount:
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    current = current_of(tenant)
    if current is not None and current.pk != replaces:
        return current
    if current is not None:
        StripeAccount.objects.filter(pk=current.pk).update(replaced_at=timezone.now())
    return StripeAccount.objects.create(account_id=account_id, tenant=tenant)


def _note(account: StripeAccount, facts: AccountFacts) -> bool:
    """False where another answer came since `account` was read."""
    now, state = timezone.now(), state_of(facts)
    changes: dict[str, Any] = {"state": state, "checked_at": now}
    if state == State.READY:
        changes |= {"was_ready": True, "mail_due_at": None}
    elif account.state == State.READY:
        changes |= {"mail_due_at": now}
    unchanged = StripeAccount.objects.filter(
        pk=account.pk, checked_at=account.checked_at, deauthorised_at=None
    )
    return unchanged.update(**changes) == 1


@transaction.atomic
def _tell(account: StripeAccount) -> int:
    """Of several beats one tells."""
    unchanged = StripeAccount.objects.filter(pk=account.pk, mail_due_at=account.mail_due_at)
    if account.mail_due_at is None or not unchanged.update(mail_due_at=None):
        return 0
    staff = User.objects.filter(tenant=account.tenant, is_tenant_staff=True, is_active=True)
    for user in staff.select_related("tenant"):
        about = f"{account.pk}:{account.mail_due_at.timestamp()}:{user.pk}"
        outbox.post("stripe_account_stopped", user, about=about, facts={"account": account.pk})
    return len(staff)
