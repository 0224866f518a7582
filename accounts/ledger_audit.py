"""Recomputes the ledger from its legs and says where something is off. Reads only."""

from dataclasses import dataclass, field

from django.db.models import Count, F, Q, Sum

from accounts import ledger
from accounts.models import CreditAccount, CreditHold, CreditTransaction

Pot = CreditAccount.Kind


@dataclass
class Audit:
    """`totals` are credits by kind of account; `problems` are sentences, none where all is well."""

    totals: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def audit_ledger() -> Audit:
    audit = Audit(totals={kind.value: ledger.total_of(kind) for kind in Pot})
    audit.totals["transactions"] = CreditTransaction.objects.count()
    _check_transactions(audit)
    _check_accounts(audit)
    _check_holds(audit)
    return audit


def _check_transactions(audit: Audit) -> None:
    unbalanced = CreditTransaction.objects.annotate(
        total=Sum("legs__amount"), count=Count("legs")
    ).exclude(total=0, count__gte=2)
    for row in unbalanced.iterator():
        audit.problems.append(f"transaction {row.reference}: legs come to {row.total}, not 0")
    across = CreditTransaction.objects.filter(
        Q(legs__account__tenant__isnull=False) & ~Q(legs__account__tenant=F("tenant"))
    ).distinct()
    for crossing in across.iterator():
        audit.problems.append(f"transaction {crossing.reference}: touches another tenant's account")


def _check_accounts(audit: Audit) -> None:
    for account in CreditAccount.objects.annotate(total=Sum("legs__amount")).iterator():
        if account.balance != (account.total or 0):
            audit.problems.append(
                f"account {account.pk} ({account}): balance {account.balance}, legs {account.total}"
            )
        if account.balance < 0 and account.kind not in CreditAccount.MAY_BE_NEGATIVE:
            audit.problems.append(f"account {account.pk} ({account}): {account.balance} credits")


def _check_holds(audit: Audit) -> None:
    open_by_user = dict(
        CreditHold.objects.filter(state="open").values_list("user").annotate(n=Sum("amount"))
    )
    held_by_user = dict(CreditAccount.objects.filter(kind=Pot.HELD).values_list("user", "balance"))
    for user in open_by_user.keys() | held_by_user.keys():
        opened, held = open_by_user.get(user, 0), held_by_user.get(user, 0)
        if opened != held:
            audit.problems.append(f"user {user}: open holds {opened}, held account {held}")
    references = set(
        CreditTransaction.objects.filter(kind__in=("capture", "release", "hold")).values_list(
            "kind", "generation_id"
        )
    )
    for hold in CreditHold.objects.iterator():
        posted = {
            kind for kind in ("capture", "release") if (kind, hold.generation_id) in references
        }
        expected = {"open": set(), "captured": {"capture"}, "released": {"release"}}[hold.state]
        if posted != expected or ("hold", hold.generation_id) not in references:
            audit.problems.append(
                f"hold of generation {hold.generation_id}: {hold.state}, posted {sorted(posted)}"
            )
