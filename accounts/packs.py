"""What a portal sells, and what a new one starts with."""

from accounts import stripe_gateway
from accounts.models import Pack, PackPrice, StripeAccount, Tenant
from accounts.models.pack import PackQuerySet

# LUMIQ's own price list: name, credits, minor units, currency.
DEFAULTS = (
    ("Small pack", 600, 10_00, "usd"),
    ("Large pack", 6_000, 100_00, "usd"),
)
# What a credit costs at LUMIQ: minor units, for so many credits, in this currency.
LIST_PRICE = (10_00, 600, "usd")


def make_default_packs(tenant: Tenant) -> None:
    """For a new portal; may run again. Belongs into the transaction that makes the portal."""
    _make_packs(tenant)


def make_pool_packs() -> None:
    """What portals buy from the platform, where it has no price list yet."""
    if not Pack.objects.for_pools().exists():
        _make_packs(None)


def account_of(tenant: Tenant) -> str | None:
    """The Stripe account that sells for the portal now; "": the platform's own; None: none does.

    Never the platform's in place of one of the tenant's that is not ready: the money would come to
    the wrong people.
    """
    if tenant.seller == Tenant.Seller.OWN:
        own = StripeAccount.objects.current().filter(tenant=tenant).first()
        return own.account_id if own and own.is_ready else None
    return None if _is_platform_lost() else ""


def can_sell(tenant: Tenant) -> bool:
    return stripe_gateway.is_configured() and account_of(tenant) is not None


def can_sell_to_pools() -> bool:
    return stripe_gateway.is_configured() and not _is_platform_lost()


def packs_for_pools() -> PackQuerySet:
    """What portals can buy from the platform now."""
    packs = Pack.objects.for_pools().on_sale()
    return packs if can_sell_to_pools() else packs.none()


def packs_of(tenant: Tenant) -> PackQuerySet:
    """What can be bought there now, in the order of the shop."""
    packs = Pack.objects.for_tenant(tenant).on_sale()
    return packs if can_sell(tenant) else packs.none()


def sells_credits(tenant: Tenant) -> bool:
    return packs_of(tenant).exists()


def _make_packs(tenant: Tenant | None) -> None:
    for place, (name, credits, amount_minor, currency) in enumerate(DEFAULTS, start=1):
        pack, is_new = Pack.objects.get_or_create(
            tenant=tenant, name=name, defaults={"credits": credits, "order": 10 * place}
        )
        if is_new:
            PackPrice.objects.create(pack=pack, amount_minor=amount_minor, currency=currency)


def _is_platform_lost() -> bool:
    lost = StripeAccount.objects.filter(account_id="").exclude(deauthorised_at=None)
    return lost.exists()
