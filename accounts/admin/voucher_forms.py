"""The form of a new batch of vouchers, for both admins."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import ledger, voucher_codes
from accounts.admin.moments import Moment
from accounts.models import Tenant, Voucher, VoucherBatch
from accounts.models.voucher import LONGEST_CODE
from accounts.voucher_codes import NotACode


class VoucherBatchForm(forms.ModelForm):
    wording = forms.CharField(
        label=gettext_lazy("Own wording"),
        required=False,
        max_length=LONGEST_CODE,
        help_text=gettext_lazy(
            "For one code that many share, such as FANFEST 2026: at least 8 letters (A–Z) and "
            "digits. It can be guessed; empty: codes are made that can't."
        ),
    )
    valid_from = forms.DateTimeField(
        label=gettext_lazy("Valid from (UTC)"),
        required=False,
        widget=Moment,
        help_text=gettext_lazy("Empty: at once."),
    )
    valid_until = forms.DateTimeField(
        label=gettext_lazy("Valid until (UTC)"),
        required=False,
        widget=Moment,
        help_text=gettext_lazy(
            "What is not redeemed by then goes back to the pool. Empty: until you end it."
        ),
    )
    # Made when the form is shown, and the batch's id then: sent twice, it makes one.
    nonce = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    class Meta:
        model = VoucherBatch
        fields = ["name", "credits", "codes", "uses_a_code", "note"]

    def clean_wording(self) -> str:
        wording: str = self.cleaned_data["wording"]
        try:
            return voucher_codes.tidy(wording) if wording else ""
        except NotACode as error:
            told = _("Use letters from A to Z, digits, spaces and dashes: at least 8 signs.")
            raise ValidationError(told) from error

    def clean_nonce(self) -> uuid.UUID:
        nonce: uuid.UUID = self.cleaned_data["nonce"]
        if VoucherBatch.objects.filter(pk=nonce).exists():
            raise ValidationError(_("This form was sent before. Nothing was made; open it anew."))
        return nonce

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._check_times()
        tenant = self.find_tenant()
        if tenant is not None:
            self._check_wording(tenant)
            self._check_pool(tenant)
        return data

    def find_tenant(self) -> Tenant | None:
        """The host's, or the chosen one on the platform's."""
        chosen: Tenant | None = self.cleaned_data.get("tenant")
        return chosen or (self.instance.tenant if self.instance.tenant_id else None)

    def build_batch(self) -> VoucherBatch:
        """As it would be made. Only of a form that is valid."""
        names = ("name", "credits", "codes", "uses_a_code", "valid_from", "valid_until", "note")
        chosen = {name: self.cleaned_data[name] for name in names}
        return VoucherBatch(pk=self.cleaned_data["nonce"], tenant=self.find_tenant(), **chosen)

    def _check_times(self) -> None:
        start, until = self.cleaned_data.get("valid_from"), self.cleaned_data.get("valid_until")
        if until and until <= timezone.now():
            self.add_error("valid_until", _("This is over already."))
        elif until and start and until <= start:
            self.add_error("valid_until", _("This is before it begins."))

    def _check_wording(self, tenant: Tenant) -> None:
        wording = self.cleaned_data.get("wording")
        if not wording:
            return
        if self.cleaned_data.get("codes") != 1:
            self.add_error("codes", _("With an own wording there is one code."))
        key = voucher_codes.normalise(wording)
        if Voucher.objects.filter(tenant=tenant, key=key).exists():
            told = _("There is or was a code like this on the portal. Choose other words.")
            self.add_error("wording", told)

    def _check_pool(self, tenant: Tenant) -> None:
        if self.errors:
            return
        cost, pool = self.build_batch().cost, ledger.pool_of(tenant)
        if cost > pool:
            told = _(
                "This would take %(cost)d credits out of the pool, which has %(pool)d. Nothing "
                "was made. Choose fewer codes, uses or credits, or have the pool filled."
            )
            self.add_error(None, told % {"cost": cost, "pool": pool})
