"""The accounts at LUMIQ: what is left in them, and how old that knowledge is."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from generations import keys, reconciliation
from generations.doctor.findings import Finding, Level, build_finding, describe_time
from generations.doctor.master_keys import find_keys_in_use
from generations.models import LumiqAccount

# So many times the pause between two readings, and one is late.
LATE_READINGS = 4


def check_accounts() -> Iterator[Finding]:
    for account in find_accounts_in_use():
        yield _judge(account)


def find_accounts_in_use() -> QuerySet[LumiqAccount]:
    """Nobody reads the others any more; what is known of them stays as it was."""
    in_question = reconciliation.accounts_in_question()
    return LumiqAccount.objects.filter(
        Q(pk__in=find_keys_in_use().values("account")) | Q(pk__in=in_question.values("pk"))
    )


def _judge(account: LumiqAccount) -> Finding:
    name, balance = f"account {account}", account.balance_credits
    age = timezone.now() - account.seen_at
    below = [threshold for threshold in settings.LUMIQ_BALANCE_ALERTS if balance < threshold]
    figures: dict[str, Any] = {
        "balance_credits": balance,
        "payable_credits": keys.payable(account),
        "reading_age_seconds": int(age.total_seconds()),
        "below": below,
    }
    text = f"{balance} credits, read {describe_time(age)} ago"
    if not account.keys.filter(is_active=True).exists():
        return build_finding(name, f"{text}; none of its keys is active", **figures)
    if balance < keys.CHEAPEST_CREDITS:
        remedy = "Buy credits at LUMIQ: this pays for no video."
        return Finding(name, Level.ILL, text, remedy, figures)
    if age > LATE_READINGS * settings.LUMIQ_PACE.account_every:
        remedy = "Does beat run, and does LUMIQ answer (`doctor --ask-lumiq`)?"
        return Finding(name, Level.ILL, text, remedy, figures)
    if below:
        remedy = "Buy credits at LUMIQ before they run out."
        return Finding(name, Level.NOTE, f"{text}: fewer than {below[-1]}", remedy, figures)
    return build_finding(name, text, **figures)
