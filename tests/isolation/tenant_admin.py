"""Every address of the tenants' admin, and a row of each kind, marked, for each portal.

A model that is registered there needs a row in `build_rows`; all tests of test_tenant_admin.py then
hold for it.
"""

import re
import uuid
from dataclasses import dataclass

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern
from django.utils import timezone

from accounts import api_keys, ledger, vouchers
from accounts.models import (
    ApiKey,
    CreditLeg,
    Pack,
    Purchase,
    PurchaseDispute,
    Redemption,
    StripeAccount,
    Tenant,
    TopUp,
    User,
    Voucher,
    VoucherBatch,
)
from generations.models import Delivery, Generation, ShareLink, WebhookEndpoint
from generations.outgoing import endpoints, events
from tests.cast import build_user, build_voucher_batch, make_ready
from tests.fixtures.payments import build_pack

OBJECT = "<path:object_id>"


@dataclass
class Side:
    """One portal's staff, and rows by model. `mark` is in all that can be read of them."""

    tenant: Tenant
    host: str
    staff: User
    mark: str
    rows: dict


def build_side(tenant, host, mark):
    Tenant.objects.filter(pk=tenant.pk).update(name=f"{mark} portal", owner_name=f"{mark} portal")
    tenant.refresh_from_db()
    staff = build_user(tenant, f"{mark}-staff@example.org", is_tenant_staff=True)
    return Side(tenant, host, staff, mark, build_rows(tenant, staff, mark))


def build_rows(tenant, staff, mark):
    fan = build_user(tenant, f"{mark}-fan@example.org", display_name=f"{mark} fan")
    ledger.allocate_to_user(fan, 7, reference=f"{mark}-gift", note=f"{mark} gift")
    video = make_ready(fan)
    Generation.objects.filter(pk=video.pk).update(caption=f"{mark} caption", visibility="public")
    ShareLink.objects.filter(generation=video).update(name=f"{mark} link")
    endpoint = endpoints.create(fan, url=f"https://{mark}.example.com/", events=["video.failed"])
    batch = build_voucher_batch(
        tenant, wording=f"{mark} code", uses_a_code=2, name=f"{mark} batch", note=f"{mark} note"
    )
    LogEntry.objects.create(
        user=staff,
        content_type=ContentType.objects.get_for_model(User),
        object_id=fan.pk,
        object_repr=f"{mark} entry",
        action_flag=CHANGE,
        change_message=f"{mark} message",
    )
    pack = Pack.objects.create(name=f"{mark} credits", credits=600)
    top_up = TopUp.objects.create(
        tenant=tenant, user=staff, is_top_up=True, pack=pack, nonce=uuid.uuid4(), credits=600,
        pack_name=f"{mark} top-up", amount_minor=1000, currency="usd", livemode=False,
        expires_at=timezone.now(),
    )  # fmt: skip
    own_pack = build_pack(tenant, name=f"{mark} pack")
    sold = Purchase.objects.create(
        tenant=tenant, user=fan, pack=own_pack, nonce=uuid.uuid4(), credits=600,
        pack_name=f"{mark} sold", amount_minor=1000, currency="usd", livemode=False,
        stripe_account=f"acct_{mark}", status="paid", session_id=f"cs_{mark}",
        payment_intent=f"pi_{mark}", paid_at=timezone.now(), expires_at=timezone.now(),
        receipt_url=f"https://stripe.example/{mark}",
    )  # fmt: skip
    PurchaseDispute.objects.create(
        purchase=sold, dispute_id=f"dp_{mark}", amount_minor=1, state="inquiry"
    )
    account = StripeAccount.objects.create(tenant=tenant, account_id=f"acct_{mark}")
    return {
        User: fan,
        Tenant: tenant,
        ApiKey: api_keys.issue(fan, name=f"{mark} key")[0],
        StripeAccount: account,
        TopUp: top_up,
        Pack: own_pack,
        Purchase: sold,
        CreditLeg: CreditLeg.objects.get(account__user=fan, transaction__note=f"{mark} gift"),
        Generation: video,
        ShareLink: ShareLink.objects.get(generation=video),
        WebhookEndpoint: endpoint,
        Delivery: Delivery.objects.get(pk=events.ping(endpoint).pk),
        VoucherBatch: batch,
        Voucher: batch.vouchers.get(),
        Redemption: vouchers.redeem(fan, f"{mark} code"),
    }


def list_address(model, end=""):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{end}"


def plain_addresses(site):
    """Of all patterns there are, those that name no object."""
    found = set()
    for route in _routes(site.get_urls()):
        if OBJECT not in route:
            for app in {model._meta.app_label for model in site._registry}:
                named = re.sub(r"\^?\(\?P<app_label>.*\)/\$", f"{app}/", route)
                found.add("/" + re.sub(r"\(\?P<url>\.\*\)\$", "nowhere/", named))
    return sorted(found)


def object_addresses(site, rows):
    """The others, with the row of their model: {address: row}."""
    found = {}
    for route in _routes(site.get_urls()):
        if OBJECT in route:
            [row] = [
                row for model, row in rows.items() if f"/{route}".startswith(list_address(model))
            ]
            found["/" + route.replace(OBJECT, str(row.pk))] = row
    return found


def _routes(patterns, prefix="admin/"):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _routes(pattern.url_patterns, route)
