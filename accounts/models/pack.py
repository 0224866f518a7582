"""Packs of credits, at prices that hold from a time on: what portals sell to their users, and the
platform to portals."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import money
from accounts.models.tenant import Tenant


class PackQuerySet(models.QuerySet["Pack"]):
    def for_tenant(self, tenant: Tenant) -> "PackQuerySet":
        return self.filter(tenant=tenant)

    def for_pools(self) -> "PackQuerySet":
        return self.filter(tenant=None)

    def on_sale(self) -> "PackQuerySet":
        """The active ones that have a price now."""
        now = timezone.now()
        priced = self.filter(is_active=True, prices__effective_from__lte=now).distinct()
        return priced.with_price()

    def with_price(self) -> "PackQuerySet":
        """With the price of now: `amount_minor` and `currency`."""
        prices = PackPrice.objects.filter(
            pack=OuterRef("pk"), effective_from__lte=timezone.now()
        ).order_by("-effective_from", "-pk")
        return self.annotate(  # type: ignore[no-redef]  # as declared below
            amount_minor=Subquery(prices.values("amount_minor")[:1]),
            currency=Subquery(prices.values("currency")[:1]),
        )


class Pack(models.Model):
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="packs",
        help_text="That sells it to its users. Empty: the platform sells it to portals.",
    )
    name = models.CharField(max_length=60)
    credits = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True, help_text="On sale.")
    order = models.PositiveSmallIntegerField(default=0, help_text="The smallest comes first.")

    objects = PackQuerySet.as_manager()

    # Set by `with_price` and `on_sale`.
    amount_minor: int | None
    currency: str | None

    class Meta:
        ordering = ["tenant", "order", "credits", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="pack_name_once_a_tenant"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(tenant=None), name="pack_name_once_for_portals"
            ),
            models.CheckConstraint(condition=Q(credits__gt=0), name="pack_has_credits"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.credits} credits)"

    @property
    def price_text(self) -> str:
        """Empty where it has no price yet."""
        if self.amount_minor is None or self.currency is None:
            return ""
        return money.format_amount(self.amount_minor, self.currency)

    @property
    def next_price(self) -> "PackPrice | None":
        """The first of those that have yet to begin."""
        now = timezone.now()
        coming = [price for price in self.prices.all() if price.effective_from > now]
        return min(coming, key=lambda price: (price.effective_from, price.pk), default=None)


class PackPrice(models.Model):
    """A version of a pack's price. The latest that is in effect counts; none is ever changed."""

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="prices")
    amount_minor = models.PositiveIntegerField(
        help_text="In the currency's smallest unit: 1000 for $10.00, 1000 for ¥1,000."
    )
    currency = models.CharField(
        max_length=3, default="usd", validators=[money.validate_currency]
    )  # fmt: skip
    effective_from = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pack", "-effective_from", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pack", "effective_from"], name="one_price_a_pack_and_time"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="price_is_not_zero"),
            models.CheckConstraint(
                condition=Q(currency=Lower(F("currency"))), name="price_currency_is_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return money.format_amount(self.amount_minor, self.currency)

    def clean(self) -> None:
        rows = PackPrice.objects.filter(pack=self.pack_id, effective_from=self.effective_from)
        if rows.exclude(pk=self.pk).exists():
            raise ValidationError({"effective_from": "There is a price from that time on already."})
        try:
            money.validate_amount(self.amount_minor or 0, self.currency)
        except ValidationError as error:
            raise ValidationError({"amount_minor": error.messages}) from error
