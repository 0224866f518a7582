"""Two portals with rows of every kind, marked, and what their staff may not find out."""

import re

from django.contrib.admin.models import LogEntry

from accounts.models import (
    ApiKey,
    CreditTransaction,
    Pack,
    PackPrice,
    Purchase,
    PurchaseDispute,
    Redemption,
    StripeAccount,
    Tenant,
    User,
    Voucher,
    VoucherBatch,
)
from accounts.tenant_admin.site import tenant_site
from generations.models import Delivery, Generation, WebhookEndpoint
from tests.isolation.probe_urls import probe_site

OURS, THEIRS = "kestrel", "canary"
SITES = {"the portals' own": tenant_site, "one that may do everything": probe_site}


def everything():
    """All that somebody could have changed."""
    tables = (
        User,
        Tenant,
        ApiKey,
        Generation,
        WebhookEndpoint,
        Delivery,
        CreditTransaction,
        VoucherBatch,
        Voucher,
        Redemption,
        LogEntry,
        Purchase,
        PurchaseDispute,
        Pack,
        PackPrice,
        StripeAccount,
    )
    return {model: list(model._base_manager.order_by("pk").values()) for model in tables}


def act(name, *rows):
    chosen = [row.pk for row in rows]
    return {"action": name, "_selected_action": chosen, "index": "0", "post": "yes"}


def no_inlines():
    return {"deliveries-TOTAL_FORMS": "0", "deliveries-INITIAL_FORMS": "0"}


def rows_of(side):
    return {
        model: model._base_manager.filter(pk=row.pk).values().get()
        for model, row in side.rows.items()
    }


def nothing_like(pk):
    """A key of the same kind that no row has."""
    return "987654321" if isinstance(pk, int) else "8d8ac610-566d-4ef0-9c22-186b2a5ed793"


def shape_of(answer, pk):
    """What an answer tells, but for the key that was asked for and the form's token."""
    told = answer.status_code, answer.headers.get("Location", ""), answer.content.decode()
    return re.sub(r'value="\w{64}"', "", str(told)).replace(f"/{pk}/", "/·/")


def leads_to_sign_in(answer):
    place = answer.headers["Location"]
    return place.startswith(("/admin/login/?", "/account/sign-in/?"))


def body_of(answer):
    return answer.getvalue().decode() + str(dict(answer.headers)) + str(answer.cookies)
