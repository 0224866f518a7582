"""Sign-up, invitations and passwords of one portal's people."""

import hashlib
import logging
import uuid

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from accounts import ledger
from accounts.errors import InsufficientCredits
from accounts.language_choice import known_language
from accounts.mails import outbox
from accounts.models import CreditTransaction, Tenant, User
from accounts.models.user import normalise_email
from accounts.tenancy import build_url

logger = logging.getLogger(__name__)


@transaction.atomic
def sign_up(
    tenant: Tenant, *, email: str, password: str, display_name: str, language: str | None = None
) -> User:
    """A new user, with the tenant's welcome credits as long as its pool lasts.

    Raises ValidationError where the address is taken.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                tenant=tenant,
                email=email,
                password=password,
                display_name=display_name,
                language=known_language(language),
            )
    except IntegrityError as error:
        # A parallel sign-up was first, between our look and our insert.
        raise ValidationError(
            _("There is an account with this address. Sign in, or reset the password.")
        ) from error
    outbox.post("welcome", user, about=user.pk, facts={"credits": welcome(user)})
    return user


def welcome(user: User) -> int:
    """The tenant's welcome credits, once, as long as its pool lasts; returns how many these are."""
    tenant = user.tenant
    if tenant is None or not tenant.welcome_credits:
        return 0
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
        return 0
    return tenant.welcome_credits


def invite(user: User) -> None:
    """A link to choose a password, for somebody whose account the tenant's staff have made."""
    outbox.post("invitation", user, about=user.pk)


def send_password_reset(tenant: Tenant, email: str) -> None:
    """Whether there is an account is looked up by who sends the mail: here the same is done, and
    takes as long, for every address. One mail a minute and address."""
    email = normalise_email(email)
    digest = hashlib.sha256(email.lower().encode()).hexdigest()[:32]
    about = f"{tenant.pk}:{digest}:{timezone.now():%Y%m%d%H%M}"
    outbox.post_to_address("password_reset", tenant, email, about=about)


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


@transaction.atomic
def set_password(user: User, password: str) -> None:
    is_first = not user.has_usable_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    if not is_first:
        outbox.post("password_changed", user, about=uuid.uuid4())
