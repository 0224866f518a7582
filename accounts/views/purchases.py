"""Buying packs of credits. Paying happens on Stripe's own page."""

import logging
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import ledger, packs, purchases, stripe_gateway
from accounts.errors import (
    CHECKOUT_AWAY,
    STRIPE_AWAY,
    NotOnSale,
    PurchaseClosed,
    SoldOut,
    StripeRefused,
    TooManyPurchases,
)
from accounts.models import Purchase
from accounts.purchase_forms import PurchaseForm
from accounts.requests import SignedInRequest

logger = logging.getLogger(__name__)

MOST_SHOWN = 20


@never_cache
@require_safe
def buy(request: SignedInRequest) -> HttpResponse:
    return _show_packs(request)


@require_POST
def start_purchase(request: SignedInRequest) -> HttpResponse:
    form = PurchaseForm(request.POST)
    if not form.is_valid():
        return _show_packs(request, _("Choose one of the packs. Nothing was charged."))
    data = form.cleaned_data
    try:
        purchase = purchases.start(request.user, data["pack"], nonce=data["nonce"])
    except NotOnSale:
        return _show_packs(request, _("This pack is not on sale any more. Nothing was charged."))
    except SoldOut:
        return _show_packs(
            request,
            _("This pack is sold out now. Nothing was charged: try a smaller one, or come back."),
        )
    except TooManyPurchases:
        return _show_packs(request, _too_many())
    return _send_to_stripe(request, purchase)


@never_cache
@require_safe
def purchase(request: SignedInRequest, purchase_id: uuid.UUID) -> HttpResponse:
    """Where Stripe sends the buyer back to; then the payment is looked at without waiting for it
    to be told."""
    row = _get_purchase(request, purchase_id)
    is_away = False
    if row.is_reserving and row.session_id and request.GET.get("s") == row.session_id:
        try:
            row = purchases.settle(row.pk)
        except STRIPE_AWAY:
            is_away = True
    context = {"purchase": row, "disputes": list(row.disputes.all()), "is_away": is_away}
    return render(request, "purchase.html", context, status=503 if is_away else 200)


@require_POST
def open_checkout(request: SignedInRequest, purchase_id: uuid.UUID) -> HttpResponse:
    row = _get_purchase(request, purchase_id)
    return redirect(row) if row.status != Purchase.Status.OPEN else _send_to_stripe(request, row)


@require_POST
def cancel_purchase(request: SignedInRequest, purchase_id: uuid.UUID) -> HttpResponse:
    row = _get_purchase(request, purchase_id)
    try:
        row = purchases.cancel(row)
    except STRIPE_AWAY:
        messages.error(
            request,
            _("We could not reach Stripe just now. Unless you pay, the purchase closes by itself."),
        )
    else:
        if row.reason == Purchase.Reason.CANCELLED:
            messages.success(request, _("The purchase is cancelled. Nothing was charged."))
    return redirect(row)


def _get_purchase(request: SignedInRequest, purchase_id: uuid.UUID) -> Purchase:
    mine = Purchase.objects.for_user(request.user).select_related("user", "tenant")
    return get_object_or_404(mine, pk=purchase_id)


def _send_to_stripe(request: SignedInRequest, row: Purchase) -> HttpResponse:
    """On the host that the buyer is on, whose session cookie the browser has."""
    back = request.build_absolute_uri(row.get_absolute_url())
    try:
        url = purchases.open_checkout(
            row, success_url=f"{back}?s={{CHECKOUT_SESSION_ID}}", cancel_url=back
        )
    except PurchaseClosed:
        return redirect(row)
    except StripeRefused as error:
        logger.error("Stripe refuses to sell %s: %s", row.pack, error.code)
        return redirect(row)
    except CHECKOUT_AWAY:
        row.refresh_from_db()
        context = {"purchase": row, "is_away": True}
        return render(request, "purchase.html", context, status=503)
    return redirect(url)


def _show_packs(request: SignedInRequest, trouble: str = "") -> HttpResponse:
    # A pool whose tenant owes credits itself promises nothing.
    pool = 0 if ledger.owed_by(request.tenant) else ledger.pool_of(request.tenant)
    offers = [
        {"pack": pack, "nonce": uuid.uuid4(), "is_sold_out": pack.credits > pool}
        for pack in packs.packs_of(request.tenant)
    ]
    context = {
        "offers": offers,
        "trouble": trouble,
        "is_being_set_up": not offers and packs.account_of(request.tenant) is None,
        "is_demo": not stripe_gateway.is_live(),
        "purchases": Purchase.objects.for_user(request.user).prefetch_related("disputes")[
            :MOST_SHOWN
        ],
    }
    return render(request, "buy.html", context, status=422 if trouble else 200)


def _too_many() -> str:
    return _(
        "You have %(most)s purchases that are not paid yet, which is the most. Pay or cancel one "
        "of them below. Nothing was charged for this one."
    ) % {"most": purchases.MOST_OPEN}
