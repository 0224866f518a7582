"""What the style guide shows its components with: made up, at the lengths that real things have.

Nothing is written and nothing asked of the database: a portal without a video has a guide too.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import CreditHold, Tenant, User
from accounts.statement import Line
from generations.browsing import Card
from generations.estimates import Estimate
from generations.kits import KITS
from generations.lumiq.contract import FOOTBALL_CREDITS, FOOTBALL_RATIO, FOOTBALL_SECONDS
from generations.matches import Match
from generations.models import Draft, Generation, GenerationEvent, ShareLink, Upload
from generations.states import Reason, Status

LEFT, RIGHT = "Netherlands", "South Korea"
LONG_LEFT, LONG_RIGHT = "Saudi Arabia", "United States"
CODE = "sample"
PRICE = FOOTBALL_CREDITS

_ID = uuid.UUID(int=0)
_HASH = "of a password that nobody has"
# As long as one may be.
_CAPTION = (
    "Three generations of us in row fourteen, one of them there for the first time, and "
    "grandmother still says that she saw it coming years ago"
)


@dataclass(frozen=True)
class DrawnCard(Card):
    """With a drawn picture in place of a video's still."""

    @property
    def poster_url(self) -> str:
        return poster_url()


@dataclass(frozen=True)
class Photo:
    """In place of an upload: a drawn face."""

    width: int = 800
    height: int = 1000

    def get_absolute_url(self) -> str:
        return static("samples/portrait.svg")


@dataclass(frozen=True)
class Hold:
    """In place of a row of the ledger, which only the ledger makes."""

    state: CreditHold.State
    amount: int = PRICE
    from_pool: int = 0


def poster_url() -> str:
    return static("samples/poster.svg")


def build_fan(tenant: Tenant) -> User:
    return User(tenant=tenant, email="robin.vanderberg@mail.example", display_name="Robin")


def build_cards() -> list[Card]:
    """With a still, and without one."""
    return [
        build_card(DrawnCard, LEFT, RIGHT, fan="Robin"),
        build_card(Card, LONG_LEFT, LONG_RIGHT, fan="Maximiliane from the second tier"),
    ]


def build_card(kind: type[Card], left: str, right: str, *, fan: str) -> Card:
    return kind(
        code=CODE,
        team_left=left,
        team_right=right,
        duration_seconds=FOOTBALL_SECONDS,
        caption="",
        fan=fan,
        finished_at=timezone.now(),
        has_poster=kind is DrawnCard,
    )


def build_matches() -> list[Match]:
    """In percent, nearly all on one side, and of so few fans that they are counted."""
    return [
        Match(KITS[LEFT], KITS[RIGHT], 251, 161),
        Match(KITS[LONG_LEFT], KITS[LONG_RIGHT], 7, 181),
        Match(KITS["Denmark"], KITS["Poland"], 3, 2),
    ]


def build_video(tenant: Tenant, status: Status, **fields: Any) -> Generation:
    now = timezone.now()
    return Generation(
        id=_ID,
        tenant=tenant,
        user=build_fan(tenant),
        product=Generation.Product.FOOTBALL,
        team_left=LEFT,
        team_right=RIGHT,
        duration_seconds=FOOTBALL_SECONDS,
        ratio=FOOTBALL_RATIO,
        credits=PRICE,
        status=status,
        status_at=now - timedelta(minutes=2),
        created_at=now - timedelta(minutes=5),
        finished_at=now if status == Status.READY else None,
        **fields,
    )


def build_ready_video(tenant: Tenant) -> Generation:
    visibility = Generation.Visibility.LINK
    return build_video(tenant, Status.READY, caption=_CAPTION, visibility=visibility)


def build_failed_video(tenant: Tenant) -> Generation:
    return build_video(tenant, Status.FAILED, reason=Reason.PHOTO_UNUSABLE)


def build_events(video: Generation) -> list[GenerationEvent]:
    steps = [(Status.QUEUED, video.created_at), (Status(video.status), video.status_at)]
    return [GenerationEvent(to_status=status, created_at=at) for status, at in steps]


def build_estimate(video: Generation) -> Estimate:
    position = 3 if video.status == Status.QUEUED else None
    return Estimate(position=position, low_seconds=180, high_seconds=300)


def build_hold(state: CreditHold.State) -> Hold:
    return Hold(state)


def build_lines() -> list[Line]:
    """A video on hold, one that came back, and where the credits came from."""
    return [
        _line(4, _("Held for a video"), -PRICE, 1_290, detail=f"{LONG_LEFT} v {LONG_RIGHT}"),
        _line(3, _("Returned: not charged"), PRICE, 1_380, detail=f"{LEFT} v {RIGHT}"),
        _line(2, _("Held for a video"), -PRICE, 1_290, detail=f"{LEFT} v {RIGHT}"),
        _line(1, _("Credits bought"), 1_200, 1_380),
    ]


def build_links(video: Generation, address: str) -> list[ShareLink]:
    """Open, with all its conditions and used up, and revoked."""
    now = timezone.now()
    soon = now + timedelta(days=30)
    links = [
        ShareLink(name="Family and everybody in row fourteen", views=1_204),
        ShareLink(name="The club", password=_HASH, max_views=50, views=50, expires_at=soon),
        ShareLink(name="Old one", revoked_at=now - timedelta(days=1)),
    ]
    for number, link in enumerate(links, start=1):
        link.pk, link.code, link.generation = number, f"{CODE}-{number}", video
        link.url = f"{address}{link.get_absolute_url()}"  # type: ignore[attr-defined]  # for templates
    return links


def build_draft(tenant: Tenant) -> Draft:
    """Photo and teams are there, the consent is not."""
    photo = Upload(id=_ID, tenant=tenant, file="sample")
    return Draft(product=Generation.Product.FOOTBALL, photo=photo, team_left=LEFT, team_right=RIGHT)


def _line(entry: int, label: str, amount: int, balance: int, *, detail: str = "") -> Line:
    return Line(
        when=timezone.now() - timedelta(hours=30) + timedelta(hours=entry),
        label=label,
        detail=detail,
        generation=_ID if detail else None,
        amount=amount,
        balance_after=balance,
        owed=0,
        entry=entry,
    )
