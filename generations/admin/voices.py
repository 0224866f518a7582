"""The catalogue of voices, copied by hand from LUMIQ's dashboard."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from generations.models import Voice


@admin.register(Voice)
class VoiceAdmin(ModelAdmin):
    list_display = ["name", "voice_id", "language", "is_active"]
    list_editable = ["is_active"]
    search_fields = ["name", "voice_id"]
