"""The way of a mail: written with what it tells of, claimed, handed to the mail server, recorded.

At least once: a process that dies between the server's word and our record of it sends the mail
again, with the same Message-ID. Decision 0028 says why, and how narrow that gap is.
"""

import logging
import smtplib
import uuid
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from accounts import kicks
from accounts.mails import kinds, letters
from accounts.mails.smtp import Unanswered
from accounts.models import Mail, Tenant, User

logger = logging.getLogger(__name__)

State = Mail.State

AT_ONCE = 50
# Longer than a job of the queue can take, together with the minute that RQ gives it to end.
LEASE = timedelta(minutes=3)
# After a try that failed; then it is given up.
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))
# After a try whose outcome is unknown: once only, since the mail may have been taken.
UNANSWERED_DELAY = timedelta(hours=1)
# A mail server that does not answer would hold a worker up once a mail: all others wait as well.
REST = timedelta(minutes=1)
# For each answer. The last one may take a server a while; whoever does not wait sends it again.
PATIENCE_SECONDS = 30
KEPT_DAYS = 30
FORGOTTEN_AT_ONCE = 500


def post(kind: str, user: User, *, about: object, facts: dict[str, Any] | None = None) -> None:
    """Call within the transaction of what it tells of. For the same kind and matter (`about`) there
    is one mail, however often this is called. `facts` are JSON, and no secrets."""
    if user.tenant is not None:
        _post(Mail(kind=kind, tenant=user.tenant, user=user, facts=facts or {}), about)


def post_to_address(kind: str, tenant: Tenant, address: str, *, about: object) -> None:
    """To whoever has an account with this address, which is looked up when it is sent."""
    _post(Mail(kind=kind, tenant=tenant, address=address), about)


def send(mail_id: uuid.UUID) -> None:
    """One try, if it is due."""
    mail = _claim(mail_id)
    if mail is None:
        return
    try:
        user = letters.find_receiver(mail)
        message = letters.build(mail, user) if user else None
        if user is None or message is None:
            _end(mail, State.NEEDLESS, user)
        else:
            _hand_over(mail, user, message)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 — whatever it is, it must not come back for ever
        _record_failure(mail, error)


def send_again(mail: Mail) -> bool:
    """All its tries anew, for one that was given up."""
    now = timezone.now()
    rows = Mail.objects.filter(pk=mail.pk, state=State.DEAD)
    if not rows.update(state=State.PENDING, tries=0, due_at=now, created_at=now):
        return False
    kicks.kick_mail(mail.pk)
    return True


def wake(*, inline: bool = False) -> int:
    """For beat: how many were due. `inline` sends them in this process."""
    rows = Mail.objects.due(timezone.now()).order_by("due_at")
    waiting = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    if not inline:
        return sum(1 for _ in takewhile(kicks.enqueue_mail, waiting))
    for pk in waiting:
        send(pk)
    return len(waiting)


def forget() -> int:
    """For beat: what was told a month ago. Returns how many rows went."""
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS)
    old = Mail.objects.filter(created_at__lt=long_ago).exclude(state=State.PENDING).order_by()
    found = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Mail.objects.filter(pk__in=found).delete()[0]


def _post(mail: Mail, about: object) -> None:
    mail.key = f"{mail.kind}:{about}"
    mail.created_at = mail.due_at = timezone.now()
    Mail.objects.bulk_create([mail], ignore_conflicts=True)
    kicks.kick_mail(mail.pk)  # of a row that was there already: finds nothing


def _claim(mail_id: uuid.UUID) -> Mail | None:
    """Become the only one who sends it, for as long as the lease lasts."""
    mail = Mail.objects.select_related("tenant", "user").filter(pk=mail_id).first()
    if mail is None:
        return None
    now = timezone.now()
    rows = Mail.objects.due(now).filter(pk=mail_id)
    if mail.tries > len(DELAYS) or mail.created_at < now - kinds.lasts(mail.kind):
        # Not written at the end of the last try: that one may have died.
        if rows.update(state=State.DEAD):
            logger.error("Mail %s is given up: %s", mail.key, mail.trouble or "too late")
        return None
    mail.lease_token = uuid.uuid4()
    mail.tries += 1
    won = rows.update(lease_token=mail.lease_token, due_at=now + LEASE, tries=F("tries") + 1)
    return mail if won else None


def _hand_over(mail: Mail, user: User, message: EmailMultiAlternatives) -> None:
    connection = get_connection(timeout=PATIENCE_SECONDS)
    connection.open()
    try:
        connection.send_messages([message])
        # Before the server is bidden farewell: from its word on, each moment counts.
        _end(mail, State.SENT, user)
    finally:
        connection.close()


def _end(mail: Mail, state: Mail.State, user: User | None) -> None:
    mine = Mail.objects.filter(pk=mail.pk, lease_token=mail.lease_token)
    if user is None:
        mine.delete()  # an address that has no account is nothing to keep
        return
    sent_at = timezone.now() if state == State.SENT else None
    mine.update(state=state, user=user, address="", lease_token=None, sent_at=sent_at, trouble="")


def _record_failure(mail: Mail, error: Exception) -> None:
    now = timezone.now()
    if not isinstance(error, OSError):
        logger.exception("Mail %s cannot be made", mail.key)
    else:
        logger.warning("Mail %s was not taken (%s): %s", mail.key, type(error).__name__, error)
    changes: dict[str, Any] = {"lease_token": None, "trouble": _describe(error)}
    delay = _next_delay(mail, error)
    changes |= {"state": State.DEAD} if delay is None else {"due_at": now + delay}
    Mail.objects.filter(pk=mail.pk, lease_token=mail.lease_token).update(**changes)
    if _is_server_away(error):
        _let_all_wait(now)


def _next_delay(mail: Mail, error: Exception) -> timedelta | None:
    """None: never again."""
    if isinstance(error, Unanswered):
        return None if mail.trouble.startswith(Unanswered.__name__) else UNANSWERED_DELAY
    if _is_final(error) or mail.tries > len(DELAYS):
        return None
    return DELAYS[mail.tries - 1]


def _is_final(error: Exception) -> bool:
    """Said of this receiver or this mail, with a 5: it will be said again. What is wrong with us, a
    password say, is not the mail's end."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and 500 <= error.smtp_code < 600


def _is_server_away(error: Exception) -> bool:
    told_of_the_mail = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
    return isinstance(error, OSError) and not isinstance(error, told_of_the_mail)


def _let_all_wait(now: datetime) -> None:
    Mail.objects.due(now).order_by().update(due_at=now + REST)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
