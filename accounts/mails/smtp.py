"""Django's SMTP, which also tells a mail that was handed over and never answered for from one that
was not handed over."""

import smtplib
from typing import Any

from django.core.mail.backends import smtp


class Unanswered(smtplib.SMTPServerDisconnected):
    """The server was sent the mail to its end and said nothing: it may have taken it."""


class _Talk(smtplib.SMTP):
    _sent = 0

    def data(self, msg: Any) -> tuple[int, bytes]:
        self._sent = 0
        try:
            return super().data(msg)
        except smtplib.SMTPServerDisconnected as error:
            if self._sent < 2:  # the command, and the mail with its end
                raise
            raise Unanswered(str(error)) from error

    def send(self, s: Any) -> None:
        super().send(s)
        self._sent += 1


class _SafeTalk(smtplib.SMTP_SSL, _Talk):
    """Through TLS from the first byte on."""


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self) -> Any:
        return _SafeTalk if self.use_ssl else _Talk
