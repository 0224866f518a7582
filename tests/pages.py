"""All kinds of pages that fans see, for looks at each of them.

`PUBLIC` and `FAN` have fixed addresses; `tests.showcase.fill` names those of what it makes, the
public ones as `share…`. What does not come with 200 is in `STATUSES`.
"""

PUBLIC = {
    "home": "/",
    "gallery": "/gallery/",
    "gallery-played": "/gallery/?order=played",
    "found": "/gallery/?q=Row",
    "nothing-found": "/gallery/?q=Itly",
    "teams": "/teams/",
    "team": "/teams/brazil/",
    "match": "/match/brazil-v-france/",
    "sign-in": "/account/sign-in/",
    "sign-up": "/account/sign-up/",
    "password-reset": "/account/password-reset/",
    "password-reset-sent": "/account/password-reset/sent/",
    "password-reset-done": "/account/password-reset/done/",
    "password-reset-used": "/account/password-reset/MQ/used/",
    "api-docs": "/api/docs",
    "nothing-here": "/nothing-here/",
}
FAN = {
    "create-photo": "/create/football/photo/",
    "create-teams": "/create/football/teams/",
    "create-consent": "/create/football/consent/",
    "create-review": "/create/football/review/",
    "avatar-photo": "/create/avatar/photo/",
    "avatar-clip": "/create/avatar/clip/",
    "avatar-consent": "/create/avatar/consent/",
    "avatar-review": "/create/avatar/review/",
    "videos": "/videos/",
    "wallet": "/wallet/",
    "buy": "/wallet/buy/",
    "voucher": "/wallet/voucher/",
    "mails": "/account/mails/",
    "api-keys": "/account/keys/",
    "api-playground": "/account/api/",
    "webhooks": "/account/webhooks/",
    "webhook-deliveries": "/account/webhooks/deliveries/",
}
# Before anything is made on the portal.
EMPTY_PUBLIC = ("home", "gallery", "teams", "team", "match")
EMPTY_FAN = (
    "create-photo", "create-teams", "avatar-photo", "videos", "wallet", "api-keys", "webhooks",
    "webhook-deliveries",
)  # fmt: skip
STATUSES = {
    "nothing-here": 404,
    "password-reset-used": 404,
    "share-gone": 410,
    "share-embed-refused": 403,
    "share-embed-gone": 410,
}


def empty_pages():
    """As `all_pages`."""
    pages = [(f"{name}-empty", PUBLIC[name], False) for name in EMPTY_PUBLIC]
    return pages + [(f"{name}-empty", FAN[name], True) for name in EMPTY_FAN]


def all_pages(made):
    """(name, path, whether a fan must be signed in), with what the showcase made."""
    fixed = [(name, path, False) for name, path in PUBLIC.items()]
    fixed += [(name, path, True) for name, path in FAN.items()]
    return fixed + [(name, path, not name.startswith("share")) for name, path in made.items()]
