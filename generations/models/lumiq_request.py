"""The log behind the budget: each request to LUMIQ, for as long as it may count."""

from django.db import models

from generations.models.lumiq_key import LumiqKey


class LumiqRequest(models.Model):
    key = models.ForeignKey(LumiqKey, on_delete=models.CASCADE, related_name="requests")
    lane = models.CharField(max_length=8)
    # By the database's clock, the one that all hosts share.
    began_at = models.DateTimeField()
    counts_until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key", "counts_until"], name="requests_that_count")]

    def __str__(self) -> str:
        return f"{self.lane} with {self.key_id} at {self.began_at}"
