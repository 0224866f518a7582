"""Signs a person in to one portal: address and password are looked up within the host's tenant."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.models.user import normalise_email


class TenantBackend(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """`username` is the address, as Django's sign-in forms call their field."""
        email = username or kwargs.get("email")
        if request is None or not email or password is None:
            return None
        tenant = getattr(request, "tenant", None)
        if tenant is None and not getattr(request, "is_platform", False):
            return None
        user = User.objects.filter(tenant=tenant, email__iexact=normalise_email(email)).first()
        if user is None:
            # As slow as a wrong password, so that the time does not tell who has an account.
            User().set_password(password)
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None
