"""A fan who has one of everything that a page can show, for looks at all pages.

`manage.py shell -c "from tests.showcase import main; main()"` fills every portal of a running demo
and prints the pages. Nothing moves afterwards: what waits is due in a year.
"""

import io
import json
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts import api_keys, packs, people, purchases
from accounts.mails import choices
from accounts.models import Pack, Tenant, User
from generations import consents, drafts, keys, lifecycle, sharing, submissions, uploads
from generations.lumiq.contract import Submitted
from generations.models import Delivery, Generation
from generations.outgoing import endpoints, events
from generations.sandbox.portraits import draw_portrait
from generations.states import Reason
from tests.cast import PASSWORD, SUPPLY, build_consent, build_order, finish, give
from tests.clips import build_clip_bytes

LATER = timedelta(days=365)
CREDITS = 1_200


def main():
    found = {}
    for tenant in Tenant.objects.all():
        fan = User.objects.get(tenant=tenant, email=f"fan@{tenant.slug}.example")
        found[tenant.slug] = fill(fan)
    print(json.dumps(found))


@transaction.atomic
def fill(fan):
    """Returns {name of a page: its path}, for the pages that show what was made here."""
    give(fan, CREDITS)
    ready = _deliver(fan)
    Generation.objects.filter(pk=ready.pk).update(caption="Row 14, and all of us stood")
    share, gone, locked = (
        sharing.create_link(ready, name=name, password=password)
        for name, password in (("My friends", ""), ("Old one", ""), ("The club", "row 14"))
    )
    sharing.revoke_link(gone)
    consents.record(ready, build_consent("Robin"))
    _answer_half(fan)
    videos = {
        "ready": ready,
        "in-line": _queue(fan, "Netherlands", "South Korea"),
        "being-made": _submit(_queue(fan, "Saudi Arabia", "United States")),
        "not-made": _fail(_queue(fan, "Mexico", "Germany")),
        "cancelled": _cancel(_queue(fan, "Italy", "Egypt")),
        "avatar": _queue_avatar(fan),
    }
    Generation.objects.filter(user=fan).active().update(due_at=timezone.now() + LATER)
    return {
        **{f"video-{name}": video.get_absolute_url() for name, video in videos.items()},
        "share": share.get_absolute_url(),
        "share-sheet": f"{share.get_absolute_url()}share/",
        "share-embed": f"{share.get_absolute_url()}embed/",
        "share-password": locked.get_absolute_url(),
        "share-embed-refused": f"{locked.get_absolute_url()}embed/",
        "share-gone": gone.get_absolute_url(),
        "share-embed-gone": f"{gone.get_absolute_url()}embed/",
        "video-consent": f"{ready.get_absolute_url()}consent/",
        "video-deletion": f"/videos/deletion/?video={ready.pk}",
        "link-form": f"{ready.get_absolute_url()}share-links/{share.pk}/",
        "video-embedding": f"{ready.get_absolute_url()}embedding/",
        **_account_pages(fan),
    }


def _account_pages(fan):
    key, _ = api_keys.issue(fan, name="Fan wall")
    hook = endpoints.create(fan, url="https://example.com/hooks", events=[], description="Wall")
    packs.make_default_packs(fan.tenant)
    pack = Pack.objects.for_tenant(fan.tenant).on_sale()[0]
    purchase = purchases.start(fan, pack.pk, nonce=uuid.uuid4())
    delivery = events.ping(hook)
    Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.DEAD)
    off = choices.build_off_url(fan, "wants_ready_mails")
    return {
        "mails-off": urlsplit(off).path,
        "password-reset-confirm": urlsplit(people.password_reset_url(_forgetful(fan))).path,
        "webhook-delivery": f"/account/webhooks/deliveries/{delivery.pk}/",
        "purchase": f"/wallet/purchases/{purchase.pk}/",
        "api-key": f"/account/keys/{key.pk}/",
        "webhook": f"/account/webhooks/{hook.pk}/",
    }


def _forgetful(fan):
    """Somebody else: whoever signs in makes the address in an older mail void."""
    email = f"forgetful@{fan.tenant.slug}.example"
    return User.objects.create_user(tenant=fan.tenant, email=email, password=PASSWORD)


def _answer_half(fan):
    """Two orders that only need their last click."""
    picture = io.BytesIO()
    draw_portrait(2).save(picture, "PNG")
    photo = uploads.accept_photo(fan, SimpleUploadedFile("photo.png", picture.getvalue()))
    for product in (Generation.Product.FOOTBALL, Generation.Product.AVATAR):
        drafts.put_photo(drafts.begin(fan, product), photo)
    football = drafts.find(fan, Generation.Product.FOOTBALL)
    given = [build_consent("Robin")]
    drafts.change(football, consents=given, team_left="Brazil", team_right="France")
    avatar = drafts.find(fan, Generation.Product.AVATAR)
    drafts.put_clip(avatar, _upload_clip(fan))
    drafts.change(avatar, consents=given)


def _deliver(fan):
    """With the files of the demo's newest sample, beside which it would show twice in the gallery;
    without a demo it is the one that the gallery shows."""
    sample = Generation.objects.in_gallery(fan.tenant).first()
    if sample is None:
        made = finish(_queue(fan, "Brazil", "France"))
        sharing.set_visibility(made, Generation.Visibility.PUBLIC)
        return made
    made = _queue(fan, sample.team_left, sample.team_right)
    with sample.video.open() as video, sample.poster.open() as poster:
        return finish(made, video=video.read(), poster=poster.read())


def _queue(fan, left, right):
    return lifecycle.queue(fan, build_order(fan, left=left, right=right))


def _queue_avatar(fan):
    football = build_order(fan)
    order = replace(
        football,
        product=Generation.Product.AVATAR,
        ratio="9:16",
        team_left="",
        team_right="",
        clip_id=_upload_clip(fan).pk,
    )
    return lifecycle.queue(fan, order)


def _upload_clip(fan):
    with TemporaryDirectory() as folder:
        clip = SimpleUploadedFile("clip.mp4", build_clip_bytes(Path(folder)))
    return uploads.accept_clip(fan, clip)


def _submit(generation):
    submission = submissions.start(generation.pk, keys.ensure_configured_key())
    submissions.commit(submission.attempt)
    task = Submitted(uuid.uuid4().hex[:8], "processing", 90, SUPPLY, "", "")
    submissions.mark_submitted(submission.attempt, task)
    return generation


def _fail(generation):
    lifecycle.refuse_files(generation.pk, Reason.PHOTO_UNUSABLE, note="no face found")
    return generation


def _cancel(generation):
    lifecycle.cancel(generation)
    return generation
