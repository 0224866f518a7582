"""Which other sites may show a portal's videos: the policies, and domains as the browser is told.

Pure. A tenant has a policy, and each video may have one of its own (generations.embeds).
"""

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_DOMAINS = 50

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(
    rf"\A(?=.{{1,253}}\Z)(\*\.{_LABEL}\.)?({_LABEL}\.)*{_LABEL}(:[1-9][0-9]{{0,4}})?\Z"
)


class EmbedPolicy(models.TextChoices):
    ALL = "all", gettext_lazy("Every site")
    LISTED = "listed", gettext_lazy("Only the sites listed")
    NOBODY = "nobody", gettext_lazy("No other site")


def parse_domains(text: str) -> list[str]:
    """One a line, or with spaces or commas between them; "*.example.com" stands for all that end
    so. Names of other scripts become what browsers make of them. Raises ValidationError."""
    found: list[str] = []
    for word in re.split(r"[\s,;]+", text.strip()):
        domain = _normalise(word)
        if domain and domain not in found:
            found.append(domain)
    if len(found) > MOST_DOMAINS:
        raise ValidationError(_("List at most %(most)s sites.") % {"most": MOST_DOMAINS})
    return found


def validate_domains(text: str) -> None:
    parse_domains(text)


def require_domains(policy: str, domains: str) -> None:
    """Raises ValidationError where only listed sites may show it and none is listed."""
    if policy == EmbedPolicy.LISTED and not domains.strip():
        raise ValidationError(_("List at least one site, such as example.com."))


def build_frame_ancestors(policy: str, domains: str) -> Sequence[str]:
    """The sources of the header's directive; empty where nobody may."""
    if policy == EmbedPolicy.ALL:
        return ["*"]
    return parse_domains(domains) if policy == EmbedPolicy.LISTED else []


def _normalise(word: str) -> str:
    if not word:
        return ""
    bare = re.sub(r"\Ahttps?://", "", word.lower()).rstrip("/")
    try:
        bare = bare if bare.isascii() else bare.encode("idna").decode()
    except UnicodeError:
        bare = ""
    if not _DOMAIN.match(bare):
        raise ValidationError(
            _("“%(word)s” is no site. Write its name alone: example.com, or *.example.com.")
            % {"word": word[:80]}
        )
    return bare
