"""Each portal's place in the line of all portals."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Tenant
from generations.fairness import MOST_WEIGHT


class Line(models.Model):
    """Made with a portal's first order. For generations.line; the arithmetic is in fairness."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, related_name="line", verbose_name="portal"
    )
    weight = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_WEIGHT)],
        help_text="How many videos a round this portal gets while others wait too.",
    )
    # In the virtual time of generations.fairness: where its next turn is, where its latest began.
    position = models.BigIntegerField(default=0, editable=False)
    began = models.BigIntegerField(default=0, editable=False, db_index=True)
    # The latest round that one of its videos was chosen in.
    round = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = "place in line"
        verbose_name_plural = "places in line"
        ordering = ["tenant"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weight__gte=1, weight__lte=MOST_WEIGHT), name="weight_in_range"
            ),
        ]
        indexes = [models.Index(fields=["position", "tenant"], name="line_by_position")]

    def __str__(self) -> str:
        return f"{self.tenant}: weight {self.weight}"
