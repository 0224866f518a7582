"""People. Each belongs to one tenant; the platform's own staff belong to none."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.tenant import AllowancePeriod, Tenant, offered_languages


def _opaque_username() -> str:
    return uuid.uuid4().hex


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, *, tenant: Tenant | None, email: str, password: str | None, **fields: Any
    ) -> "User":
        user = self.model(tenant=tenant, email=normalise_email(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(force_insert=True)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(
            tenant=None, email=email, password=password, is_staff=True, is_superuser=True, **fields
        )

    def for_tenant(self, tenant: Tenant | None) -> models.QuerySet["User"]:
        return self.filter(tenant=tenant)

    def get_by_email(self, *, tenant: Tenant | None, email: str) -> "User":
        return self.get(tenant=tenant, email__iexact=normalise_email(email))


class User(AbstractBaseUser, PermissionsMixin):
    """A fan, a tenant's staff (`is_tenant_staff`) or the platform's (`is_staff`, no tenant)."""

    # Django wants one field that is unique over all users; the address is unique per tenant only.
    username = models.CharField(
        max_length=32, unique=True, default=_opaque_username, editable=False
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="users"
    )
    email = models.EmailField()
    display_name = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(
        "platform staff", default=False, help_text="May enter the platform's admin."
    )
    is_tenant_staff = models.BooleanField(default=False)
    allowance = models.PositiveIntegerField(
        _("allowance"),
        null=True,
        blank=True,
        help_text=_(
            "Where users draw on the pool: the most credits that this one may take out of it. "
            "Empty: as for all users of the portal."
        ),
    )
    allowance_period = models.CharField(
        _("allowance is"),
        max_length=5,
        choices=AllowancePeriod,
        default=AllowancePeriod.MONTH,
    )
    wants_balance_mails = models.BooleanField(
        _("mails when credits run low"), default=True, help_text=_("The user’s own choice.")
    )
    wants_ready_mails = models.BooleanField(
        _("mails when a video is ready"), default=True, help_text=_("The user’s own choice.")
    )
    wants_failed_mails = models.BooleanField(
        _("mails when a video could not be made"),
        default=True,
        help_text=_("The user’s own choice."),
    )
    # Empty: the site's own. Written by accounts.languages.
    language = models.CharField(_("language"), max_length=10, blank=True, choices=offered_languages)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                "tenant",
                Lower("email"),
                name="email_unique_in_tenant",
                violation_error_message="An account with this address exists already.",
            ),
            models.UniqueConstraint(
                Lower("email"), condition=Q(tenant=None), name="email_unique_on_platform"
            ),
            models.CheckConstraint(
                condition=Q(tenant=None) | Q(is_staff=False, is_superuser=False),
                name="tenant_users_are_not_platform_staff",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """For the admin, which would show the opaque username otherwise."""
        return self.email

    @property
    def shown_name(self) -> str:
        """What other fans see; never the address."""
        return self.display_name or gettext("A fan")


def normalise_email(email: str) -> str:
    return BaseUserManager.normalize_email(email.strip())
