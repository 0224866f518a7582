"""The voices of avatar videos. LUMIQ lists them on its dashboard only: the platform copies them."""

from django.db import models


class VoiceQuerySet(models.QuerySet["Voice"]):
    def offered(self) -> "VoiceQuerySet":
        return self.filter(is_active=True)


class Voice(models.Model):
    voice_id = models.CharField("voice id", max_length=80, unique=True)
    name = models.CharField(max_length=80, help_text="As fans see it, such as “Anna, calm”.")
    language = models.CharField(max_length=20, blank=True, help_text="Such as en-US.")
    is_active = models.BooleanField(default=True)

    objects = VoiceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
