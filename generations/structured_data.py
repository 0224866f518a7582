"""What search engines read of a public video: schema.org's VideoObject as JSON-LD."""

import json

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from generations.models import Generation
from generations.team_names import title_of

# A caption must not end the script element that it stands in.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def build_video_object(
    video: Generation, *, page_url: str, video_url: str, poster_url: str
) -> SafeString:
    """For the inside of a <script type="application/ld+json">. The addresses are absolute."""
    name = title_of(video)
    said = gettext("Football fan video of %(name)s, made with AI.") % {
        "name": video.user.shown_name
    }
    described = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": name,
        "description": video.caption or said,
        "url": page_url,
        "contentUrl": video_url,
        "thumbnailUrl": [poster_url],
        "uploadDate": video.finished_at.isoformat() if video.finished_at else None,
        "duration": f"PT{video.duration_seconds}S",
        "width": video.video_width,
        "height": video.video_height,
        "isFamilyFriendly": True,
        "interactionStatistic": {
            "@type": "InteractionCounter",
            "interactionType": {"@type": "WatchAction"},
            "userInteractionCount": video.plays,
        },
    }
    text = json.dumps({key: value for key, value in described.items() if value is not None})
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308 - escaped just now
