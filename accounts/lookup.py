"""Finds what a management command names, or ends it with a plain sentence."""

from django.core.management.base import CommandError

from accounts.models import Tenant, User


def find_tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.values_list("slug", flat=True)[:20]) or "none yet"
        raise CommandError(f"There is no tenant {slug!r}. There are: {known}.")
    return tenant


def find_user(tenant: Tenant, email: str) -> User:
    try:
        return User.objects.get_by_email(tenant=tenant, email=email)
    except User.DoesNotExist:
        raise CommandError(f"{tenant.slug} has no user {email!r}.") from None
