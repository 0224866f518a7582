"""Recomputes the ledger from its legs and says where something is off. Reads only."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import Coalesce, Lag

from accounts import ledger
from accounts.models import (
    CreditAccount,
    CreditHold,
    CreditLeg,
    CreditLot,
    CreditLotUse,
    CreditTransaction,
    Redemption,
    Voucher,
    VoucherBatch,
)

Pot = CreditAccount.Kind


@dataclass
class Audit:
    """`totals` are credits by kind of account; `problems` are sentences, none where all is well."""

    totals: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def audit_ledger() -> Audit:
    audit = Audit(totals={kind.value: ledger.total_of(kind) for kind in Pot})
    audit.totals["transactions"] = CreditTransaction.objects.count()
    for check in CHECKS:
        check(audit)
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


def _check_pool_parts(audit: Audit) -> None:
    """What a hold says that the pool gave is what its postings took there, and gave back."""
    expected: dict[tuple[Any, str], int] = {}
    for hold in CreditHold.objects.filter(from_pool__gt=0).iterator():
        expected[hold.generation_id, "hold"] = -hold.from_pool
        if hold.state == CreditHold.State.RELEASED:
            expected[hold.generation_id, "release"] = hold.from_pool
    legs = CreditLeg.objects.filter(
        account__kind=Pot.POOL, transaction__kind__in=("hold", "capture", "release")
    )
    rows = legs.values_list("transaction__generation_id", "transaction__kind", "amount")
    found = {(generation_id, kind): amount for generation_id, kind, amount in rows.iterator()}
    for generation_id, kind in expected.keys() | found.keys():
        hoped, there = (part.get((generation_id, kind), 0) for part in (expected, found))
        if hoped != there:
            audit.problems.append(
                f"{kind} of generation {generation_id}: moved {there} on the pool, not {hoped}"
            )


def _check_running_balances(audit: Audit) -> None:
    """What a statement shows: each line's balance is that of the line before, and the amount."""
    before = Window(Lag("balance_after"), partition_by=F("account"), order_by=F("id").asc())
    jumps = CreditLeg.objects.annotate(before=Coalesce(before, 0)).exclude(
        balance_after=F("before") + F("amount")
    )
    for leg in jumps.order_by("pk").iterator():
        audit.problems.append(
            f"leg {leg.pk} of account {leg.account_id}: {leg.amount} leads to {leg.balance_after}"
        )


def _check_debts(audit: Audit) -> None:
    """A debt and its counterpart move together, so that no debt makes credits."""
    pairs = (Pot.DEBT, Pot.OWED)
    rows = CreditLeg.objects.filter(account__kind__in=pairs).order_by().values("transaction")
    for row in rows.annotate(total=Sum("amount")).exclude(total=0):
        audit.problems.append(f"transaction {row['transaction']}: a debt without its counterpart")


def _check_tenants(audit: Audit) -> None:
    """All of a tenant's accounts together hold what the platform has allocated to it."""
    allocated = CreditLeg.objects.filter(
        account__kind=Pot.SUPPLY, transaction__tenant__isnull=False
    )
    given = dict(allocated.order_by().values_list("transaction__tenant").annotate(n=-Sum("amount")))
    # By legs: a balance that they don't explain is told of elsewhere.
    rows = CreditLeg.objects.filter(account__tenant__isnull=False).order_by()
    there = dict(rows.values_list("account__tenant").annotate(n=Sum("amount")))
    for tenant in given.keys() | there.keys():
        if given.get(tenant, 0) != there.get(tenant, 0):
            audit.problems.append(
                f"tenant {tenant}: {given.get(tenant, 0)} allocated, {there.get(tenant, 0)} there"
            )


def _check_reversals(audit: Audit) -> None:
    rows = CreditTransaction.objects.filter(reverses__isnull=False).prefetch_related(
        "legs", "reverses__legs"
    )
    for row in rows.iterator(chunk_size=500):
        assert row.reverses is not None
        wrong = {leg.account_id: -leg.amount for leg in row.reverses.legs.all()}
        if {leg.account_id: leg.amount for leg in row.legs.all()} != wrong:
            audit.problems.append(f"transaction {row.reference}: not the opposite of its original")


def _check_lots(audit: Audit) -> None:
    lots = CreditLot.objects.order_by().values_list("user")
    left = dict(lots.annotate(n=Sum("left")))
    wallets = CreditAccount.objects.filter(
        Q(kind=Pot.WALLET) & (Q(expiring__gt=0) | Q(user__in=CreditLot.objects.values("user")))
    )
    for wallet in wallets:
        in_lots = left.get(wallet.user_id, 0)
        if not in_lots == wallet.expiring <= wallet.balance:
            audit.problems.append(
                f"user {wallet.user_id}: {in_lots} in lots, {wallet.expiring} expiring, "
                f"{wallet.balance} in the wallet"
            )
    uses = CreditLotUse.objects.order_by().values_list("hold")
    used = dict(uses.annotate(n=Sum("credits")))
    for pk, from_lots in CreditHold.objects.filter(
        Q(from_lots__gt=0) | Q(pk__in=CreditLotUse.objects.values("hold"))
    ).values_list("pk", "from_lots"):
        if used.get(pk, 0) != from_lots:
            audit.problems.append(f"hold {pk}: {from_lots} from lots, uses {used.get(pk, 0)}")


def _check_vouchers(audit: Audit) -> None:
    """The budget of each batch is what its codes still promise, and nothing once it has ended."""
    of_batch = {"batch": OuterRef("pk")}
    codes = Voucher.objects.filter(**of_batch).order_by().values("batch")
    redemptions = Redemption.objects.filter(**of_batch).order_by().values("batch")
    budgets = CreditAccount.objects.filter(kind=Pot.VOUCHERS, batch_id=OuterRef("pk"))
    for batch in VoucherBatch.objects.annotate(
        budget=Coalesce(Subquery(budgets.values("balance")), 0),
        in_codes=Coalesce(Subquery(codes.values(n=Sum("uses_left"))), 0),
        redeemed=Coalesce(Subquery(redemptions.values(n=Count("pk"))), 0),
    ).iterator():
        promised = 0 if batch.ended_at else batch.credits_left
        if batch.budget != promised:
            audit.problems.append(
                f"voucher batch {batch.pk}: {promised} promised, {batch.budget} in its budget"
            )
        if not batch.uses_left == batch.in_codes == batch.uses - batch.redeemed:
            audit.problems.append(
                f"voucher batch {batch.pk}: {batch.uses_left} of {batch.uses} uses left, "
                f"{batch.in_codes} by its codes, {batch.redeemed} redeemed"
            )
    strays = Voucher.objects.exclude(tenant=F("batch__tenant"))
    for stray in strays.iterator():
        audit.problems.append(f"voucher {stray.pk}: not of its batch's portal")


# I1, I2, I4, I5, I9 and I11 of docs/ledger.md by legs and accounts, I3 and I6 by holds. I7 and
# I10 need the generations (generations.audit, the doctor's drift), I8 is accounts.purchase_audit.
CHECKS = (
    _check_transactions,
    _check_accounts,
    _check_holds,
    _check_pool_parts,
    _check_running_balances,
    _check_debts,
    _check_tenants,
    _check_reversals,
    _check_lots,
    _check_vouchers,
)
