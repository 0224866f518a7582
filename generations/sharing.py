"""Who may see a video: share links, and the gallery's choice of them."""

from collections.abc import Iterable

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from accounts.models import Tenant
from generations.kits import Kit
from generations.models import Generation, ShareLink
from generations.states import Status

PER_PAGE = 24
MOST_LINKS = 50


class TooManyLinks(Exception):
    """The video has MOST_LINKS open share links already."""


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


def find_shared(tenant: Tenant, code: str) -> ShareLink | None:
    """The live link of this portal, if its video may be seen with a link."""
    return (
        ShareLink.objects.live()
        .filter(code=code, generation__tenant=tenant, generation__status=Status.READY)
        .exclude(generation__visibility=Generation.Visibility.PRIVATE)
        .select_related("generation__user")
        .first()
    )


def was_shared(tenant: Tenant, code: str) -> bool:
    """Whether there once was such a link here: it is gone then, rather than never there."""
    return ShareLink.objects.filter(code=code, generation__tenant=tenant).exists()


@transaction.atomic
def create_link(generation: Generation, *, name: str) -> ShareLink:
    if generation.share_links.filter(revoked_at=None).count() >= MOST_LINKS:
        raise TooManyLinks
    return ShareLink.objects.create(generation=generation, name=name)


@transaction.atomic
def revoke_link(link: ShareLink) -> None:
    """The address stops working. A public video without any open link leaves the gallery."""
    ShareLink.objects.live().filter(pk=link.pk).update(revoked_at=timezone.now())
    if not ShareLink.objects.live().filter(generation=link.generation_id).exists():
        Generation.objects.filter(
            pk=link.generation_id, visibility=Generation.Visibility.PUBLIC
        ).update(visibility=Generation.Visibility.LINK)


@transaction.atomic
def set_visibility(generation: Generation, visibility: Generation.Visibility) -> None:
    Generation.objects.filter(pk=generation.pk).update(visibility=visibility)
    has_link = generation.share_links.filter(revoked_at=None).exists()
    if visibility == Generation.Visibility.PUBLIC and not has_link:
        create_link(generation, name="Gallery")


def _listed(tenant: Tenant) -> QuerySet[Generation]:
    live = ShareLink.objects.live().filter(generation=OuterRef("pk"))
    return (
        Generation.objects.in_gallery(tenant)
        .filter(Exists(live))
        .select_related("user")
        .prefetch_related(Prefetch("share_links", ShareLink.objects.live()))
    )


def _attach_links(rows: Iterable[Generation]) -> list[Generation]:
    listed = []
    for row in rows:
        links = row.share_links.all()
        if links:  # none, if it was revoked between the two queries
            row.public_link = links[0]
            listed.append(row)
    return listed
