"""For the pages of the order and those that lead back to it."""

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from generations import drafts
from generations.models import Draft

register = template.Library()

_LONGEST_SECONDS = 30


@register.simple_tag(takes_context=True)
def waiting_draft(context: RequestContext) -> Draft | None:
    """The order that the reader is in the middle of."""
    user = context.get("user")
    return drafts.find_newest(user) if isinstance(user, User) else None


@register.simple_tag
def length_sign(seconds: int | str) -> SafeString:
    """A track, filled as far as the seconds go."""
    filled = 32 * int(seconds) / _LONGEST_SECONDS
    return format_html(
        '<svg class="length-sign" viewBox="0 0 36 36" aria-hidden="true" focusable="false">'
        '<rect x="2" y="13" width="32" height="10"/><rect class="filled" x="2" y="13" width="{}"'
        ' height="10"/></svg>',
        f"{filled:.1f}",
    )


@register.filter
def in_seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f}"


@register.filter
def is_short_for(clip_milliseconds: int, seconds: int) -> bool:
    """Whether the clip ends before the video does; none is longer than 20 s."""
    return clip_milliseconds < min(seconds, 20) * 1000 - 250
