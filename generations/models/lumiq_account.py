"""Accounts at LUMIQ: who buys the credits. Several keys may belong to one."""

from django.db import models


class LumiqAccount(models.Model):
    name = models.CharField(
        max_length=254,
        unique=True,
        help_text="Its e-mail address at LUMIQ, or the key that has none.",
    )
    balance_credits = models.BigIntegerField(
        help_text="As last seen; answers to sends lower it, GET /account sets it."
    )
    # Balance and spending as GET /account had them. Their sum moves with purchases only.
    bought_credits = models.BigIntegerField(
        help_text="All that was bought since the portal knows it."
    )
    spent_credits = models.BigIntegerField(
        help_text="All that was spent since the portal knows it."
    )
    spent_before_credits = models.BigIntegerField(help_text="Spent before the portal knew it.")
    # Spending that no answered send explains, as far as the ledger has it in suspense.
    booked_credits = models.BigIntegerField(default=0)
    missing_credits = models.BigIntegerField(
        default=0, help_text="What LUMIQ had charged too little, when the books were last closed."
    )
    refunds_failed = models.BooleanField(
        null=True,
        help_text="Whether LUMIQ gives credits of failed tasks back; empty: not seen yet.",
    )
    read_at = models.DateTimeField(help_text="When GET /account was asked,")
    seen_at = models.DateTimeField(help_text="and when it had answered.")
    settled_at = models.DateTimeField(
        null=True, help_text="When LUMIQ's figures and ours last left no question open."
    )

    class Meta:
        verbose_name = "LUMIQ account"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class AccountReading(models.Model):
    """One look at LUMIQ's figures beside ours. Credits; what `generations.reconciliation` found."""

    class Verdict(models.TextChoices):
        CLEAR = "clear", "All explained"
        NONE_CHARGED = "none_charged", "Unanswered sends were not charged"
        ALL_CHARGED = "all_charged", "Unanswered sends were charged"
        OPEN = "open", "Cannot be told yet"
        DRIFT = "drift", "Does not add up"

    account = models.ForeignKey(LumiqAccount, on_delete=models.CASCADE, related_name="readings")
    read_at = models.DateTimeField(db_index=True)
    balance_credits = models.BigIntegerField("balance")
    spent_credits = models.BigIntegerField("spent")
    explained_credits = models.BigIntegerField("answered", help_text="Sends that LUMIQ answered.")
    in_flight_credits = models.BigIntegerField(
        "in flight", help_text="Of those, not delivered yet."
    )
    unclear_credits = models.BigIntegerField("unclear", help_text="Sends without a clear answer.")
    booked_credits = models.BigIntegerField("booked", help_text="In suspense, without an order.")
    drift_credits = models.BigIntegerField("left over", help_text="Spent, less all of these.")
    verdict = models.CharField(max_length=14, choices=Verdict)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.account} at {self.read_at:%Y-%m-%d %H:%M}: {self.verdict}"
