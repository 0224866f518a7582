"""Sign-up and password reset of one portal's people."""

import logging
from functools import partial
from smtplib import SMTPException

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from accounts import emails, ledger
from accounts.errors import InsufficientCredits
from accounts.models import CreditTransaction, Tenant, User
from accounts.models.user import normalise_email
from accounts.tenancy import build_url

logger = logging.getLogger(__name__)


@transaction.atomic
def sign_up(tenant: Tenant, *, email: str, password: str, display_name: str) -> User:
    """A new user, with the tenant's welcome credits as long as its pool lasts.

    Raises ValidationError where the address is taken.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                tenant=tenant, email=email, password=password, display_name=display_name
            )
    except IntegrityError as error:
        # A parallel sign-up was first, between our look and our insert.
        raise ValidationError(
            _("There is an account with this address. Sign in, or reset the password.")
        ) from error
    welcome(user)
    return user


def welcome(user: User) -> None:
    """The tenant's welcome credits, once, as long as its pool lasts."""
    tenant = user.tenant
    if tenant is None or not tenant.welcome_credits:
        return
    try:
        with transaction.atomic():
            ledger.allocate_to_user(
                user,
                tenant.welcome_credits,
                reference=f"welcome:{user.pk}",
                kind=CreditTransaction.Kind.WELCOME,
            )
    except InsufficientCredits:
        logger.warning("The pool of %s is too small for welcome credits", tenant.slug)


def send_invitation_after_commit(user: User) -> None:
    """To somebody whose account the tenant's staff have made: a link to choose a password."""
    transaction.on_commit(partial(_send_link, "invitation", user))


def send_password_reset(tenant: Tenant, email: str) -> None:
    """Does nothing for an unknown address, so that nobody learns who has an account."""
    user = User.objects.filter(
        tenant=tenant, email__iexact=normalise_email(email), is_active=True
    ).first()
    if user is None:
        return
    _send_link("password_reset", user)


def _send_link(mail: str, user: User) -> None:
    try:
        emails.send(mail, user, {"url": password_reset_url(user)})
    except (OSError, SMTPException):
        # Not told to the visitor: an error here only would say that the address has an account.
        logger.exception("The mail server does not take mails")


def password_reset_url(user: User) -> str:
    """Its host comes from the tenant's own row, never from a request."""
    assert user.tenant is not None
    path = reverse(
        "password-reset-confirm",
        args=[
            urlsafe_base64_encode(force_bytes(user.pk)),
            default_token_generator.make_token(user),
        ],
    )
    return build_url(user.tenant, path)


def user_for_reset(tenant: Tenant, uidb64: str, token: str) -> User | None:
    try:
        pk = int(force_str(urlsafe_base64_decode(uidb64)))
    except (ValueError, OverflowError):
        return None
    user = User.objects.filter(tenant=tenant, pk=pk, is_active=True).first()
    if user is None or not default_token_generator.check_token(user, token):
        return None
    return user


def set_password(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
