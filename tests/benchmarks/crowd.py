"""A line of many: 100,000 queued videos over 1,000 portals, written by the database itself."""

import uuid
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import Tenant, User
from generations.models import Generation, Line, Upload

PORTALS = 1_000
VIDEOS = 100_000
USERS_A_PORTAL = 2


def build_crowd():
    """For PostgreSQL."""
    tenants = Tenant.objects.bulk_create(
        Tenant(name=f"Portal {n}", slug=f"portal-{n}") for n in range(PORTALS)
    )
    users = User.objects.bulk_create(
        User(tenant=tenant, email=f"fan{n}@example.org")
        for tenant in tenants
        for n in range(USERS_A_PORTAL)
    )
    Line.objects.bulk_create(
        Line(tenant=tenant, position=number) for number, tenant in enumerate(tenants)
    )
    _copy(_first_video(users[0]), VIDEOS)
    return tenants


def _first_video(user):
    photo = Upload.objects.create(
        tenant=user.tenant, user=user, kind="photo", file="x.jpg", content_type="image/jpeg",
        size_bytes=1, sha256="0" * 64, width=1, height=1,
    )  # fmt: skip
    now = timezone.now() - timedelta(hours=1)
    return Generation.objects.create(
        id=uuid.uuid4(), tenant=user.tenant, user=user, product="football", photo=photo,
        team_left="Brazil", team_right="France", duration_seconds=10, ratio="16:9", credits=90,
        status_at=now, due_at=now,
    )  # fmt: skip


def _copy(video, count):
    """`count` copies, dealt to portals and users in turn, each user's in their own rounds."""
    varying = {
        "id": "gen_random_uuid()",
        "order_nonce": "gen_random_uuid()",
        "tenant_id": f"{_lowest(Tenant)} + n %% {PORTALS}",
        "user_id": f"{_lowest(User)} + (n %% {PORTALS}) * {USERS_A_PORTAL}"
        f" + (n / {PORTALS}) %% {USERS_A_PORTAL}",
        "round": f"1 + n / {PORTALS * USERS_A_PORTAL}",
        "created_at": "created_at + n * interval '1 millisecond'",
    }
    columns = [field.column for field in Generation._meta.concrete_fields]
    values = [varying.get(column, column) for column in columns]
    table = Generation._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"  # noqa: S608
            f" FROM {table}, generate_series(0, {count - 1}) AS n WHERE id = %s",
            [video.pk],
        )
    video.delete()


def _lowest(model):
    return model.objects.order_by("pk").values_list("pk", flat=True).first()
