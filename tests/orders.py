"""The steps of an order, as a browser without scripts sends them."""

import uuid

from generations import drafts
from tests.cast import build_photo_file

FOOTBALL, AVATAR = "/create/football/", "/create/avatar/"
CONSENT = {"relation": "self", "making": "on"}
TEAMS = {"team_left": "Brazil", "team_right": "France"}
SETTINGS = {"duration_seconds": 10, "ratio": "9:16", "voice_id": ""}


def put_photo(client, photo=None, *, at=FOOTBALL):
    return client.post(f"{at}photo/", {"photo": photo or build_photo_file()})


def put_teams(client, **fields):
    return client.post(f"{FOOTBALL}teams/", TEAMS | fields)


def put_clip(client, clip, **fields):
    return client.post(f"{AVATAR}clip/", SETTINGS | fields | ({"clip": clip} if clip else {}))


def put_consent(client, *, at=FOOTBALL, **fields):
    return client.post(f"{at}consent/", without_nothing(CONSENT | fields))


def fill_football(client, *, photo=None, consent=None, **teams):
    for answer in (
        put_photo(client, photo),
        put_teams(client, **teams),
        put_consent(client, **(consent or {})),
    ):
        assert answer.status_code == 302, answer.context["form"].errors
    return answer


def fill_avatar(client, clip, **fields):
    for answer in (
        put_photo(client, at=AVATAR),
        put_clip(client, clip, **fields),
        put_consent(client, at=AVATAR),
    ):
        assert answer.status_code == 302, answer.context["form"].errors
    return answer


def order(client, *, at=FOOTBALL, nonce=None):
    """Press the button of the review page."""
    nonce = nonce or nonce_of(client, at=at)
    return client.post(f"{at}review/", {"order_nonce": nonce})


def nonce_of(client, *, at=FOOTBALL):
    return client.get(f"{at}review/").context["form"]["order_nonce"].value()


def draft_of(user, product="football"):
    return drafts.find(user, product)


def new_nonce():
    return uuid.uuid4()


def without_nothing(fields):
    return {name: value for name, value in fields.items() if value is not None}
