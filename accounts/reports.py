"""What became of a tenant's credits, for its staff: each line of the pool, and each user's use."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger, spreadsheet
from accounts.models import CreditAccount, CreditHold, CreditLeg, CreditTransaction, Tenant, User

Kind = CreditTransaction.Kind
Pot = CreditAccount.Kind

GIFTS = (Kind.ALLOCATION, Kind.WELCOME, Kind.PURCHASE, Kind.VOUCHER)


@dataclass(frozen=True)
class Use:
    """Credits of one user: in the wallet and held now; given, spent and drawn since the month began
    (in UTC). What is drawn came out of the pool, for videos that are delivered or may be."""

    email: str
    wallet: int = 0
    held: int = 0
    given: int = 0
    spent: int = 0
    drawn: int = 0


def find_use(tenant: Tenant) -> list[Use]:
    """Who has spent most first; without those who have and did nothing."""
    since = ledger.month_of(timezone.now())
    figures: dict[int, dict[str, int]] = {}
    accounts = CreditAccount.objects.filter(tenant=tenant, kind__in=(Pot.WALLET, Pot.HELD))
    for user, kind, balance in accounts.values_list("user", "kind", "balance"):
        figures.setdefault(user, {})[kind] = balance
    legs = CreditLeg.objects.order_by().filter(
        account__tenant=tenant, account__user__isnull=False, transaction__created_at__gte=since
    )
    gift = Q(account__kind=Pot.WALLET, transaction__kind__in=GIFTS)
    sums = legs.values("account__user").annotate(
        given=Sum("amount", filter=gift),
        spent=Sum("amount", filter=Q(account__kind=Pot.CONSUMED)),
    )
    for row in sums:
        mine = figures.setdefault(row["account__user"], {})
        mine |= {"given": row["given"] or 0, "spent": row["spent"] or 0}
    holds = CreditHold.objects.filter(
        user__tenant=tenant, from_pool__gt=0, created_at__gte=since
    ).exclude(state=CreditHold.State.RELEASED)
    for user, drawn in holds.order_by().values_list("user").annotate(n=Sum("from_pool")):
        figures.setdefault(user, {})["drawn"] = drawn
    emails = dict(User.objects.filter(tenant=tenant).values_list("pk", "email"))
    rows = [Use(emails[user], **mine) for user, mine in figures.items() if any(mine.values())]
    return sorted(rows, key=lambda use: (-use.spent, use.email))


def write_use(tenant: Tenant) -> Iterator[str]:
    header = [_("User"), _("Wallet"), _("Held"), _("Given this month"), _("Spent this month"),
              _("Drawn on the pool this month")]  # fmt: skip
    yield spreadsheet.begin(header)
    for use in find_use(tenant):
        figures = (use.wallet, use.held, use.given, use.spent, use.drawn)
        yield spreadsheet.write_row([use.email, *figures])


def write_pool(tenant: Tenant) -> Iterator[str]:
    """Each line of the pool, newest first."""
    header = [_("When (UTC)"), _("What"), _("Note"), _("Credits"), _("Balance"), _("Entry")]
    yield spreadsheet.begin(header)
    legs = CreditLeg.objects.filter(account__tenant=tenant, account__kind=Pot.POOL)
    for leg in legs.select_related("transaction").iterator():
        posted = leg.transaction
        cells: list[str | int] = [
            posted.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            str(posted.get_kind_display()),
            posted.note,
            leg.amount,
            leg.balance_after,
            posted.pk,
        ]
        yield spreadsheet.write_row(cells)
