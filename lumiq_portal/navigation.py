"""The side bar of the platform's admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

_GROUPS = {
    "Portals": [
        ("Tenants", "storefront", "accounts_tenant"),
        ("Users", "group", "accounts_user"),
        ("API keys", "key", "accounts_apikey"),
        ("Mails", "mail", "accounts_mail"),
    ],
    "Sales": [
        ("Packs", "sell", "accounts_pack"),
        ("Purchases", "shopping_cart", "accounts_purchase"),
        ("Stripe events", "inbox", "accounts_stripeevent"),
        ("Stripe accounts", "account_balance", "accounts_stripeaccount"),
    ],
    "Videos": [
        ("Generations", "movie", "generations_generation"),
        ("Share links", "link", "generations_sharelink"),
        ("Places in line", "low_priority", "generations_line"),
        ("Voices", "record_voice_over", "generations_voice"),
    ],
    "Webhooks": [
        ("Endpoints", "webhook", "generations_webhookendpoint"),
        ("Deliveries", "outbox", "generations_delivery"),
    ],
    "Credits": [
        ("Transactions", "receipt_long", "accounts_credittransaction"),
        ("Accounts", "account_balance_wallet", "accounts_creditaccount"),
        ("Holds", "hourglass_top", "accounts_credithold"),
    ],
    "Vouchers": [
        ("Batches", "redeem", "accounts_voucherbatch"),
        ("Codes", "qr_code", "accounts_voucher"),
        ("Redemptions", "how_to_reg", "accounts_redemption"),
    ],
    "LUMIQ": [
        ("Master keys", "vpn_key", "generations_lumiqkey"),
        ("Accounts at LUMIQ", "account_balance", "generations_lumiqaccount"),
        ("Alerts", "notification_important", "generations_alert"),
    ],
}


def admin_navigation(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "separator": True,
            "items": [
                {"title": name, "icon": icon, "link": reverse(f"admin:{model}_changelist")}
                for name, icon, model in entries
            ],
        }
        for title, entries in _GROUPS.items()
    ]
