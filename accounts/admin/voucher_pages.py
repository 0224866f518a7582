"""What both admins do with batches of vouchers: make them after a look at the cost, print, end."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import ledger, voucher_prints, vouchers
from accounts.admin.voucher_forms import VoucherBatchForm
from accounts.errors import CodeTaken, InsufficientCredits
from accounts.models import VoucherBatch

CONFIRMED = "_confirmed"
ROUTE = "admin:accounts_voucherbatch_"


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("open", _("Not ended")), ("ended", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("open", "ended"):
            return queryset
        return queryset.filter(ended_at__isnull=self.value() == "open")


class VoucherBatchPages(admin.ModelAdmin):
    form = VoucherBatchForm
    confirm_template = ""  # of the class that says how it looks
    show_full_result_count = False
    search_fields = ["name", "vouchers__code"]
    new_fields = [
        "name", "credits", "codes", "uses_a_code", "wording", "valid_from", "valid_until", "note",
        "nonce",
    ]  # fmt: skip
    shown_fields = [
        "name", "state_name", "codes_pages", "credits", "codes", "uses_a_code", "used", "left",
        "valid_from", "valid_until", "note", "created_at", "ended_at",
    ]  # fmt: skip

    def get_urls(self) -> list[Any]:
        pages = {"end": self.end_view, "sheet": self.sheet_view, "codes.csv": self.csv_view}
        own = [
            path(
                f"<path:object_id>/{end}{'' if '.' in end else '/'}",
                self.admin_site.admin_view(view),
                name=f"accounts_voucherbatch_{end.removeprefix('codes.')}",
            )
            for end, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("tenant")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return [(None, {"fields": self.shown_fields})]
        told = _("You see what this takes from the pool before anything is made.")
        return [(None, {"fields": self.new_fields, "description": told})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [] if obj is None else self.shown_fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what was promised stays so; a batch can be ended

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Sent once, it shows what the batch would cost; sent again from there, it is made."""
        self._check_may(request)
        if request.method == "POST" and CONFIRMED not in request.POST:
            form: Any = self.get_form(request)(request.POST)
            if form.is_valid():
                return self._ask_before_making(request, form)
        try:
            return super().add_view(request, form_url, extra_context)
        except InsufficientCredits as error:
            told = _("The pool has %(pool)d credits by now. Nothing was made.")
            told %= {"pool": error.available}
        except (CodeTaken, IntegrityError):
            told = _("A parallel form made this code or batch. Nothing was made; look at the list.")
        self.message_user(request, told, messages.ERROR)
        return redirect(f"{ROUTE}changelist")

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        one_way = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, {**context, **one_way}, *args, **kwargs)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> VoucherBatch:
        batch: VoucherBatch = form.build_batch()
        return batch

    def save_model(self, request: HttpRequest, obj: VoucherBatch, form: Any, change: bool) -> None:
        vouchers.make(obj, wording=form.cleaned_data["wording"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing related."""

    def response_add(
        self, request: HttpRequest, obj: VoucherBatch, post_url_continue: str | None = None
    ) -> HttpResponse:
        told = _("The batch is made: %(codes)d codes; %(cost)d credits have left the pool.")
        self.message_user(request, told % {"codes": obj.codes, "cost": obj.cost}, messages.SUCCESS)
        return redirect(f"{ROUTE}change", quote(obj.pk))

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch = self._find(request, object_id)
        if batch is None:
            return self._say_gone(request, object_id)
        if request.method == "POST":
            self._end(request, batch)
            return redirect(f"{ROUTE}change", quote(batch.pk))
        facts = [
            (_("Batch"), batch.name),
            (_("Uses left"), f"{batch.uses_left:,}"),
            (_("Credits that return to the pool"), f"{batch.credits_left:,}"),
        ]
        context = {
            "title": _("End this batch?"),
            "facts": facts,
            "words": _("At once none of its codes gives anything. This cannot be taken back."),
            "button": _("End the batch"),
            "back": reverse(f"{ROUTE}change", args=[quote(batch.pk)]),
        }
        return self._confirm(request, context)

    def sheet_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch = self._find(request, object_id)
        if batch is None:
            return self._say_gone(request, object_id)
        page = voucher_prints.find_page(batch, request.GET.get("page"))
        context = {
            "batch": batch,
            "page_obj": page,
            "sides": voucher_prints.draw_sides(batch, page),
            "host": voucher_prints.build_shown_address(batch.tenant),
            "back": reverse(f"{ROUTE}change", args=[quote(batch.pk)]),
        }
        return render(request, "accounts/voucher_sheet.html", context)

    def csv_view(self, request: HttpRequest, object_id: str) -> Any:
        batch = self._find(request, object_id)
        if batch is None:
            return self._say_gone(request, object_id)
        lines = voucher_prints.write_csv(batch)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"{batch.tenant.slug}-vouchers-{str(batch.pk)[:8]}.csv"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    @admin.display(description=gettext_lazy("State"))
    def state_name(self, batch: VoucherBatch) -> str:
        return str(batch.state.label)

    @admin.display(description=gettext_lazy("Used"))
    def used(self, batch: VoucherBatch) -> str:
        return f"{batch.uses_made:,}\u00a0/\u00a0{batch.uses:,}"

    @admin.display(description=gettext_lazy("Credits left"))
    def left(self, batch: VoucherBatch) -> str:
        if not batch.ended_at:
            return f"{batch.credits_left:,}"
        return _("%(credits)s returned to the pool") % {"credits": f"{batch.credits_left:,}"}

    @admin.display(description=gettext_lazy("Codes"))
    def codes_pages(self, batch: VoucherBatch) -> SafeString | str:
        if batch.ended_at:
            return "–"
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse(f"{ROUTE}sheet", args=[quote(batch.pk)]),
            _("Print"),
            reverse(f"{ROUTE}csv", args=[quote(batch.pk)]),
            _("Spreadsheet (CSV)"),
            reverse(f"{ROUTE}end", args=[quote(batch.pk)]),
            _("End the batch"),
        )

    def _ask_before_making(self, request: HttpRequest, form: VoucherBatchForm) -> HttpResponse:
        batch = form.build_batch()
        pool = ledger.pool_of(batch.tenant)
        facts = [
            (_("Batch"), batch.name),
            (_("Codes"), form.cleaned_data["wording"] or f"{batch.codes:,}"),
            (_("Uses a code"), f"{batch.uses_a_code:,}"),
            (_("Credits a use"), f"{batch.credits:,}"),
            (_("Taken from the pool"), f"{batch.cost:,}"),
            (_("The pool now"), f"{pool:,}"),
            (_("The pool then"), f"{pool - batch.cost:,}"),
        ]
        sent = {name: request.POST.get(name, "") for name in form.fields}
        context = {
            "title": _("Make this batch?"),
            "facts": facts,
            "words": _("What is not redeemed returns to the pool when the batch ends."),
            "button": _("Make the batch"),
            "sent": {**sent, CONFIRMED: "1"}.items(),
            "back": f"{request.path}?{urlencode(sent)}",
        }
        return self._confirm(request, context)

    def _confirm(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "admin": self}
        return TemplateResponse(request, self.confirm_template, {**shared, **context})

    def _end(self, request: HttpRequest, batch: VoucherBatch) -> None:
        if not vouchers.end(batch):
            self.message_user(request, _("The batch had ended before. Nothing was changed."))
            return
        self.log_change(request, batch, _("Ended."))
        told = _("The batch has ended; %(credits)d credits are back in the pool.")
        self.message_user(request, told % {"credits": batch.credits_left}, messages.SUCCESS)

    def _find(self, request: HttpRequest, object_id: str) -> VoucherBatch | None:
        self._check_may(request)
        return self.get_object(request, unquote(object_id))

    def _check_may(self, request: HttpRequest) -> None:
        """Codes are as good as credits: they are for those who may give these."""
        if not self.has_add_permission(request):
            raise PermissionDenied

    def _say_gone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        name = "_get_obj_does_not_exist_redirect"  # which Django's types leave out
        answer: HttpResponse = getattr(self, name)(request, self.opts, object_id)
        return answer
