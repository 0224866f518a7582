"""One ordered video, and what happened to it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.embedding import EmbedPolicy
from accounts.models import ApiKey, Tenant, User
from generations import team_names
from generations.kits import KITS, Kit
from generations.models.upload import Upload
from generations.states import ACTIVE, SHOWN, Reason, Shown, Status


class GenerationQuerySet(models.QuerySet["Generation"]):
    def for_tenant(self, tenant: Tenant) -> "GenerationQuerySet":
        return self.filter(tenant=tenant)

    def for_user(self, user: User, *, is_test: bool = False) -> "GenerationQuerySet":
        """What the user sees, who has not deleted it; what test keys ordered is seen with these
        only."""
        return self.filter(user=user, deleted_at=None, is_test=is_test)

    def active(self) -> "GenerationQuerySet":
        return self.filter(status__in=ACTIVE)

    def in_gallery(self, tenant: Tenant) -> "GenerationQuerySet":
        return (
            self.for_tenant(tenant)
            .filter(status=Status.READY, visibility=Generation.Visibility.PUBLIC, deleted_at=None)
            .order_by("-finished_at", "-id")
        )


class Generation(models.Model):
    class Product(models.TextChoices):
        FOOTBALL = "football", _("Football fan video")
        AVATAR = "avatar", _("Avatar video")

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("Only you")
        LINK = "link", _("People with a link")
        MEMBERS = "members", _("Signed-in users with a link")
        PUBLIC = "public", _("Everybody")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="generations")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="generations")
    # Made when the order page is shown: a second click or a reload finds the first order.
    order_nonce = models.UUIDField(default=uuid.uuid4)
    product = models.CharField(max_length=10, choices=Product)
    photo = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="photo_of")
    clip = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="clip_of"
    )
    team_left = models.CharField(max_length=40, blank=True)
    team_right = models.CharField(max_length=40, blank=True)
    duration_seconds = models.PositiveSmallIntegerField()
    ratio = models.CharField(max_length=5)
    voice_id = models.CharField(max_length=80, blank=True)
    credits = models.PositiveIntegerField(help_text="The price it was sold at.")

    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    status_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    # The failed video whose files this one was made from again, and how many such steps led here.
    retry_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="retries"
    )
    retry_number = models.PositiveSmallIntegerField(default=0, editable=False)

    # Its turn within its portal, set by generations.line: each user has one video a round.
    round = models.PositiveIntegerField(default=0, editable=False)
    # Who works on this row now: a token that every later write repeats (fencing), and its end.
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    # When beat should look at it next: not before this time, in whatever state it is.
    due_at = models.DateTimeField(db_index=True)
    checks = models.PositiveSmallIntegerField(default=0, help_text="Tries within this status.")
    misses = models.PositiveSmallIntegerField(
        default=0, help_text="How often LUMIQ had no such file, or an unusable one."
    )

    video = models.FileField(max_length=200, blank=True)
    poster = models.FileField(max_length=200, blank=True)
    video_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    video_sha256 = models.CharField(max_length=64, blank=True)
    video_width = models.PositiveIntegerField(null=True, blank=True)
    video_height = models.PositiveIntegerField(null=True, blank=True)
    video_duration_ms = models.PositiveIntegerField(null=True, blank=True)

    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.LINK)
    caption = models.CharField(max_length=140, blank=True)
    spoken_words = models.TextField(
        max_length=600,
        blank=True,
        help_text="What an avatar says, as its owner has it.",
    )
    # Empty: as the portal has it.
    embedding = models.CharField(max_length=6, choices=EmbedPolicy, blank=True)
    embed_domains = models.TextField(blank=True)
    plays = models.PositiveIntegerField(
        default=0, editable=False, help_text="Of all its share links: generations.plays."
    )
    deleted_at = models.DateTimeField(
        null=True, blank=True, editable=False,
        help_text="Our copies are gone; what it cost stays in the books.",
    )  # fmt: skip

    removed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the files were gone."
    )

    # What came with an order through the API.
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.SET_NULL, null=True, blank=True, related_name="generations"
    )
    is_test = models.BooleanField(
        default=False, help_text="Ordered with a test key: made by the sandbox, for no credits."
    )
    test_scenario = models.CharField(max_length=40, blank=True)
    webhook_url = models.CharField(max_length=500, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "order_nonce"], name="one_order_a_nonce"),
            models.CheckConstraint(
                condition=~Q(product="football")
                | (~Q(team_left="") & ~Q(team_right="") & ~Q(team_left=models.F("team_right"))),
                name="football_has_two_teams",
            ),
            models.CheckConstraint(
                condition=~Q(product="avatar") | Q(clip__isnull=False), name="avatar_has_a_clip"
            ),
            models.CheckConstraint(
                condition=~Q(status="ready")
                | Q(deleted_at__isnull=False)
                | (~Q(video="") & Q(video_bytes__gt=0)),
                name="ready_has_a_video",
            ),
            models.CheckConstraint(
                condition=Q(is_test=False) | Q(credits=0), name="test_costs_nothing"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "due_at"], name="by_status_and_due"),
            models.Index(fields=["user", "-created_at"], name="by_user"),
            # The price and the pause are in it so that what is passed over costs no look at a row.
            models.Index(
                fields=["tenant", "round", "created_at", "credits", "due_at"],
                condition=Q(status="queued", is_test=False),
                name="in_line",
            ),
            models.Index(
                fields=["status", "created_at"], condition=Q(is_test=True), name="test_orders"
            ),
            models.Index(
                fields=["user", "round"], condition=Q(status="queued"), name="in_line_by_user"
            ),
            models.Index(
                fields=["product", "duration_seconds", "-finished_at"],
                condition=Q(status="ready"),
                name="delivered",
            ),
            models.Index(
                fields=["tenant", "-finished_at", "-id"],
                condition=Q(status="ready", visibility="public"),
                name="gallery",
            ),
            models.Index(
                fields=["tenant", "-plays", "-finished_at", "-id"],
                condition=Q(status="ready", visibility="public"),
                name="most_played",
            ),
            # Enough to count the fans of a match without a look at any row, from either end.
            models.Index(
                fields=["tenant", "team_left", "team_right", "user"],
                condition=Q(status="ready", visibility="public", deleted_at=None),
                name="fans_by_left_team",
            ),
            models.Index(
                fields=["tenant", "team_right", "team_left", "user"],
                condition=Q(status="ready", visibility="public", deleted_at=None),
                name="fans_by_right_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.status})"

    def get_absolute_url(self) -> str:
        return reverse("video", args=[self.pk])

    @property
    def title(self) -> str:
        """In the reader's language."""
        return team_names.title_of(self)

    @property
    def recorded_title(self) -> str:
        """The same in every language, for what is written down."""
        with override(settings.LANGUAGE_CODE):
            return self.title

    @property
    def left_kit(self) -> Kit | None:
        return KITS.get(self.team_left)

    @property
    def right_kit(self) -> Kit | None:
        return KITS.get(self.team_right)

    @property
    def embed_policy_label(self) -> str:
        """Whether other sites may show it: as its owner, or else the portal has chosen."""
        owner = self if self.embedding else self.tenant
        return str(EmbedPolicy(owner.embedding).label)

    @property
    def shown_status(self) -> Shown:
        return SHOWN[Status(self.status)]

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_ready(self) -> bool:
        return self.status == Status.READY

    @property
    def has_captions(self) -> bool:
        """As generations.subtitles makes them."""
        return bool(self.team_left or self.spoken_words)

    @property
    def can_be_cancelled(self) -> bool:
        return self.status == Status.QUEUED


class GenerationEvent(models.Model):
    """One change of state, or one remark, written in the transaction that made it."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="events")
    from_status = models.CharField(max_length=12, choices=Status, blank=True)
    to_status = models.CharField(max_length=12, choices=Status)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.from_status or '·'} → {self.to_status}"
