"""Preview cards of pairings and portals: drawn once for each look, and kept in the storage.

A card shows teams and a portal, nobody's face or name: all videos of a pairing share it.
"""

import hashlib

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.branding import DARK, LIGHT, build_palette
from accounts.models import Tenant
from generations import card_art, storing
from generations.card_art import HEIGHT, WIDTH, Look, Words
from generations.kits import KITS, Kit

__all__ = ["HEIGHT", "WIDTH", "fetch_card", "path_for", "version_of"]

# Raised by whoever changes what cards look like: the kept ones are then drawn anew.
_DESIGN = 1
# The cloths of the portal's own card, as on its front page.
_PORTAL_PAIRING = ("Argentina", "Croatia")


def path_for(tenant: Tenant, left: Kit | None, right: Kit | None) -> str:
    """The portal's own card where there are no two teams. Changes with the portal's look."""
    if left and right:
        path = reverse("pairing-card", args=[left.slug, right.slug])
    else:
        path = reverse("portal-card")
    return f"{path}?v={version_of(tenant, left, right)[:8]}"


def version_of(tenant: Tenant, left: Kit | None, right: Kit | None) -> str:
    colours = (tenant.ground_colour, tenant.ink_colour, tenant.action_colour)
    told = (_DESIGN, tenant.name, tenant.slug, tenant.style, tenant.mode, colours, left, right)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def fetch_card(tenant: Tenant, left: Kit | None, right: Kit | None) -> str:
    """Its name in the storage. Raises StorageAway."""
    name = f"t/{tenant.pk}/cards/{version_of(tenant, left, right)[:32]}.jpg"
    if not storing.is_stored(name):
        storing.store(name, _draw(_look_of(tenant), left, right))
    return name


def _draw(look: Look, left: Kit | None, right: Kit | None) -> bytes:
    """In English: a card is kept for readers of all languages, and its fonts know few scripts."""
    with override("en"):
        label, versus, title = _("Made with AI"), _("v"), _("Football fan video")
    if left and right:
        return card_art.draw_card(left, right, look, Words(label, versus))
    first, second = (KITS[team] for team in _PORTAL_PAIRING)
    return card_art.draw_card(first, second, look, Words(label, versus, title))


def _look_of(tenant: Tenant) -> Look:
    """In the mode that the portal prefers; where the visitor's device chooses, the style's own."""
    is_knit = tenant.style == Tenant.Style.KNIT
    mode = tenant.mode
    if mode == Tenant.Mode.AUTO:
        mode = LIGHT if is_knit else DARK
    name = tenant.name if card_art.can_be_set(tenant.name) else tenant.slug.title()
    return Look(name=name, is_knit=is_knit, tokens=build_palette(tenant, mode))
