"""What both admins do to give money back: ask how much, show what that takes from whom, do it."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import money, purchases, refunds
from accounts.errors import (
    STRIPE_AWAY,
    PurchaseClosed,
    StripeAccountLost,
    StripeObjectUnknown,
    StripeRefused,
)
from accounts.models import Purchase

CONFIRMED = "_confirmed"
ROUTE = "admin:accounts_purchase_"


class RefundForm(forms.Form):
    amount = forms.CharField(
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 12}),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=Purchase.RefundReason,
        initial=Purchase.RefundReason.REQUESTED,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Kept in the purchase’s history; the buyer doesn’t see it."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    # Made when the form is shown: sent twice, it refunds once.
    key = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(self, *args: Any, purchase: Purchase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._purchase = purchase
        field = self.fields["amount"]
        currency = purchase.currency.upper()
        field.label = _("Amount in %(currency)s") % {"currency": currency}
        field.help_text = _("%(left)s is all that is left to refund.") % {
            "left": purchase.left_text
        }
        field.initial = money.to_plain(purchase.left_minor, purchase.currency)

    def clean_amount(self) -> int:
        """In minor units."""
        amount = money.parse_amount(self.cleaned_data["amount"], self._purchase.currency)
        if not amount:
            raise ValidationError(_("A refund of nothing changes nothing."))
        if amount > self._purchase.left_minor:
            left = {"left": self._purchase.left_text}
            raise ValidationError(_("Only %(left)s is left to refund.") % left)
        return amount


class RefundPages(admin.ModelAdmin):
    refund_form: type[RefundForm] = RefundForm
    refund_template = ""  # of the class that says how it looks
    confirm_template = ""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.refund_view)
        name = "accounts_purchase_refund"
        return [path("<path:object_id>/refund/", view, name=name), *super().get_urls()]

    def why_no_refund(self, request: HttpRequest, purchase: Purchase) -> str:
        """In words; empty where `request`'s user may refund it."""
        is_paid = purchase.payment_intent is not None and purchase.left_minor > 0
        return "" if is_paid else _("Nothing is left of it to refund.")

    def refund_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks; sent once, it shows what the refund takes; sent again from there, it refunds."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        purchase: Any = self.get_object(request, unquote(object_id))
        if purchase is None:
            return self._say_gone(request, object_id)
        if told := self.why_no_refund(request, purchase):
            self.message_user(request, told, messages.ERROR)
            return redirect(f"{ROUTE}change", quote(purchase.pk))
        form = self.refund_form(request.POST or None, purchase=purchase)
        if not form.is_valid():
            return self._ask(request, purchase, form)
        if CONFIRMED not in request.POST:
            return self._confirm(request, purchase, form)
        self._refund(request, purchase, form.cleaned_data)
        return redirect(f"{ROUTE}change", quote(purchase.pk))

    def _ask(self, request: HttpRequest, purchase: Purchase, form: RefundForm) -> HttpResponse:
        context = {"title": _("Refund %(what)s") % {"what": purchase}, "form": form}
        return self._show(request, self.refund_template, purchase, context)

    def _confirm(self, request: HttpRequest, purchase: Purchase, form: RefundForm) -> HttpResponse:
        effect = refunds.preview(purchase, form.cleaned_data["amount"])
        given = money.format_amount(effect.amount_minor, purchase.currency)
        there = _("Of these out of the wallet")
        if purchase.is_top_up:
            there = _("Of these out of the pool")
        facts = [
            (_("Goes back to the buyer"), given),
            (_("Was paid"), purchase.amount_text),
            (_("Credits taken back"), f"{effect.credits:,}"),
            (there, f"{effect.from_wallet:,}"),
            (_("Owed from then on"), f"{effect.owed:,}"),
        ]  # fmt: skip
        words = _(
            "The money goes back the way it came and cannot be called back. What is spent already "
            "is owed, and the next credits pay it."
        )
        if purchase.fee_minor:
            words += " " + _("The platform’s fee goes back in the same proportion.")
        sent = {name: request.POST.get(name, "") for name in form.fields}
        context = {
            "title": _("Refund %(money)s?") % {"money": given},
            "facts": facts,
            "words": words,
            "button": _("Refund %(money)s") % {"money": given},
            "sent": {**sent, CONFIRMED: "1"}.items(),
            "back": request.path,
        }
        return self._show(request, self.confirm_template, purchase, context)

    def _show(
        self, request: HttpRequest, template: str, purchase: Purchase, context: dict[str, Any]
    ) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "admin": self,
            "purchase": purchase,
            "leave": reverse(f"{ROUTE}change", args=[quote(purchase.pk)]),
        }
        return TemplateResponse(request, template, {**shared, **context})

    def _refund(self, request: HttpRequest, purchase: Purchase, wish: dict[str, Any]) -> None:
        reason = Purchase.RefundReason(wish["reason"])
        try:
            row = purchases.refund(purchase, wish["amount"], key=wish["key"], reason=reason)
        except StripeRefused as error:
            told = _("Stripe refuses the refund (%(code)s). Nothing was refunded.")
            told %= {"code": error.code}
        except STRIPE_AWAY:
            told = _(
                "Stripe does not answer. If the refund was made, it shows here within the hour; "
                "look again before you repeat it."
            )
        except (PurchaseClosed, StripeAccountLost, StripeObjectUnknown):
            told = _("This payment is not there to be refunded. Nothing was refunded.")
        else:
            self._tell(request, row, wish["amount"], f"{reason.label}. {wish['note']}".strip())
            return
        self.message_user(request, told, messages.ERROR)

    def _tell(self, request: HttpRequest, row: Purchase, amount_minor: int, why: str) -> None:
        refunded = {"money": money.format_amount(amount_minor, row.currency), "why": why}
        self.log_change(request, row, _("Refunded %(money)s. %(why)s") % refunded)
        told = _("Refunded: %(money)s. Credits taken back: %(credits)s.")
        given = {"money": row.refunded_text, "credits": f"{row.refunded_credits:,}"}
        self.message_user(request, told % given, messages.SUCCESS)

    def _say_gone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        # Django's own answer, which its types do not name.
        answer: HttpResponse = getattr(self, "_get_obj_does_not_exist_redirect")(  # noqa: B009
            request, self.opts, object_id
        )
        return answer
