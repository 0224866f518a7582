"""What the demo consists of. Run by `manage.py seed_demo`; every part may run again."""

import io
import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts import ledger, packs
from accounts.models import Hostname, Tenant, User
from generations import lifecycle, sharing, uploads
from generations.lifecycle import Order
from generations.lumiq.contract import FOOTBALL_CREDITS, FOOTBALL_RATIO, FOOTBALL_SECONDS
from generations.models import Generation
from generations.sandbox.portraits import draw_portrait
from generations.states import TERMINAL, Status
from generations.supply import ensure_supply

POOL_CREDITS = 20_000
FAN_CREDITS = 900
WELCOME_CREDITS = 180
VIDEO_TIMEOUT_SECONDS = 300

PASSWORD = "up-in-the-stand"  # noqa: S105 — printed at the start of every demo
ADMIN_EMAIL = "admin@platform.example"


@dataclass(frozen=True)
class DemoPortal:
    slug: str
    name: str
    owner_name: str
    style: str
    mode: str

    @property
    def owner(self) -> str:
        return f"owner@{self.slug}.example"

    @property
    def fan(self) -> str:
        return f"fan@{self.slug}.example"


@dataclass(frozen=True)
class Sample:
    portal: str
    fan: str
    left: str
    right: str
    portrait: int


PORTALS = (
    DemoPortal("aurora", "Aurora", "Aurora Broadcast", Tenant.Style.CUT, Tenant.Mode.DARK),
    DemoPortal(
        "borealis", "Borealis", "Borealis Supporters’ Club", Tenant.Style.KNIT, Tenant.Mode.LIGHT
    ),
)

# The last one of each portal is the newest, and so the one on its front page.
SAMPLES = (
    Sample("aurora", "Ousmane", "Senegal", "England", 5),
    Sample("borealis", "Ji-woo", "South Korea", "Uruguay", 6),
    Sample("aurora", "Emilio", "Mexico", "Germany", 3),
    Sample("borealis", "Salma", "Morocco", "Spain", 4),
    Sample("aurora", "Davi", "Brazil", "France", 1),
    Sample("borealis", "Bram", "Netherlands", "Japan", 7),
    Sample("aurora", "Lucía", "Argentina", "Croatia", 0),
    Sample("borealis", "Ngozi", "Nigeria", "Italy", 2),
)

# Where, who, password: printed by the embedded server.
DEMO_LOGINS = [
    ("Platform admin", ADMIN_EMAIL, PASSWORD),
    *((portal.name, portal.fan, PASSWORD) for portal in PORTALS),
]


def create_portals() -> None:
    ensure_supply(POOL_CREDITS * len(PORTALS))
    if not User.objects.filter(tenant=None, email=ADMIN_EMAIL).exists():
        User.objects.create_superuser(ADMIN_EMAIL, PASSWORD)
    for portal in PORTALS:
        _create_portal(portal)


def make_sample_videos() -> int:
    """One after another, so that a visitor's own order never waits behind all of them."""
    made = 0
    for number, sample in enumerate(SAMPLES):
        tenant = Tenant.objects.get(slug=sample.portal)
        email = f"sample{number}@{sample.portal}.example"
        user = User.objects.get_by_email(tenant=tenant, email=email)
        generation = _order(user, sample, uuid.uuid5(uuid.NAMESPACE_DNS, email))
        if _wait_until_ready(generation):
            sharing.set_visibility(generation, Generation.Visibility.PUBLIC)
            made += 1
    return made


@transaction.atomic
def _create_portal(portal: DemoPortal) -> None:
    tenant, _ = Tenant.objects.get_or_create(
        slug=portal.slug,
        defaults={
            "name": portal.name,
            "style": portal.style,
            "mode": portal.mode,
            "owner_name": portal.owner_name,
            "welcome_credits": WELCOME_CREDITS,
            "support_email": f"help@{portal.slug}.example",
        },
    )
    Hostname.objects.get_or_create(
        host=f"{portal.slug}.{settings.PORTAL_BASE_DOMAIN}",
        defaults={"tenant": tenant, "is_primary": True},
    )
    packs.make_default_packs(tenant)
    packs.make_pool_packs()
    ledger.allocate_to_tenant(
        tenant, POOL_CREDITS, reference=f"demo-pool:{portal.slug}", note="for the demo"
    )
    _create_user(tenant, portal.owner, FAN_CREDITS, is_tenant_staff=True)
    _create_user(tenant, portal.fan, FAN_CREDITS, display_name="Robin")
    for number, sample in enumerate(SAMPLES):
        if sample.portal == portal.slug:
            email = f"sample{number}@{portal.slug}.example"
            _create_user(tenant, email, FOOTBALL_CREDITS, display_name=sample.fan)


def _create_user(tenant: Tenant, email: str, credits: int, **fields: object) -> None:
    user = User.objects.filter(tenant=tenant, email=email).first()
    if user is None:
        user = User.objects.create_user(tenant=tenant, email=email, password=PASSWORD, **fields)
    ledger.allocate_to_user(user, credits, reference=f"demo-wallet:{user.pk}", note="for the demo")


def _order(user: User, sample: Sample, nonce: uuid.UUID) -> Generation:
    earlier = Generation.objects.filter(user=user, order_nonce=nonce).first()
    if earlier:
        return earlier
    buffer = io.BytesIO()
    draw_portrait(sample.portrait).save(buffer, "PNG")
    photo = uploads.accept_photo(user, SimpleUploadedFile("photo.png", buffer.getvalue()))
    order = Order(
        nonce=nonce,
        product=Generation.Product.FOOTBALL,
        photo_id=photo.pk,
        credits=FOOTBALL_CREDITS,
        duration_seconds=FOOTBALL_SECONDS,
        ratio=FOOTBALL_RATIO,
        team_left=sample.left,
        team_right=sample.right,
    )
    return lifecycle.queue(user, order)


def _wait_until_ready(generation: Generation) -> bool:
    give_up_at = time.monotonic() + VIDEO_TIMEOUT_SECONDS
    while time.monotonic() < give_up_at:
        generation.refresh_from_db()
        if generation.status in TERMINAL:
            return generation.status == Status.READY
        time.sleep(0.5)
    return False
