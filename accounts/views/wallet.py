"""The wallet: balance and every line of it."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from accounts.statement import build_lines, wallet_legs

LINES_PER_PAGE = 50


@require_safe
def wallet(request: SignedInRequest) -> HttpResponse:
    page = Paginator(wallet_legs(request.user), LINES_PER_PAGE).get_page(request.GET.get("page"))
    lines = build_lines(list(page.object_list))
    return render(request, "wallet.html", {"page_obj": page, "lines": lines})
