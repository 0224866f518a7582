"""Why a delivery got no answer, in words for its owner."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Trouble(TextChoices):
    # One sentence for all of these: which names lead where inside is nobody's business.
    ADDRESS = "address", _("The name of the server leads to no public address.")
    REFUSED_URL = "refused_url", _("This address is not called any more.")
    CONNECTION = "connection", _("No connection could be made, or it broke off.")
    CERTIFICATE = "certificate", _("The certificate is not valid for this name.")
    TIMEOUT = "timeout", _("No answer came in time.")
    NO_HTTP = "no_http", _("What came back is no answer in HTTP.")
    SECRET = "secret", _("The signing secret cannot be read any more. Make a new one.")
