"""The vertical version of a video, made when its owner first asks for it."""

from django.db import models
from django.db.models import Q

from generations.models.generation import Generation
from generations.states import Status


class StoryQuerySet(models.QuerySet["Story"]):
    def unmade(self) -> "StoryQuerySet":
        """Asked for, not given up, and its video is still there."""
        return self.filter(
            due_at__isnull=False, generation__status=Status.READY, generation__deleted_at=None
        )


class Story(models.Model):
    generation = models.OneToOneField(Generation, on_delete=models.CASCADE, related_name="story")
    file = models.FileField(max_length=200, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    # When somebody should (again) try to make it; None once it is made or given up.
    due_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)

    objects = StoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "stories"
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="stories_due")
        ]

    def __str__(self) -> str:
        return f"story of {self.generation_id}"

    @property
    def is_made(self) -> bool:
        return bool(self.file)

    @property
    def is_being_made(self) -> bool:
        return self.due_at is not None
