"""The parts of the look, in the order of the guide: where each is drawn from, and with what."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.requests import PortalRequest
from generations.style_guide import scenes

Context = dict[str, Any]

# Those of templates/partials/_styles.html: a second link to one would change the order of rules.
ON_EVERY_PAGE = frozenset(
    f"components/{name}"
    for name in ("header", "button", "form", "cloth", "card", "player", "notice", "table")
)


@dataclass(frozen=True)
class Component:
    """`parts` are templates that it is made of, for who wants to change them; `is_screen` where its
    height follows the window's, so that a frame cannot follow its height."""

    slug: str
    title: Promise
    parts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    build: Callable[[PortalRequest], Context] = scenes.nothing
    is_screen: bool = False
    has_header: bool = False

    @property
    def template(self) -> str:
        return f"styleguide/_{self.slug.replace('-', '_')}.html"

    @property
    def own_styles(self) -> list[str]:
        return [f"css/{name}.css" for name in self.styles if name not in ON_EVERY_PAGE]

    @property
    def own_scripts(self) -> list[str]:
        return [f"js/{name}.js" for name in self.scripts]

    @property
    def files(self) -> tuple[str, ...]:
        own = self.parts or (self.template,)
        return (
            *(f"templates/{part}" for part in own),
            *(f"static/css/{style}.css" for style in self.styles),
        )


_PICKER = Component(
    "picker",
    _("Team picker: chosen and taken"),
    parts=("create/_picker.html",),
    styles=("pages/create", "components/picker"),
    scripts=("picker", "search"),
    build=scenes.picker,
    is_screen=True,
)
_PHOTO = Component(
    "photo",
    _("Photo step"),
    parts=("create/_photo.html", "create/_photo_dock.html"),
    styles=("pages/create", "components/photo"),
    scripts=("upload", "photo", "camera"),
    build=scenes.photo,
    is_screen=True,
)
_COST = Component(
    "cost",
    _("Cost line: enough"),
    parts=("create/_order_dock.html", "create/_cost.html"),
    styles=("pages/create",),
    build=scenes.cost,
)
_STATUS = Component(
    "status-in-line",
    _("Status: in line"),
    parts=("partials/_status.html",),
    styles=("pages/video", "components/share", "pages/owner"),
    build=scenes.in_line,
)

COMPONENTS = (
    Component("colours", _("Colours"), build=scenes.colours),
    Component("type", _("Type steps")),
    Component("space", _("Space and corners")),
    Component(
        "header", _("Header"), parts=("partials/_header.html",), styles=("components/header",),
        build=scenes.signed_out, has_header=True,
    ),
    Component(
        "header-signed-in", _("Header, signed in"), parts=("partials/_header.html",),
        styles=("components/header",), build=scenes.signed_in, has_header=True,
    ),
    Component(
        "hero", _("Hero with the composer"), parts=("partials/_hero.html", "partials/_slots.html"),
        styles=("components/slot", "pages/home"), scripts=("composer",), build=scenes.hero,
        is_screen=True,
    ),
    Component(
        "shirts", _("Shirts"), styles=("components/cloth", "pages/gallery"), build=scenes.shirts,
    ),
    Component("cloth", _("Cloth"), styles=("components/cloth",), build=scenes.cloth),
    Component("scarves", _("Scarves"), styles=("components/cloth",), build=scenes.scarves),
    Component(
        "pairing-list", _("Pairing list"), parts=("partials/_matches.html",),
        styles=("components/matches",), build=scenes.matches,
    ),
    Component(
        "pairing", _("Pairing"), parts=("partials/_match_cloth.html",),
        styles=("pages/gallery", "pages/match", "pages/match-shares"), build=scenes.pairing,
    ),
    Component(
        "slots", _("Team slot and swap"), parts=("partials/_slots.html",),
        styles=("components/slot",), scripts=("composer",), build=scenes.slots,
    ),
    _PICKER,
    replace(
        _PICKER, slug="picker-empty", title=_("Team picker: no result"), build=scenes.picker_empty
    ),
    Component(
        "cards", _("Poster card"), parts=("partials/_card.html",), styles=("components/card",),
        build=scenes.cards,
    ),
    Component("match-card", _("Match card"), styles=("components/card",), build=scenes.match_card),
    Component(
        "player", _("Player frame"), parts=("partials/_frame.html",), scripts=("player",),
        styles=("components/player",), build=scenes.player,
    ),
    Component(
        "steps", _("Step bar"), parts=("create/_step_bar.html",), styles=("pages/create",),
        build=scenes.steps,
    ),
    _PHOTO,
    replace(
        _PHOTO, slug="photo-taken", title=_("Photo step, with a photo"), build=scenes.photo_taken,
        scripts=(*_PHOTO.scripts, "crop"),
    ),
    _COST,
    replace(
        _COST, slug="cost-short", title=_("Cost line: not enough"), build=scenes.cost_short
    ),
    _STATUS,
    replace(
        _STATUS, slug="status-being-made", title=_("Status: being made"), build=scenes.being_made
    ),
    Component(
        "owner", _("Owner’s aside"), parts=("partials/_owner_aside.html",),
        styles=("pages/video", "components/share", "pages/owner"),
        scripts=("copy", "share", "autosubmit"), build=scenes.owner,
    ),
    Component(
        "share-sheet", _("Share sheet"), parts=("partials/_share_sheet.html",),
        styles=("components/share",), scripts=("copy", "share"), build=scenes.share_sheet,
    ),
    Component(
        "share-tiles", _("Public page: ways to share"), parts=("partials/_share_tiles.html",),
        styles=("pages/video", "components/share"), scripts=("copy", "share"),
        build=scenes.share_sheet,
    ),
    Component(
        "tables", _("Tables"), parts=("partials/_history.html",),
        styles=("components/table", "pages/wallet"), build=scenes.history,
    ),
    Component(
        "table-actions", _("Tables with buttons"), parts=("partials/_share_links.html",),
        styles=("components/table", "components/share"), scripts=("copy",), build=scenes.links,
    ),
    Component(
        "forms", _("Forms, with an error and the summary"),
        parts=("partials/_error_summary.html", "partials/_field.html"),
        styles=("components/form",), build=scenes.forms,
    ),
    Component(
        "choices", _("Choices"), parts=("partials/_visibility.html",),
        styles=("components/form",), build=scenes.owner,
    ),
    Component("buttons", _("Buttons"), styles=("components/button", "pages/account")),
    Component(
        "states", _("State words"), parts=("partials/_state.html",), styles=("components/card",),
        build=scenes.states,
    ),
    Component(
        "toast", _("Toast"), parts=("partials/_messages.html",), styles=("components/notice",),
        build=scenes.toasts,
    ),
    Component("note", pgettext_lazy("a remark on a page", "Note"), styles=("components/notice",)),
    Component(
        "empty", _("Empty state"), parts=("partials/_no_videos.html",),
        styles=("components/card", "pages/my-videos"), build=scenes.priced,
    ),
    Component(
        "failure", _("Failure"), parts=("partials/_not_made.html",),
        styles=("pages/video", "components/share", "pages/owner"), build=scenes.failure,
    ),
    Component(
        "made-with-ai", _("Made with AI"), styles=("components/card",), build=scenes.slots,
    ),
)  # fmt: skip

BY_SLUG = {component.slug: component for component in COMPONENTS}
