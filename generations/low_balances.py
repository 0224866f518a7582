"""Tells users of a low wallet, and a tenant's staff of a low pool, by mail, once a threshold.

Beat compares what has moved in the ledger since its last pass with what was told; orders know
nothing of it. A balance is told of where it fell: whoever never had as much is told nothing. How
the platform is told of its own balance at LUMIQ: generations.alerts.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from accounts import emails, ledger, tenancy
from accounts.models import CreditAccount, CreditLeg, User
from generations.lumiq.contract import FOOTBALL_CREDITS
from generations.models import BalanceNotice, BalanceWatch

logger = logging.getLogger(__name__)

Pot = CreditAccount.Kind

# Legs a pass of beat; and how many it looks at again, since of two that are written at the same
# time the one with the lower id may be committed last. What is missed all the same is seen when
# the account moves the next time.
AT_ONCE = 2000
SEEN_AGAIN = 500
MAIL_AGAIN = timedelta(minutes=10)
MAILS_AT_ONCE = 5


def watch() -> int:
    """Returns how many accounts have moved, for beat."""
    newest = CreditLeg.objects.aggregate(n=Max("pk"))["n"] or 0
    # What was low before the first pass is no news.
    seen, is_first = BalanceWatch.objects.get_or_create(pk=1, defaults={"leg_id": newest})
    if is_first or newest == seen.leg_id:
        return 0
    legs = CreditLeg.objects.filter(pk__gt=seen.leg_id - SEEN_AGAIN).order_by("pk")
    moved = list(legs.values_list("pk", "account")[:AT_ONCE])
    accounts = CreditAccount.objects.filter(
        pk__in={account for _, account in moved}, kind__in=(Pot.WALLET, Pot.POOL)
    )
    found = list(accounts.select_related("tenant"))
    notices = {row.account_id: row for row in BalanceNotice.objects.filter(account__in=found)}
    for account in found:
        _look_at(account, notices.get(account.pk))
    BalanceWatch.objects.filter(pk=1, leg_id=seen.leg_id).update(leg_id=moved[-1][0])
    return len(found)


def judge(balance: int, told: int | None, thresholds: Sequence[int]) -> tuple[int | None, bool]:
    """The lowest threshold to remember as told, given the one that was, and whether it is a new
    one. At a threshold a balance is neither below it nor above. Pure."""
    below = min((n for n in thresholds if balance < n), default=None)
    if below is not None and (told is None or below < told):
        return below, True
    if told is not None and balance > told:
        return min((n for n in thresholds if told < n and balance <= n), default=None), False
    return told, False


def mail_due() -> int:
    """Send what is due, for beat, outside a transaction; returns how many were told of."""
    told = 0
    due = BalanceNotice.objects.due_for_mail(timezone.now())
    for notice in due.select_related("account__tenant", "account__user__tenant")[:MAILS_AT_ONCE]:
        if not _claim(notice):
            continue
        try:
            _mail(notice)
        except (OSError, SMTPException) as error:
            logger.warning("The mail server does not take a mail about credits: %s", error)
            break
        # Unless it fell further meanwhile.
        sent = BalanceNotice.objects.filter(pk=notice.pk, below=notice.below)
        sent.update(mail_due_at=None)
        told += 1
    return told


def _look_at(account: CreditAccount, notice: BalanceNotice | None) -> None:
    told = notice.below if notice else None
    below, is_new = judge(account.balance, told, _thresholds_of(account))
    if below == told:
        return
    if below is None:
        BalanceNotice.objects.filter(account=account).delete()
        return
    now = timezone.now()
    had_more = CreditLeg.objects.filter(account=account, balance_after__gte=below).exists()
    values = {"below": below, "mail_due_at": now if is_new and had_more else None, "fell_at": now}
    if notice:
        unchanged = BalanceNotice.objects.filter(pk=notice.pk, below=notice.below)
        unchanged.update(**values)
    else:
        fresh = BalanceNotice(account=account, **values)
        BalanceNotice.objects.bulk_create([fresh], ignore_conflicts=True)


def _thresholds_of(account: CreditAccount) -> tuple[int, ...]:
    if account.kind == Pot.WALLET:
        thresholds: tuple[int, ...] = settings.PORTAL_WALLET_ALERTS
        return thresholds
    assert account.tenant is not None
    return account.tenant.pool_thresholds


def _claim(notice: BalanceNotice) -> bool:
    """Of several beats one sends; where it dies over it, or the server refuses, it is due again."""
    unchanged = BalanceNotice.objects.filter(pk=notice.pk, mail_due_at=notice.mail_due_at)
    return unchanged.update(mail_due_at=timezone.now() + MAIL_AGAIN) == 1


def _mail(notice: BalanceNotice) -> None:
    tenant = notice.account.tenant
    assert tenant is not None
    if not tenant.is_active:
        return
    if notice.account.user is not None:
        _mail_user(notice.account.user, notice.below)
        return
    credits = ledger.pool_of(tenant)
    if credits >= notice.below:
        return
    path = reverse("admin:accounts_tenant_change", settings.PORTAL_URLCONF, args=[tenant.pk])
    page = tenancy.build_url(tenant, path)
    context = {"credits": credits, "price": FOOTBALL_CREDITS, "page": page}
    staff = User.objects.filter(tenant=tenant, is_tenant_staff=True, is_active=True)
    for member in staff.select_related("tenant").order_by("pk"):
        emails.send("pool_low", member, context)


def _mail_user(user: User, below: int) -> None:
    assert user.tenant is not None
    credits = ledger.balance_of(user).available
    # With a pool to draw on, or new credits since, nothing is low.
    if credits >= below or not (user.is_active and user.wants_balance_mails):
        return
    page = tenancy.build_url(user.tenant, reverse("wallet", settings.PORTAL_URLCONF))
    emails.send("wallet_low", user, {"credits": credits, "price": FOOTBALL_CREDITS, "page": page})
