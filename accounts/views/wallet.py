"""The wallet: balance and every line of it."""

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import ledger, packs
from accounts.requests import SignedInRequest
from accounts.statement import LINES_PER_PAGE, build_lines, page_with, wallet_legs, write_csv


@require_safe
def wallet(request: SignedInRequest) -> HttpResponse:
    legs = wallet_legs(request.user)
    number = page_with(legs, request.GET.get("entry", "")) or request.GET.get("page")
    page = Paginator(legs, LINES_PER_PAGE).get_page(number)
    lines = build_lines(list(page.object_list))
    losses = ledger.next_losses(request.user) if request.tenant.credits_expire_after_days else []
    context = {
        "page_obj": page,
        "lines": lines,
        "losses": losses,
        "packs": packs.packs_of(request.tenant),
    }
    return render(request, "wallet.html", context)


@require_safe
def statement(request: SignedInRequest) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        write_csv(request.user), content_type="text/csv; charset=utf-8"
    )
    name = f"{request.tenant.slug}-credits-{timezone.now():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
