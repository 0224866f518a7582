"""Who may see a video: its share links.

Who gets past a link is decided by generations.admission; what lists show, by generations.browsing.
"""

import uuid
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from generations.models import Generation, ShareLink

MOST_LINKS = 50


class TooManyLinks(Exception):
    """The video has MOST_LINKS open share links already."""


class TooManyViews(Exception):
    """The link has more views already than it is to have."""


class LinkIsRevoked(Exception):
    """It stays so: its address may be in hands it should not be in."""


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
