"""What is sent to buy a pack."""

from django import forms


class PurchaseForm(forms.Form):
    pack = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    nonce = forms.UUIDField()
