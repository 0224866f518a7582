"""Who may see a video: share links. What the gallery lists: browsing.py."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Tenant
from generations.models import Generation, ShareLink
from generations.states import Status

MOST_LINKS = 50


class TooManyLinks(Exception):
    """The video has MOST_LINKS open share links already."""


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
