"""Keeps secrets out of the logs: some addresses are secrets themselves."""

import logging
import re

# What follows these in a path opens something: a password, an attempt, a private video.
_SECRET_PARTS = re.compile(
    r"(/account/password-reset/|/account/mails/off/|/hooks/[a-z]+/|/v/)[^\s\"']+"
)


class HideSecretPaths(logging.Filter):
    """Django logs the path of each answer from 400 up."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = _SECRET_PARTS.sub(r"\1…", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True
