"""Tells the platform's operators of a state of affairs: a mail when it begins, one when it is over.

Anybody may open and close, also inside a transaction; beat sends the mails. A mail is sent at least
once: it is marked after the mail server has taken it, so one that was taken while this process died
comes twice. The other way round it might never come, and these are the mails that must.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from generations.alert_advice import ADVICE
from generations.models import Alert, AlertKind
from generations.models.alert import AlertQuerySet

logger = logging.getLogger(__name__)

# Mails a pass of beat.
AT_ONCE = 3
# Between tries; then the last of them. The first is longer than a mail server can take to answer,
# so that a mail in hand is not sent by another beat as well.
MAIL_DELAYS_SECONDS = (120, 240, 480, 900, 1800)


def open(kind: AlertKind, about: str, *, title: str, text: str) -> None:  # noqa: A001
    """It is so, or still so. `text` says what happened; the cost and the remedy come by the kind.

    Repeated, it renews the text and sends nothing. The row stays locked until the end of the
    caller's transaction. Neither text may carry a secret: they are mailed.
    """
    title, text = title[:200], text.strip()
    renewed = _find_open(kind, about).update(title=title, text=text, last_seen_at=timezone.now())
    if renewed:
        return
    logger.error("Alert %s about %s: %s", kind, about, title)
    # A parallel call may be first: its row is the one, and the transaction stays whole.
    Alert.objects.bulk_create(
        [Alert(kind=kind, about=about, title=title, text=text)], ignore_conflicts=True
    )


def close(kind: AlertKind, about: str) -> None:
    """It is over, or was never so."""
    now = timezone.now()
    # The mail that tells of the end is a new one: whatever the first one's tries were.
    if _find_open(kind, about).update(closed_at=now, mail_due_at=now, mail_tries=0):
        logger.info("Alert %s about %s is over", kind, about)


def check_balance(account: str, balance: int, thresholds: Sequence[int] | None = None) -> None:
    """One alert for each threshold (by default LUMIQ_BALANCE_ALERTS) that the balance is below."""
    if thresholds is None:
        thresholds = settings.LUMIQ_BALANCE_ALERTS
    known = {f"{account}:{threshold}": threshold for threshold in thresholds}
    for about, threshold in known.items():
        if balance < threshold:
            open(
                AlertKind.BALANCE_LOW,
                about,
                title=f"Fewer than {threshold} credits are left at LUMIQ",
                text=f"The account {account} has {balance} credits.",
            )
        elif balance > threshold:
            close(AlertKind.BALANCE_LOW, about)
    for about in _find_balances(account).exclude(about__in=known).values_list("about", flat=True):
        close(AlertKind.BALANCE_LOW, about)  # a threshold that is not set any more


def mail_due() -> int:
    """Send what is due, for beat, outside a transaction; returns how many mails went out.

    Where the mail server is away, all that is due waits, longer each time: beat is held up for one
    try, not for one an alert.
    """
    recipients = find_recipients()
    if not recipients:
        return 0  # told to whoever becomes the first
    sent = 0
    for alert in Alert.objects.due_for_mail()[:AT_ONCE]:
        if not _claim(alert):
            continue
        try:
            _build_mail(alert, recipients).send()
        except (OSError, SMTPException) as error:
            logger.warning("The mail server does not take alerts: %s", error)
            _let_all_wait(alert)
            break
        _mark_sent(alert)
        sent += 1
    return sent


def find_recipients() -> list[str]:
    staff = User.objects.filter(tenant=None, is_staff=True, is_active=True).exclude(email="")
    return list(staff.order_by("pk").values_list("email", flat=True))


def _find_open(kind: AlertKind, about: str) -> AlertQuerySet:
    return Alert.objects.still_open().filter(kind=kind, about=about)


def _find_balances(account: str) -> AlertQuerySet:
    of_account = Alert.objects.filter(kind=AlertKind.BALANCE_LOW, about__startswith=f"{account}:")
    return of_account.still_open()


def _claim(alert: Alert) -> bool:
    """Of several beats one sends; if it dies over it, the mail is due again after the pause."""
    unchanged = Alert.objects.due_for_mail().filter(pk=alert.pk, mail_due_at=alert.mail_due_at)
    return _put_off(unchanged, alert) == 1


def _let_all_wait(alert: Alert) -> None:
    _put_off(Alert.objects.due_for_mail(), alert)


def _put_off(rows: AlertQuerySet, alert: Alert) -> int:
    seconds = MAIL_DELAYS_SECONDS[min(alert.mail_tries, len(MAIL_DELAYS_SECONDS) - 1)]
    due_at = timezone.now() + timedelta(seconds=seconds)
    return rows.order_by().update(mail_due_at=due_at, mail_tries=F("mail_tries") + 1)


def _mark_sent(alert: Alert) -> None:
    now = timezone.now()
    field = "closing_mailed_at" if alert.closed_at else "mailed_at"
    # Due at once again: it may have closed while its first mail was on the way.
    Alert.objects.filter(pk=alert.pk).update(**{field: now}, mail_due_at=now, mail_tries=0)


def _build_mail(alert: Alert, recipients: list[str]) -> EmailMessage:
    name = "alert_closed" if alert.closed_at else "alert_opened"
    port = f":{settings.PORTAL_URL_PORT}" if settings.PORTAL_URL_PORT else ""
    host = f"{settings.PORTAL_URL_SCHEME}://{settings.PORTAL_PLATFORM_HOST}{port}"
    context = {
        "alert": alert,
        "advice": ADVICE[AlertKind(alert.kind)],
        "url": host
        + reverse("admin:generations_alert_change", settings.ROOT_URLCONF, args=[alert.pk]),
        "host": settings.PORTAL_PLATFORM_HOST,
    }
    return EmailMessage(
        # A header has one line, whatever the text of an alert.
        subject=" ".join(render_to_string(f"emails/{name}.subject.txt", context).split()),
        body=render_to_string(f"emails/{name}.txt", context),
        to=recipients,
        headers={"Auto-Submitted": "auto-generated"},
    )
