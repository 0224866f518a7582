"""Who of several processes is the one that works: a named lease in the database."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from generations.models import Lease


def hold(name: str, *, holder: str, seconds: float) -> bool:
    """Take or prolong the lease. False where another holder's has not run out."""
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    Lease.objects.get_or_create(name=name, defaults={"holder": holder, "expires_at": until})
    mine_or_over = Q(holder=holder) | Q(expires_at__lt=now)
    return (
        Lease.objects.filter(name=name).filter(mine_or_over).update(holder=holder, expires_at=until)
        == 1
    )


def give_back(name: str, *, holder: str) -> None:
    Lease.objects.filter(name=name, holder=holder).update(expires_at=timezone.now())
