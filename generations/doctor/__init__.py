"""Looks at everything that must be right for videos to be made and credits to add up.

Each check reads, says what it found and never raises. Nothing is asked of LUMIQ unless wanted.
"""

import logging
from collections.abc import Iterator

from generations.doctor.accounts import check_accounts
from generations.doctor.alerts import check_alerts, check_mails
from generations.doctor.credits import check_holds, check_ledger, check_supply
from generations.doctor.drift import check_drift
from generations.doctor.findings import Check, Finding, Level
from generations.doctor.machinery import (
    check_beat,
    check_clock,
    check_database,
    check_queues,
    check_redis,
    check_spool,
    check_storage,
)
from generations.doctor.master_keys import ask_lumiq as ask_about_keys
from generations.doctor.master_keys import check_keys
from generations.doctor.outbox import check_outbox
from generations.doctor.videos import check_line, check_videos

logger = logging.getLogger(__name__)

_WITHOUT_DATABASE: dict[str, Check] = {
    "redis": check_redis,
    "queues": check_queues,
    "storage": check_storage,
    "spool": check_spool,
}
_WITH_DATABASE: dict[str, Check] = {
    "clock": check_clock,
    "beat": check_beat,
    "keys": check_keys,
    "accounts": check_accounts,
    "ledger": check_ledger,
    "supply": check_supply,
    "drift": check_drift,
    "queued": check_line,
    "videos": check_videos,
    "holds": check_holds,
    "alerts": check_alerts,
    "mails": check_mails,
    "outbox": check_outbox,
}
_WHEN_AWAY = {
    "database": "Is DATABASE_URL right, and the database up? Most checks wait for it.",
    "redis": "Is REDIS_URL right, and Redis up? Orders are taken, workers hear of none meanwhile.",
    "queues": "They are in Redis: see there.",
    "storage": "Is STORAGE_URL right, and the storage up? Nothing is copied meanwhile.",
    "spool": "May this user read PORTAL_VAR?",
}


def examine(*, ask_lumiq: bool = False) -> Iterator[Finding]:
    """A finding at a time, so that the command shows them as they come."""
    database = list(_look("database", check_database))
    yield from database
    checks = dict(_WITHOUT_DATABASE)
    if all(finding.level != Level.ILL for finding in database):
        checks |= {"lumiq": ask_about_keys} if ask_lumiq else {}
        checks |= _WITH_DATABASE
    for name, check in checks.items():
        yield from _look(name, check)


def _look(name: str, check: Check) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # what is broken is what the doctor is there for
        text = f"cannot be looked at: {type(error).__name__}: {error}".partition("\n")[0]
        if name not in _WHEN_AWAY:
            logger.exception("The check %r failed", name)
        remedy = _WHEN_AWAY.get(name, "This is a fault of the portal itself: report it.")
        yield Finding(name, Level.ILL, text[:300], remedy)


__all__ = ["Finding", "Level", "examine"]
