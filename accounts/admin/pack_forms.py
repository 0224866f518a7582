"""The forms of packs and their prices, for both admins, with amounts as people write them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import money
from accounts.admin.moments import Moment
from accounts.models import Pack, PackPrice

MOST_CREDITS = 10_000_000


class PackForm(forms.ModelForm):
    credits = forms.IntegerField(
        label=gettext_lazy("Credits"), min_value=1, max_value=MOST_CREDITS,
        help_text=gettext_lazy("What was sold keeps its own."),
    )  # fmt: skip

    class Meta:
        model = Pack
        fields = ["name", "credits", "is_active", "order"]
        labels = {
            "name": gettext_lazy("Name"),
            "is_active": gettext_lazy("On sale"),
            "order": gettext_lazy("Place in the shop"),
        }
        help_texts = {
            "is_active": gettext_lazy("As soon as it has a price."),
            "order": gettext_lazy("The smallest comes first."),
        }


class PriceForm(forms.ModelForm):
    amount = forms.CharField(
        label=gettext_lazy("Price"),
        max_length=20,
        widget=forms.TextInput(attrs={"size": 10, "inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"), initial="usd", min_length=3, max_length=3,
        widget=forms.TextInput(attrs={"size": 4, "autocomplete": "off"}),
    )  # fmt: skip
    effective_from = forms.DateTimeField(
        label=gettext_lazy("From (UTC); empty: at once"), required=False, widget=Moment
    )

    class Meta:
        model = PackPrice
        fields = ["currency", "effective_from"]

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).lower()
        money.validate_currency(currency)
        return currency

    def clean_effective_from(self) -> Any:
        """What was asked for a pack in the past stays so, as people may look it up."""
        wanted, now = self.cleaned_data["effective_from"], timezone.now()
        if wanted and wanted < now:
            raise ValidationError(
                _("That time is over. Leave it empty for a price that holds from now on.")
            )
        return wanted or now

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "amount" in data and "currency" in data:
            try:
                self.instance.amount_minor = _parse_price(data["amount"], data["currency"])
            except ValidationError as error:
                self.add_error("amount", error)
        return data


def _parse_price(text: str, currency: str) -> int:
    amount_minor = money.parse_amount(text, currency)
    if not 0 < amount_minor <= money.HIGHEST_MINOR:
        highest = money.format_amount(money.HIGHEST_MINOR, currency)
        raise ValidationError(
            _("A price is more than nothing and no more than %(highest)s.") % {"highest": highest}
        )
    return amount_minor
