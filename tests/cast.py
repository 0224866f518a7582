"""The people and things that tests are about: two portals, their users, builders for the rest."""

import io
import uuid
from dataclasses import dataclass, replace
from functools import cache

from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts import ledger, vouchers
from accounts.mails import outbox
from accounts.models import Hostname, Tenant, User, VoucherBatch
from generations import consents, keys, lifecycle, reconciliation, submissions
from generations.lifecycle import Order
from generations.lumiq.contract import Account, Submitted
from generations.models import Generation, LumiqAccount, Upload
from generations.states import Status

PASSWORD = "correct horse battery"
AURORA_HOST = "aurora.localhost"
BOREALIS_HOST = "borealis.localhost"
PLATFORM_HOST = "platform.localhost"
SUPPLY = 1_000_000
SANDBOX_KEY = "lmq_sandbox"


@dataclass(frozen=True)
class Cast:
    """Aurora with alice, bob and operator olga; Borealis with mallory; empty wallets."""

    aurora: Tenant
    borealis: Tenant
    alice: User
    bob: User
    olga: User
    mallory: User


def build_cast() -> Cast:
    aurora = build_tenant("Aurora", AURORA_HOST)
    borealis = build_tenant("Borealis", BOREALIS_HOST, style="knit", mode="light")
    return Cast(
        aurora=aurora,
        borealis=borealis,
        alice=build_user(aurora, "alice@example.org"),
        bob=build_user(aurora, "bob@example.org"),
        olga=build_user(aurora, "olga@example.org", is_tenant_staff=True),
        mallory=build_user(borealis, "mallory@example.org"),
    )


def build_tenant(name, host, *, pool=90_000, **fields):
    tenant = Tenant.objects.create(name=name, slug=name.lower(), **fields)
    Hostname.objects.create(tenant=tenant, host=host, is_primary=True)
    if ledger.supply_left() <= pool:
        _begin_supply()
    if pool:
        ledger.allocate_to_tenant(tenant, pool, reference=f"pool:{tenant.pk}")
    return tenant


def build_user(tenant, email, **fields):
    """As create_user makes them, without its checks: nearly every test begins with four."""
    user = User(tenant=tenant, email=email, password=_hash_password(), **fields)
    user.save(force_insert=True)
    return user


@cache
def _hash_password():
    return make_password(PASSWORD)


def _begin_supply():
    """What the first fill_supply leaves behind, in a tenth of its statements."""
    key = keys.ensure_configured_key()
    now = timezone.now()
    key.account = LumiqAccount.objects.create(
        name=f"key {key.fingerprint}",
        balance_credits=SUPPLY,
        bought_credits=SUPPLY,
        spent_credits=0,
        spent_before_credits=0,
        read_at=now,
        seen_at=now,
        settled_at=now,
    )
    key.save(update_fields=["account"])
    ledger.record_supply(SUPPLY, reference="supply:first")


def fill_supply(credits=SUPPLY):
    """As if LUMIQ had told of this balance."""
    key = keys.ensure_configured_key()
    told = Account(credits_balance=credits, email="", total_api_calls=0, total_credits_spent=0)
    reconciliation.record_account(key, told, began_at=timezone.now())
    return key


def give(user, credits):
    ledger.allocate_to_user(user, credits, reference=f"gift:{uuid.uuid4()}")


def build_photo_bytes(width=640, height=800, kind="JPEG", colour=(200, 120, 90), **options):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, kind, **options)
    return buffer.getvalue()


def build_photo_file(name="photo.jpg", **options):
    return SimpleUploadedFile(name, build_photo_bytes(**options), content_type="image/jpeg")


def build_upload(user, *, data=None, kind=Upload.Kind.PHOTO):
    data = data or build_photo_bytes()
    upload = Upload(
        tenant=user.tenant,
        user=user,
        kind=kind,
        content_type="image/jpeg",
        size_bytes=len(data),
        sha256="0" * 64,
        width=640,
        height=800,
    )
    upload.file.save(f"t/{user.tenant_id}/u/{upload.pk}.jpg", ContentFile(data), save=True)
    return upload


def build_order(user, *, left="Brazil", right="France", nonce=None, photo=None):
    return Order(
        nonce=nonce or uuid.uuid4(),
        product=Generation.Product.FOOTBALL,
        photo_id=(photo or build_upload(user)).pk,
        credits=90,
        duration_seconds=10,
        ratio="16:9",
        team_left=left,
        team_right=right,
    )


def queue_video(user, **options):
    """An order that is paid for: the user gets the credits first."""
    give(user, 90)
    return lifecycle.queue(user, build_order(user, **options))


def queue_test_video(user, *, scenario="", **options):
    """As with a test key: for no credits, and never paid for."""
    order = replace(build_order(user, **options), is_test=True, test_scenario=scenario)
    return lifecycle.queue(user, order)


def make_ready(user, *, video=b"not really a video", **options):
    """A delivered video without LUMIQ: through every state of the lifecycle all the same."""
    return finish(queue_video(user, **options), video=video)


def finish(generation, *, video=b"not really a video", poster=None):
    submission = submissions.start(generation.pk, keys.ensure_configured_key())
    submissions.commit(submission.attempt)
    task_id = uuid.uuid4().hex[:8]
    submissions.mark_submitted(
        submission.attempt, Submitted(task_id, "processing", 90, SUPPLY, "", "")
    )
    token = lifecycle.claim(generation.pk, Status.PROCESSING)
    lifecycle.start_retrieval(generation.pk, token)
    stem = f"t/{generation.tenant_id}/g/{generation.pk}/abc"
    stored = lifecycle.StoredVideo(
        video=default_storage.save(f"{stem}.mp4", ContentFile(video)),
        poster=default_storage.save(
            f"{stem}.jpg", ContentFile(poster or build_photo_bytes(320, 180))
        ),
        size_bytes=len(video),
        sha256="1" * 64,
        width=1280,
        height=720,
        duration_ms=10_000,
    )
    lifecycle.complete(generation.pk, token, stored)
    generation.refresh_from_db()
    return generation


def send_mails():
    """What a worker does with the outbox of mails."""
    return outbox.wake(inline=True)


def build_consent(name):
    """To a video of that person, as a draft and generations.consents.record take it."""
    return consents.Given(
        purpose="making", relation="adult", subject_name=name, statement="Fine.",
        statement_version="1", statement_sha256="0" * 64, locale="en",
        given_at=timezone.now().isoformat(), network="", user_agent_sha256="0" * 64,
    ).as_json()  # fmt: skip


def build_voucher_batch(tenant, *, wording="", **fields):
    """Paid for by the tenant's pool; one code of 90 credits unless told."""
    batch = VoucherBatch(tenant=tenant, **{"name": "Campaign", "credits": 90, **fields})
    vouchers.make(batch, wording=wording)
    return batch
