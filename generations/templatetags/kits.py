"""Shirts, cloth and scarves in templates, and credits in words."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.numbers import format_change, format_number
from generations import kits_art, team_names
from generations.kits import KITS, Kit
from generations.lumiq.contract import FOOTBALL_CREDITS, FOOTBALL_SECONDS
from generations.models import ShareLink

register = template.Library()

_HERO, _SCARF, _PROGRESS = 4.2, 0.36, 0.9
_LEAST_DRAWN_SHARE = 25
_MAIN_TEAMS = frozenset(
    ("Argentina", "Brazil", "Croatia", "England", "France", "Germany", "Italy", "Japan")
)


@register.simple_tag
def shirt_parts() -> SafeString:
    return mark_safe(kits_art.draw_shirt_parts())  # noqa: S308 - a constant


@register.simple_tag
def shirt(team: str | Kit | None = None, size: str = "m") -> SafeString:
    """`size` is one of xs s m l xl xxl."""
    art = kits_art.draw_shirt(kits_art.kit_of(team), classes=f"shirt shirt-{size}")
    return mark_safe(art)  # noqa: S308 - built from constants only


@register.simple_tag
def cloth(team: str | Kit | None, scale: float = _HERO, band: bool = True) -> SafeString:
    art = kits_art.draw_cloth(kits_art.kit_of(team), scale=scale, has_band=band)
    return mark_safe(art)  # noqa: S308 - built from constants only


@register.simple_tag
def pairing_cloth(
    left: str | Kit | None,
    right: str | Kit | None,
    scale: float = _HERO,
    band: bool = True,
    classes: str = "",
) -> SafeString:
    """Two large cloths that meet at the seam; your side is at the start."""
    return format_html(
        '<div class="pairing {}" aria-hidden="true"><div class="side side-start" data-cloth="left">'
        '{}</div><div class="side side-end" data-cloth="right">{}</div></div>',
        classes,
        cloth(left, scale, band),
        cloth(right, scale, band),
    )


@register.simple_tag
def team_cloth(team: str | Kit) -> SafeString:
    """One large cloth with nothing across from it."""
    return format_html('<div class="side" aria-hidden="true">{}</div>', cloth(team, 3.4))


@register.simple_tag
def scarf(
    left: str | Kit | None, right: str | Kit | None, share: int = 50, classes: str = ""
) -> SafeString:
    """The thin band of a pairing, split at `share` percent (never drawn below 25:75)."""
    drawn = min(max(int(share), _LEAST_DRAWN_SHARE), 100 - _LEAST_DRAWN_SHARE)
    return format_html(
        '<div class="scarf {}" aria-hidden="true">{}</div>',
        classes,
        _two_widths(left, right, drawn, _SCARF),
    )


@register.simple_tag
def progress_scarf(left: str | Kit | None, right: str | Kit | None, progress: int) -> SafeString:
    """The scarf of a video being made: `progress` percent is there, the rest only faint.

    One a page: its id lets htmx carry the old width over, so that it grows instead of jumping.
    """
    grown = min(max(int(progress), 2), 100)
    return format_html(
        '<div class="scarf scarf-progress" aria-hidden="true"><div class="scarf-rest">{}</div>'
        '<svg class="scarf-grown" id="scarf-grown" width="{}%" height="100%">{}'
        '<svg width="{}%" height="100%">{}</svg></svg></div>',
        _two_widths(left, right, 50, _PROGRESS),
        grown,
        cloth(right, _PROGRESS),
        # Your side ends in the middle of the whole scarf, whatever part of that is there.
        f"{min(5000 / grown, 100):.2f}",
        cloth(left, _PROGRESS),
    )


@register.simple_tag
def wardrobe(scale: float = _HERO, band: bool = True) -> SafeString:
    """All cloths for the page's scripts to clone, inside a <template>."""
    return format_html_join(
        "",
        '<div data-team="{}">{}</div>',
        ((kit.team, cloth(kit, scale, band)) for kit in KITS.values()),
    )


@register.simple_tag
def shirt_rail() -> SafeString:
    """All shirts, for pages that do not show them anyway; inside a <template> too."""
    return format_html_join(
        "", '<div data-team="{}">{}</div>', ((kit.team, shirt(kit)) for kit in KITS.values())
    )


@register.simple_tag
def team_options(chosen: str | None = None) -> SafeString:
    """The options of a <select>, in the order of the reader's language."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (
                team,
                mark_safe(" selected") if team == chosen else "",
                team_names.shown_name(team),
            )
            for team in team_names.in_order(KITS)
        ),
    )


@register.filter
def main_teams(kits: list[Kit], chosen: Kit | None) -> list[Kit]:
    """The few teams that stand beside "All teams", and the chosen one in any case."""
    return [kit for kit in kits if kit.team in _MAIN_TEAMS or kit == chosen]


@register.filter
def team_name(team: str) -> str:
    return team_names.shown_name(team)


@register.filter
def recorded_title(text: str) -> str:
    return team_names.read_title(text)


@register.filter
def search_words(kit: Kit) -> str:
    return f"{team_names.search_words(kit.team)}|{kit.code}"


@register.filter("credits")
def in_credits(number: int) -> str:
    """ "180 credits" """
    return ngettext("%(number)s credit", "%(number)s credits", number) % {
        "number": format_number(number)
    }


@register.filter
def as_videos(number_of_credits: int) -> str:
    """How many football videos the credits pay for: "2 videos"."""
    number = max(number_of_credits, 0) // FOOTBALL_CREDITS
    return ngettext("%(number)s video", "%(number)s videos", number) % {
        "number": format_number(number)
    }


@register.filter
def what_it_buys(number_of_credits: int) -> str:
    """ "6 videos of 10 s, 60 left over" """
    left = number_of_credits % FOOTBALL_CREDITS
    videos = number_of_credits // FOOTBALL_CREDITS
    bought = ngettext(
        "%(number)s video of %(seconds)s s", "%(number)s videos of %(seconds)s s", videos
    ) % {"number": format_number(videos), "seconds": FOOTBALL_SECONDS}
    return (
        _("%(videos)s, %(left)s left over") % {"videos": bought, "left": left} if left else bought
    )


@register.filter
def with_videos(number_of_credits: int) -> str:
    """ "180 credits · 2 videos" """
    return f"{in_credits(number_of_credits)} · {as_videos(number_of_credits)}"


@register.filter
def price_of(prices: dict[int, int], seconds: str | int) -> int:
    return prices[int(seconds)]


@register.simple_tag
def ratio_sign(ratio: str) -> SafeString:
    """The outline of a picture of that shape, "9:16"."""
    width, height = (int(part) for part in ratio.split(":"))
    unit = 28 / max(width, height)
    return format_html(
        '<svg class="ratio-sign" viewBox="0 0 36 36" aria-hidden="true" focusable="false">'
        '<rect x="{}" y="{}" width="{}" height="{}"/></svg>',
        f"{18 - width * unit / 2:.1f}",
        f"{18 - height * unit / 2:.1f}",
        f"{width * unit:.1f}",
        f"{height * unit:.1f}",
    )


@register.filter
def signed(number: int) -> str:
    """With a real minus sign, or a plus."""
    return format_change(number)


@register.filter
def open_links(links: list[ShareLink]) -> list[ShareLink]:
    return [link for link in links if link.is_active]


@register.filter
def open_link(links: list[ShareLink]) -> ShareLink | None:
    """The one to share: the oldest that still opens."""
    return next(iter(open_links(links)), None)


def _two_widths(
    left: str | Kit | None, right: str | Kit | None, share: int, scale: float
) -> SafeString:
    return format_html(
        '<svg class="scarf-side scarf-start" width="{}%" height="100%">{}</svg>'
        '<svg class="scarf-side scarf-end" width="{}%" height="100%">{}</svg>',
        share,
        cloth(left, scale),
        100 - share,
        cloth(right, scale),
    )
