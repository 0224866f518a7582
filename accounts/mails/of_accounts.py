"""What people are told about their account, their portal's account, and their money."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from accounts import money, people
from accounts.mails.kinds import Content, register
from accounts.models import Mail, Purchase, StripeAccount, User
from accounts.tenancy import build_url


@register("password_reset", lasts=timedelta(hours=1))
def password_reset(mail: Mail, user: User) -> Content:
    return Content({"url": people.password_reset_url(user)})


@register("invitation")
def invitation(mail: Mail, user: User) -> Content | None:
    """To somebody whose account the tenant's staff have made."""
    if user.has_usable_password():
        return None
    return Content({"url": people.password_reset_url(user)})


@register("welcome")
def welcome(mail: Mail, user: User) -> Content:
    return Content({"url": _page(mail, "create-football"), "credits": mail.facts["credits"]})


@register("password_changed")
def password_changed(mail: Mail, user: User) -> Content:
    return Content({"url": _page(mail, "password-reset"), "at": mail.created_at})


@register("purchase_paid")
def purchase_paid(mail: Mail, user: User) -> Content:
    purchase = _purchase(mail)
    return Content(
        {"purchase": purchase, "url": build_url(mail.tenant, purchase.get_absolute_url())}
    )


@register("purchase_refunded")
def purchase_refunded(mail: Mail, user: User) -> Content:
    purchase = _purchase(mail)
    return Content(
        {
            "purchase": purchase,
            "amount": money.format_amount(mail.facts["amount_minor"], purchase.currency),
            "credits": mail.facts["credits"],
            "url": build_url(mail.tenant, purchase.get_absolute_url()),
        }
    )


@register("stripe_account_stopped")
def stripe_account_stopped(mail: Mail, user: User) -> Content | None:
    account = StripeAccount.objects.out_of_order().filter(pk=mail.facts["account"]).first()
    if account is None:
        return None  # it sells again, or another one took over
    return Content(
        {"account": account, "url": _page(mail, "admin:accounts_stripeaccount_changelist")}
    )


def _page(mail: Mail, name: str) -> str:
    return build_url(mail.tenant, reverse(name, settings.PORTAL_URLCONF))


def _purchase(mail: Mail) -> Purchase:
    return Purchase.objects.get(pk=mail.facts["purchase"])
