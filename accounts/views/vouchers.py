"""Redeem a voucher. The address printed as a QR code brings its code along, into the form only."""

import math

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import voucher_tries, vouchers
from accounts.errors import (
    TooManyTries,
    TriesNotCounted,
    VoucherEnded,
    VoucherNotValidYet,
    VoucherRedeemedBefore,
    VoucherRefused,
    VoucherUsedUp,
)
from accounts.forms import VoucherForm
from accounts.models import Redemption
from accounts.requests import SignedInRequest


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def voucher(request: SignedInRequest) -> HttpResponse:
    form = VoucherForm(request.POST or None, initial={"code": request.GET.get("code", "")})
    if request.method != "POST" or not form.is_valid():
        return _show(request, form, status=422 if form.is_bound else 200)
    try:
        with voucher_tries.counted(request.user, request.META.get("REMOTE_ADDR", "")):
            redemption = vouchers.redeem(request.user, form.cleaned_data["code"])
    except VoucherRefused as refusal:
        form.add_error("code", _say_why(refusal))
        return _show(request, form, status=422)
    except TooManyTries as error:
        form.add_error(None, _say_when(error))
        answer = _show(request, form, status=429)
        answer.headers["Retry-After"] = str(error.wait_seconds)
        return answer
    except TriesNotCounted:
        form.add_error(None, _say_later())
        return _show(request, form, status=503)
    messages.success(request, _say_what(redemption))
    return redirect("wallet")


def _show(request: SignedInRequest, form: VoucherForm, *, status: int) -> HttpResponse:
    return render(request, "accounts/voucher.html", {"form": form}, status=status)


def _say_what(redemption: Redemption) -> str:
    batch = redemption.batch
    told = ngettext(
        "%(credits)d credit is yours, from the voucher “%(name)s”.",
        "%(credits)d credits are yours, from the voucher “%(name)s”.",
        batch.credits,
    )
    return told % {"credits": batch.credits, "name": batch.name}


def _say_why(refusal: VoucherRefused) -> str:
    if isinstance(refusal, VoucherRedeemedBefore):
        return _(
            "You have redeemed this code before, or another one of the same kind: each person may "
            "redeem one. Nothing was changed; your wallet shows the credits that you got for it."
        )
    if isinstance(refusal, VoucherUsedUp):
        return _(
            "This code was redeemed as often as it may be. It gave you nothing and cost you "
            "nothing. Ask whoever gave it to you for another one."
        )
    if isinstance(refusal, VoucherNotValidYet):
        start = date_format(localtime(refusal.valid_from), "j F Y, H:i e")
        return _(
            "This code is not valid yet. It cost you nothing, and it is not lost: redeem it from "
            "%(start)s on."
        ) % {"start": start}
    if isinstance(refusal, VoucherEnded):
        return _(
            "This code is not valid any more. It gave you nothing and cost you nothing. Ask "
            "whoever gave it to you for another one."
        )
    return _(
        "There is no such code here. It cost you nothing. Compare it with the print, sign by sign; "
        "capitals, spaces and dashes do not matter."
    )


def _say_when(error: TooManyTries) -> str:
    minutes = math.ceil(error.wait_seconds / 60)
    told = ngettext(
        "Too many codes were wrong, so this one was not looked at. It cost you nothing, and a "
        "valid code stays valid. Try again in %(minutes)d minute.",
        "Too many codes were wrong, so this one was not looked at. It cost you nothing, and a "
        "valid code stays valid. Try again in %(minutes)d minutes.",
        minutes,
    )
    return told % {"minutes": minutes}


def _say_later() -> str:
    return _(
        "Codes cannot be redeemed at the moment. This one was not looked at: it cost you nothing, "
        "and it stays as valid as it was. Try again in a few minutes."
    )
