"""What a fan has answered so far on the way to an order. Written by generations.drafts."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Tenant, User
from generations.lumiq.contract import (
    AVATAR_CREDITS,
    DEFAULT_DURATION,
    DEFAULT_RATIO,
    FOOTBALL_CREDITS,
)
from generations.models.generation import Generation
from generations.models.upload import Upload

Product = Generation.Product

# Counted from the last answer.
LIFETIME = timedelta(hours=24)

STEPS: dict[str, tuple[str, ...]] = {
    Product.FOOTBALL: ("photo", "teams", "consent", "review"),
    Product.AVATAR: ("photo", "clip", "consent", "review"),
}


class Draft(models.Model):
    """One a user and product, on all the user's devices."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="drafts")
    product = models.CharField(max_length=10, choices=Product)
    # Names these answers: renewed with each change, so a page that shows others orders nothing.
    order_nonce = models.UUIDField(default=uuid.uuid4)

    source = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, related_name="draft_source_of",
        help_text="The whole photo.",
    )  # fmt: skip
    photo = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, related_name="draft_photo_of",
        help_text="The part of it that is sent.",
    )  # fmt: skip
    crop_left = models.PositiveIntegerField(default=0)
    crop_top = models.PositiveIntegerField(default=0)
    crop_width = models.PositiveIntegerField(default=0)
    clip = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, related_name="draft_clip_of"
    )
    team_left = models.CharField(max_length=40, blank=True)
    team_right = models.CharField(max_length=40, blank=True)
    duration_seconds = models.PositiveSmallIntegerField(default=DEFAULT_DURATION)
    ratio = models.CharField(max_length=5, default=DEFAULT_RATIO)
    voice_id = models.CharField(max_length=80, blank=True)
    consents = models.JSONField(
        default=list, help_text="What was ticked, as generations.consents.Given."
    )

    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "product"], name="one_draft_a_product"),
        ]

    def __str__(self) -> str:
        return f"{self.product} of {self.user_id}"

    def get_absolute_url(self) -> str:
        """Where to go on."""
        return self.address_of(self.open_step)

    def address_of(self, step: str) -> str:
        return reverse(f"create-{self.product}-{step}")

    @property
    def is_stored(self) -> bool:
        return not self._state.adding

    @property
    def kept_until(self) -> datetime:
        return self.changed_at + LIFETIME

    @property
    def price(self) -> int:
        if self.product == Product.FOOTBALL:
            return FOOTBALL_CREDITS
        return AVATAR_CREDITS[self.duration_seconds]

    @property
    def open_step(self) -> str:
        """The first one without an answer; the review, if there is none."""
        return next(step for step in STEPS[self.product] if not self.is_done(step))

    def is_done(self, step: str) -> bool:
        done = {
            # An earlier video's photo is gone with that video.
            "photo": self.photo is not None and bool(self.photo.file),
            "teams": bool(self.team_left and self.team_right),
            "clip": self.clip_id is not None,
            "consent": bool(self.consents),
        }
        return done.get(step, False)

    def step_after(self, step: str) -> str:
        """The next one; the review as soon as all else is answered."""
        steps = STEPS[self.product]
        return "review" if self.open_step == "review" else steps[steps.index(step) + 1]

    @property
    def is_for_gallery(self) -> bool:
        return any(given["purpose"] == "gallery" for given in self.consents)
