"""Who gets past a share link, and what is counted of them.

A view is one opening of a link: the page's script reports it, and where the link has a limit the
visitor asks for it with a button. So previews of messengers, which only read the page, use none up.
Numbers are all that is kept; with a limit, a cookie of that link alone says that its view lasts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, Model
from django.http import HttpResponse
from django.utils.crypto import salted_hmac

from accounts.models import Tenant, User
from accounts.requests import PortalRequest
from generations.models import Generation, ShareLink
from generations.statements import Statement, given
from generations.states import Status

# Reloads, seeking and a download within it belong to the same view.
VIEW_SECONDS = 2 * 60 * 60
UNLOCKED_SECONDS = 24 * 60 * 60

_Some = TypeVar("_Some", bound=Model)
_VIEW_COOKIE, _PASSWORD_COOKIE = "view", "unlocked"


class Outcome(Enum):
    OPEN = auto()
    # One more step for the visitor:
    SIGN_IN = auto()
    PASSWORD = auto()
    ASK_FOR_VIEW = auto()
    # Gone, and why:
    EXHAUSTED = auto()
    EXPIRED = auto()
    REVOKED = auto()
    CLOSED = auto()


GONE = frozenset({Outcome.EXHAUSTED, Outcome.EXPIRED, Outcome.REVOKED, Outcome.CLOSED})


@dataclass(frozen=True)
class Visit:
    link: ShareLink
    outcome: Outcome
    is_owner: bool

    @property
    def is_open(self) -> bool:
        return self.outcome is Outcome.OPEN

    @property
    def is_gone(self) -> bool:
        return self.outcome in GONE

    @property
    def may_be_indexed(self) -> bool:
        is_public = self.link.generation.visibility == Generation.Visibility.PUBLIC
        return self.is_open and is_public and not self.link.has_conditions

    @property
    def is_for_all(self) -> bool:
        """Whether a machine that knows the address would see the video too."""
        return not self.link.has_conditions and self.link.generation.visibility in _WITHOUT_NAME


_WITHOUT_NAME = (Generation.Visibility.LINK, Generation.Visibility.PUBLIC)


def find_visit(request: PortalRequest, code: str) -> Visit | None:
    """None where this portal never had such a link."""
    link = _find(request.tenant, code)
    if link is None:
        return None
    is_owner = request.user == link.generation.user
    return Visit(link, _decide(request, link, is_owner=is_owner), is_owner)


def count_view(link: ShareLink) -> bool:
    """False where the link lets nobody else in: of any number at once, no more than it allows."""
    return bool(ShareLink.objects.active().filter(pk=link.pk).update(views=F("views") + 1))


def count_download(link: ShareLink) -> None:
    ShareLink.objects.filter(pk=link.pk).update(downloads=F("downloads") + 1)


def remember_view(response: HttpResponse, link: ShareLink) -> None:
    _set_cookie(response, _VIEW_COOKIE, link, seconds=VIEW_SECONDS)


def remember_password(response: HttpResponse, link: ShareLink) -> None:
    """Until another password is set: the cookie is signed with the one that was given."""
    _set_cookie(response, _PASSWORD_COOKIE, link, seconds=UNLOCKED_SECONDS)


def _find(tenant: Tenant, code: str) -> ShareLink | None:
    """With its video, and the video's fan."""
    row = next(iter(_LINK.read(code=code, tenant=tenant.pk)), None)
    if row is None:
        return None
    values = iter(row)
    link, generation, user = (
        _take(ShareLink, values),
        _take(Generation, values),
        _take(User, values),
    )
    link.generation, generation.user = generation, user
    generation.tenant = tenant  # spares another look at the same row
    return link


def _take(model: type[_Some], values: Iterator[Any]) -> _Some:
    names = _READ[model]
    return model.from_db(DEFAULT_DB_ALIAS, names, list(islice(values, len(names))))


def _names_of(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


_READ: dict[type[Model], list[str]] = {
    model: _names_of(model) for model in (ShareLink, Generation, User)
}
_PATHS: dict[type[Model], str] = {
    ShareLink: "", Generation: "generation__", User: "generation__user__",
}  # fmt: skip
_LINK = Statement(
    lambda: (
        ShareLink.objects.filter(
            code=given(ShareLink, "code"), generation__tenant=given(Generation, "tenant")
        )
        .order_by()
        .values_list(*(_PATHS[model] + name for model, names in _READ.items() for name in names))
    )
)


def _decide(request: PortalRequest, link: ShareLink, *, is_owner: bool) -> Outcome:
    generation = link.generation
    if generation.status != Status.READY or generation.deleted_at is not None:
        return Outcome.CLOSED
    if link.state is ShareLink.State.REVOKED:
        return Outcome.REVOKED
    if generation.visibility == Generation.Visibility.PRIVATE:
        return Outcome.CLOSED
    if link.state is ShareLink.State.EXPIRED:
        return Outcome.EXPIRED
    if is_owner:
        return Outcome.OPEN
    return _decide_for_visitor(request, link)


def _decide_for_visitor(request: PortalRequest, link: ShareLink) -> Outcome:
    has_view = _has_cookie(request, _VIEW_COOKIE, link, seconds=VIEW_SECONDS)
    if link.state is ShareLink.State.EXHAUSTED and not has_view:
        return Outcome.EXHAUSTED
    is_for_members = link.generation.visibility == Generation.Visibility.MEMBERS
    if is_for_members and not request.user.is_authenticated:
        return Outcome.SIGN_IN
    if link.password and not _has_cookie(request, _PASSWORD_COOKIE, link, seconds=UNLOCKED_SECONDS):
        return Outcome.PASSWORD
    if link.max_views is not None and not has_view:
        return Outcome.ASK_FOR_VIEW
    return Outcome.OPEN


def _set_cookie(response: HttpResponse, name: str, link: ShareLink, *, seconds: int) -> None:
    response.set_signed_cookie(
        name,
        "yes",
        salt=_salt(name, link),
        max_age=seconds,
        path=link.get_absolute_url(),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _has_cookie(request: PortalRequest, name: str, link: ShareLink, *, seconds: int) -> bool:
    if name not in request.COOKIES:
        return False
    salt = _salt(name, link)
    return request.get_signed_cookie(name, default="", salt=salt, max_age=seconds) == "yes"


def _salt(name: str, link: ShareLink) -> str:
    return salted_hmac("generations.admission", f"{name}:{link.code}:{link.password}").hexdigest()
