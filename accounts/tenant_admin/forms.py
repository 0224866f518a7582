"""Forms of the tenants' admin: the tenant is that of the host, whatever was sent."""

from typing import Any

from django.forms import ModelForm

from accounts.models import Tenant
from accounts.tenant_admin.rules import tenant_fields


def owned_form(form: type[ModelForm], tenant: Tenant) -> type[ModelForm]:
    """`form` for rows of `tenant`: set before the row is checked, so that "one in a tenant" is
    checked as well, although the form has no such field."""

    class OwnedForm(form):  # type: ignore[misc, valid-type]  # the admin's forms are made like this
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if self.instance._state.adding:
                for name in tenant_fields(type(self.instance)):
                    setattr(self.instance, name, tenant)

        def _get_validation_exclusions(self) -> set[str]:
            excluded: set[str] = super()._get_validation_exclusions()
            return excluded - set(tenant_fields(type(self.instance)))

    return OwnedForm
