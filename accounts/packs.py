"""What a portal sells, and what a new one starts with."""

from accounts import stripe_gateway
from accounts.models import Pack, PackPrice, StripeAccount, Tenant
from accounts.models.pack import PackQuerySet

# LUMIQ's own price list: name, credits, minor units, currency.
DEFAULTS = (
    ("Small pack", 600, 10_00, "usd"),
    ("Large pack", 6_000, 100_00, "usd"),
)


def make_default_packs(tenant: Tenant) -> None:
    """For a new portal; may run again. Belongs into the transaction that makes the portal."""
    for place, (name, credits, amount_minor, currency) in enumerate(DEFAULTS, start=1):
        pack, is_new = Pack.objects.get_or_create(
            tenant=tenant, name=name, defaults={"credits": credits, "order": 10 * place}
        )
        if is_new:
            PackPrice.objects.create(pack=pack, amount_minor=amount_minor, currency=currency)


def account_of(tenant: Tenant) -> str:
    """The Stripe account that sells for the portal; "": the platform's own."""
    return ""


def can_sell(tenant: Tenant) -> bool:
    if not stripe_gateway.is_configured():
        return False
    lost = StripeAccount.objects.filter(account_id=account_of(tenant))
    return not lost.exclude(deauthorised_at=None).exists()


def packs_of(tenant: Tenant) -> PackQuerySet:
    """What can be bought there now, in the order of the shop."""
    packs = Pack.objects.for_tenant(tenant).on_sale()
    return packs if can_sell(tenant) else packs.none()


def sells_credits(tenant: Tenant) -> bool:
    return packs_of(tenant).exists()
