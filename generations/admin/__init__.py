from generations.admin import (
    alerts,
    generations,
    lines,
    lumiq_keys,
    share_links,
    voices,
    webhooks,
)

__all__ = [
    "alerts", "generations", "lines", "lumiq_keys", "share_links", "voices", "webhooks"
]  # fmt: skip
