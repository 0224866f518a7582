"""What the videos of a month would have brought and cost, by the averages of accounts.margins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from accounts.margins import Books, Rate
from accounts.models import Tenant
from generations.models import Generation
from generations.states import Status


@dataclass(frozen=True)
class ProductMargin:
    """Videos of one tenant, month, product and length. The rates are None where nothing was sold
    until then: there is no price to reckon with."""

    tenant: Tenant
    month: datetime
    name: str
    videos: int
    credits: int
    retail_rate: Rate | None
    fee_rate: Rate | None
    cost_rate: Rate

    @property
    def retail_minor(self) -> int | None:
        return self.retail_rate.of(self.credits) if self.retail_rate else None

    @property
    def fees_minor(self) -> int | None:
        return self.fee_rate.of(self.credits) if self.fee_rate else None

    @property
    def cost_minor(self) -> int:
        return self.cost_rate.of(self.credits)

    @property
    def margin_minor(self) -> int | None:
        """None as well where the credits were bought in another currency."""
        if self.retail_minor is None or self.fees_minor is None or self.retail_rate is None:
            return None
        if self.retail_rate.currency != self.cost_rate.currency:
            return None
        return self.retail_minor - self.fees_minor - self.cost_minor


def find_product_margins(books: Books, tenant: Tenant | None = None) -> list[ProductMargin]:
    """The latest month first; one query."""
    rows = Generation.objects.filter(status=Status.READY, is_test=False, finished_at__isnull=False)
    if tenant is not None:
        rows = rows.filter(tenant=tenant)
    found = (
        rows.order_by()
        .annotate(month=TruncMonth("finished_at", tzinfo=UTC))
        .values("tenant", "month", "product", "duration_seconds")
        .annotate(videos=Count("pk"), total=Sum("credits"))
    )
    lines = [_build(books, row) for row in found]
    lines.sort(key=lambda line: (line.tenant.name.lower(), line.name))
    return sorted(lines, key=lambda line: line.month, reverse=True)


def _build(books: Books, row: Mapping[str, Any]) -> ProductMargin:
    tenant, month = books.tenants[row["tenant"]], row["month"]
    retail = books.retail_rate(tenant.pk, month)
    currency = retail.currency if retail else ""
    name = {
        "product": Generation.Product(row["product"]).label,
        "seconds": row["duration_seconds"],
    }
    return ProductMargin(
        tenant=tenant,
        month=month,
        name=_("%(product)s, %(seconds)s s") % name,
        videos=row["videos"],
        credits=row["total"],
        retail_rate=retail,
        fee_rate=books.fee_rate(tenant.pk, month),
        cost_rate=books.cost_rate(tenant.pk, month, currency),
    )
