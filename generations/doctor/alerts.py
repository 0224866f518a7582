"""What the operators were told and is not over, and whether they can be told at all."""

from collections.abc import Iterator

from django.utils import timezone

from generations import alerts
from generations.alert_advice import ADVICE
from generations.doctor.findings import Finding, Level, build_finding, describe_time
from generations.models import Alert, AlertKind

# These warn of what may come.
WARNINGS = frozenset({AlertKind.BALANCE_LOW, AlertKind.RATE_LIMITED})
MANY_TRIES = 3


def check_alerts() -> Iterator[Finding]:
    is_quiet = True
    for alert in Alert.objects.still_open().order_by("opened_at"):
        is_quiet = False
        kind = AlertKind(alert.kind)
        text = (
            f"{alert.title} ({alert.about}), for {describe_time(timezone.now() - alert.opened_at)}"
        )
        yield Finding(
            "alert",
            Level.NOTE if kind in WARNINGS else Level.ILL,
            text,
            ADVICE[kind].remedy,
            {"kind": kind, "about": alert.about, "opened_at": alert.opened_at},
        )
    if is_quiet:
        yield build_finding("alerts", "none is open")


def check_mails() -> Iterator[Finding]:
    recipients = len(alerts.find_recipients())
    untold = Alert.objects.filter(mail_tries__gte=MANY_TRIES).count()
    figures = {"recipients": recipients, "untold": untold}
    if untold:
        text = f"alerts that could not be mailed in {MANY_TRIES} tries: {untold}"
        remedy = "Look at EMAIL_URL and at the log of beat."
        yield Finding("mails", Level.ILL, text, remedy, figures)
    elif not recipients:
        text = "nobody gets the alerts"
        remedy = "`manage.py createsuperuser` makes a member of the platform's staff."
        yield Finding("mails", Level.NOTE, text, remedy, figures)
    else:
        yield build_finding("mails", f"who gets the alerts: {recipients} of the staff", **figures)
