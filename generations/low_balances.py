"""Tells users of a low wallet, and a tenant's staff of a low pool, by mail, once a threshold.

Beat compares what has moved in the ledger since its last pass with what was told; orders know
nothing of it. A balance is told of where it fell: whoever never had as much is told nothing. How
the platform is told of its own balance at LUMIQ: generations.alerts.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.mails import outbox
from accounts.models import CreditAccount, CreditLeg, User
from generations.models import BalanceNotice, BalanceWatch

Pot = CreditAccount.Kind

# Legs a pass of beat; and how many it looks at again, since of two that are written at the same
# time the one with the lower id may be committed last. What is missed all the same is seen when
# the account moves the next time.
AT_ONCE = 2000
SEEN_AGAIN = 500


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
    """Tell what is due, for beat; returns how many were told of."""
    due = BalanceNotice.objects.due_for_mail(timezone.now())
    return sum(_tell(notice) for notice in due.select_related("account__user__tenant")[:AT_ONCE])


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


@transaction.atomic
def _tell(notice: BalanceNotice) -> bool:
    """Of several beats one tells. Whether it is still so is looked at when the mail is sent."""
    unchanged = BalanceNotice.objects.filter(pk=notice.pk, mail_due_at=notice.mail_due_at)
    if not unchanged.update(mail_due_at=None):
        return False
    kind = "pool_low" if notice.account.user is None else "wallet_low"
    for user in _receivers_of(notice.account):
        about = f"{notice.account_id}:{notice.below}:{notice.fell_at.timestamp()}:{user.pk}"
        outbox.post(kind, user, about=about, facts={"below": notice.below})
    return True


def _receivers_of(account: CreditAccount) -> list[User]:
    if account.user is not None:
        return [account.user]
    staff = User.objects.filter(tenant=account.tenant_id, is_tenant_staff=True, is_active=True)
    return list(staff.select_related("tenant").order_by("pk"))
