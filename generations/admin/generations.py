"""Every video with what happened to it. State changes go through the lifecycle only."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from generations.admin.margin_pages import MarginPages
from generations.models import Generation, GenerationEvent, SubmitAttempt


class EventInline(ReadOnlyInline):
    model = GenerationEvent
    fields = ["created_at", "from_status", "to_status", "note"]


class AttemptInline(ReadOnlyInline):
    model = SubmitAttempt
    fields = [
        "number", "lumiq_key", "phase", "task_id", "credits_used", "started_at",
        "committed_at", "answered_at", "note",
    ]  # fmt: skip


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin, MarginPages):
    margin_template = "accounts/margin_admin.html"
    list_display = ["created_at", "title", "tenant", "user", "status", "reason", "credits"]
    list_filter = ["status", "product", "tenant", "reason", "is_test"]
    list_select_related = ["tenant", "user"]
    search_fields = ["id", "user__email", "attempts__task_id"]
    date_hierarchy = "created_at"
    inlines = [EventInline, AttemptInline]
    fields = [
        "id", "title", "tenant", "user", "status", "reason", "credits", "is_test",
        "test_scenario", "created_at", "status_at",
        "due_at", "checks", "lease_until", "finished_at", "visibility", "caption", "video_bytes",
        "video_sha256", "video_duration_ms",
    ]  # fmt: skip

    def margin_of(self, request: HttpRequest) -> None:
        if not request.user.has_perm("accounts.view_purchase"):
            raise PermissionDenied
