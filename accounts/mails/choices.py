"""Which mails people want, and the addresses that switch one kind off without signing in."""

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from accounts.tenancy import build_url

# Fields of User, and what they switch.
CHOICES = {
    "wants_ready_mails": _("A video of mine is ready"),
    "wants_failed_mails": _("A video of mine could not be made"),
    "wants_balance_mails": _("My credits run low"),
}


def build_off_url(user: User, choice: str) -> str:
    """Works for as long as the account does: a mail may be years old."""
    assert user.tenant is not None
    token = _signer(user.tenant).sign_object([user.pk, choice])
    return build_url(user.tenant, reverse("mails-off", args=[token]))


def read_token(tenant: Tenant, token: str) -> tuple[User, str] | None:
    """Whose mails of which choice; None for what is not from us, or from another portal."""
    try:
        pk, choice = _signer(tenant).unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    user = User.objects.filter(tenant=tenant, pk=pk).first()
    return (user, choice) if user and choice in CHOICES else None


def switch_off(user: User, choice: str) -> None:
    User.objects.filter(pk=user.pk).update(**{choice: False})


def _signer(tenant: Tenant) -> signing.Signer:
    return signing.Signer(salt=f"mails:{tenant.pk}")
