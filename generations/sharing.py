"""Who may see a video: its share links, and the gallery's choice of them.

Who gets past a link is decided by generations.admission.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Tenant
from generations.kits import Kit
from generations.models import Generation, ShareLink

PER_PAGE = 24
MOST_LINKS = 50


class TooManyLinks(Exception):
    """The video has MOST_LINKS open share links already."""


class TooManyViews(Exception):
    """The link has more views already than it is to have."""


class LinkIsRevoked(Exception):
    """It stays so: its address may be in hands it should not be in."""


def with_public_links(tenant: Tenant, *, most: int) -> list[Generation]:
    """The newest public videos."""
    return _attach_links(_listed(tenant)[:most])


def gallery_page(tenant: Tenant, *, kit: Kit | None, number: str | None) -> Page[Generation]:
    rows = _listed(tenant)
    if kit:
        rows = rows.filter(team_left=kit.team) | rows.filter(team_right=kit.team)
    page = Paginator(rows, PER_PAGE).get_page(number)
    page.object_list = _attach_links(page.object_list)
    return page


@transaction.atomic
def create_link(
    generation: Generation,
    *,
    name: str,
    expires_at: datetime | None = None,
    max_views: int | None = None,
    password: str = "",
) -> ShareLink:
    """`password` is clear text; "" asks for none. Raises TooManyLinks."""
    if generation.share_links.live().count() >= MOST_LINKS:
        raise TooManyLinks
    return ShareLink.objects.create(
        generation=generation,
        name=name,
        expires_at=expires_at,
        max_views=max_views,
        password=make_password(password) if password else "",
    )


@transaction.atomic
def edit_link(
    link: ShareLink,
    *,
    name: str,
    expires_at: datetime | None,
    max_views: int | None,
    password: str | None,
) -> None:
    """`password` None leaves it as it is. Raises TooManyViews or LinkIsRevoked."""
    columns = {"name": name, "expires_at": expires_at, "max_views": max_views}
    if password is not None:
        columns["password"] = make_password(password) if password else ""
    live = ShareLink.objects.live().filter(pk=link.pk)
    fitting = live if max_views is None else live.filter(views__lte=max_views)
    if not fitting.update(**columns):
        raise TooManyViews if live.exists() else LinkIsRevoked
    _leave_gallery_without_link(link.generation_id)


@transaction.atomic
def revoke_link(link: ShareLink) -> None:
    """The address stops working. A public video without any open link leaves the gallery."""
    ShareLink.objects.live().filter(pk=link.pk).update(revoked_at=timezone.now())
    _leave_gallery_without_link(link.generation_id)


@transaction.atomic
def set_visibility(generation: Generation, visibility: Generation.Visibility) -> None:
    Generation.objects.filter(pk=generation.pk).update(visibility=visibility)
    has_link = generation.share_links.open_to_all().exists()
    if visibility == Generation.Visibility.PUBLIC and not has_link:
        # Beyond MOST_LINKS too: the gallery needs one that asks nothing.
        ShareLink.objects.create(generation=generation, name=_("Gallery"))


def _leave_gallery_without_link(generation_id: uuid.UUID) -> None:
    if not ShareLink.objects.open_to_all().filter(generation=generation_id).exists():
        Generation.objects.filter(pk=generation_id, visibility=Generation.Visibility.PUBLIC).update(
            visibility=Generation.Visibility.LINK
        )


def _listed(tenant: Tenant) -> QuerySet[Generation]:
    live = ShareLink.objects.open_to_all().filter(generation=OuterRef("pk"))
    return (
        Generation.objects.in_gallery(tenant)
        .filter(Exists(live))
        .select_related("user")
        .prefetch_related(Prefetch("share_links", ShareLink.objects.open_to_all()))
    )


def _attach_links(rows: Iterable[Generation]) -> list[Generation]:
    listed = []
    for row in rows:
        links = row.share_links.all()
        if links:  # none, if it was revoked between the two queries
            row.public_link = links[0]
            listed.append(row)
    return listed
