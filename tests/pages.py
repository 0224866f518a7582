"""All kinds of pages that fans see, for looks at each of them.

`PUBLIC` and `FAN` have fixed addresses; `tests.showcase.fill` names those of what it makes, the
public ones as `share…`.
"""

PUBLIC = {
    "home": "/",
    "gallery": "/gallery/",
    "nothing-found": "/gallery/?q=Itly",
    "teams": "/teams/",
    "team": "/teams/brazil/",
    "match": "/match/brazil-v-france/",
    "sign-in": "/account/sign-in/",
    "sign-up": "/account/sign-up/",
    "password-reset": "/account/password-reset/",
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
    "videos": "/videos/",
    "wallet": "/wallet/",
    "buy": "/wallet/buy/",
    "voucher": "/wallet/voucher/",
    "mails": "/account/mails/",
    "api-keys": "/account/keys/",
    "api-playground": "/account/api/",
    "webhooks": "/account/webhooks/",
}


def all_pages(made):
    """(name, path, whether a fan must be signed in), with what the showcase made."""
    fixed = [(name, path, False) for name, path in PUBLIC.items()]
    fixed += [(name, path, True) for name, path in FAN.items()]
    return fixed + [(name, path, not name.startswith("share")) for name, path in made.items()]
