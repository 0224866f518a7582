"""The site's own line icons, 24 units square."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_PATHS = {
    "menu": "M4 7h16M4 12h16M4 17h16",
    "close": "M6 6l12 12M18 6L6 18",
    "swap": "M4 9h15M15 5l4 4-4 4M20 15H5M9 11l-4 4 4 4",
    "play": "M7 4.5v15L20 12z",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L21 21",
    "camera": "M4 8h4l1.5-2.5h5L16 8h4v11H4zM12 10a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 12 10z",
    "picture": "M4 5h16v14H4zM4 16l4.5-4.5L13 16l2.5-2.5L20 18M15 8.4a1.2 1.2 0 1 0 .01 0z",
    "check": "M5 13l4.5 4.5L19.5 7",
    "share": "M12 15V3.5M8 7l4-4 4 4M7 10.5H5V20.5h14v-10h-2",
    "download": "M12 4v11M7.5 10.5L12 15l4.5-4.5M5 19.5h14",
    "copy": "M9 9h11v11H9zM15 9V4H4v11h5",
    "chat": "M4 5h16v11.5h-9L6.5 20.5v-4H4z",
    "plane": "M3.5 11.5L20.5 4 17 20l-5.5-4.5L20.5 4M11.5 15.5L9.5 20 8 13.5",
    "x": "M5 4.5h3.5L19 19.5h-3.5zM19 4.5l-5.8 6.2M5 19.5l5.8-6.2",
    "letter": "M4 5.5h16v13H4zM4 7.5l8 6 8-6",
    "phone": "M7 3h10v18H7zM11 18h2",
    "qr": "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5H14zM18 18h2v2h-2zM18.5 14H20M14 19v1",
    "pencil": "M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19z",
    "frame": "M8.5 7L3.5 12l5 5M15.5 7l5 5-5 5",
    "plus": "M12 5v14M5 12h14",
    "down": "M6 9.5l6 6 6-6",
    "warning": "M12 4l9 16H3zM12 10v5M12 17.2v.6",
    "person": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6",
    "film": "M4 5h16v14H4zM4 10h16M9 5l-2 5M15 5l-2 5",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon icon-{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        name,
        mark_safe(_PATHS[name]),  # noqa: S308 - a constant
    )
