"""What people agree to, word for word, and the proof of it. The rows are only ever added."""

import hashlib
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Tenant
from generations.models import Consent, Generation

# Raise it with every change of a statement's meaning.
VERSION = "2026-11"

_KEPT_BITS = {4: 24, 6: 48}


@dataclass(frozen=True)
class Given:
    """One box that was ticked. `given_at` is in ISO's format: a draft keeps it as JSON."""

    purpose: str
    relation: str
    subject_name: str
    statement: str
    statement_version: str
    statement_sha256: str
    locale: str
    given_at: str
    network: str
    user_agent_sha256: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def statement_for(purpose: str, tenant: Tenant, product: str) -> str:
    """In the reader's language."""
    if purpose == Consent.Purpose.GALLERY:
        return _(
            "Show the finished video in the public gallery of %(portal)s, where everybody can see "
            "it. It can be taken out at any time."
        ) % {"portal": tenant.name}
    if product == Generation.Product.AVATAR:
        return _(
            "The person in the photo agrees that a video with their face is made from it, and the "
            "person in the clip that it is used for that. The photo and the clip are sent to the "
            "service that makes the video, which may be in another country."
        )
    return _(
        "The person in the photo agrees that a video with their face is made from it. The photo is "
        "sent to the service that makes the video, which may be in another country."
    )


def take(
    request: HttpRequest, tenant: Tenant, product: str, purpose: str, relation: str, name: str
) -> Given:
    """What the person who sends this request agrees to by it."""
    statement = statement_for(purpose, tenant, product)
    return Given(
        purpose=purpose,
        relation=relation,
        subject_name=name,
        statement=statement,
        statement_version=VERSION,
        statement_sha256=_hash(statement),
        locale=get_language() or "",
        given_at=timezone.now().isoformat(),
        network=_shorten(request.META.get("REMOTE_ADDR", "")),
        user_agent_sha256=_hash(request.headers.get("User-Agent", "")),
    )


def record(generation: Generation, given: dict[str, Any]) -> None:
    """Inside the transaction of the order."""
    values = {**given, "given_at": datetime.fromisoformat(given["given_at"])}
    Consent.objects.create(
        tenant_id=generation.tenant_id,
        user_id=generation.user_id,
        generation=generation,
        **values,
    )


def given_for(generation: Generation) -> tuple[dict[str, Any], ...]:
    """What was agreed to for a video, for another order of the same photo and purpose."""
    names = [field.name for field in fields(Given)]
    return tuple(
        {**row, "given_at": row["given_at"].isoformat()}
        for row in generation.consents.values(*names)
    )


def _shorten(address: str) -> str:
    """Its network: enough to tell a country, too little to tell a person."""
    try:
        version = ip_network(address).version
    except ValueError:  # a socket has none
        return ""
    return str(ip_network(f"{address}/{_KEPT_BITS[version]}", strict=False))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
