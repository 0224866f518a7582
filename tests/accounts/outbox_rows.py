"""Rows of the outbox of mails."""

from django.utils import timezone

from accounts.models import Mail

State = Mail.State


def make_due():
    Mail.objects.update(due_at=timezone.now())


def state_of(row):
    row.refresh_from_db()
    return row.state
