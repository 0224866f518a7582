"""Connected accounts: made, taken through onboarding, restricted, and lost again.

They belong to the platform; what they sell lies in a namespace of their own.
"""

from typing import Any

from lumiq_portal.embedded.stripe.errors import Refused, invalid, no_such
from lumiq_portal.embedded.stripe.events import emit
from lumiq_portal.embedded.stripe.payment_bodies import APPLICATION
from lumiq_portal.embedded.stripe.state import State, new_id
from lumiq_portal.embedded.stripe.store import Body

KIND, LINK = "account", "account_link"
LINK_LIFETIME_SECONDS = 5 * 60
# What onboarding asks for.
WANTED = ["business_profile.url", "external_account", "tos_acceptance.date"]
_CURRENCIES = {
    "AE": "aed", "AU": "aud", "BR": "brl", "CA": "cad", "CH": "chf", "CZ": "czk", "DK": "dkk",
    "GB": "gbp", "HK": "hkd", "HU": "huf", "IN": "inr", "JP": "jpy", "MX": "mxn", "MY": "myr",
    "NO": "nok", "NZ": "nzd", "PL": "pln", "RO": "ron", "SE": "sek", "SG": "sgd", "TH": "thb",
    "US": "usd",
}  # fmt: skip


def check_access(state: State, account: str) -> None:
    """Whether the platform may act for it."""
    found = state.store.find(KIND, account) if account else None
    if account and (found is None or found[1]["_is_deauthorized"]):
        raise _no_access(account)


def check_may_charge(state: State, account: str) -> None:
    if account and not state.get("", KIND, account)["charges_enabled"]:
        raise Refused(
            "This account cannot currently make charges: its onboarding is not complete.",
            code="account_incomplete_onboarding",
        )


def create(state: State, account: str, params: dict[str, Any]) -> Body:
    if account:
        raise Refused("Connected accounts cannot have accounts of their own.", http_status=403)
    if "type" in params and "controller" in params:
        raise invalid("You may give only one of type and controller.", "controller")
    with state.transaction():
        return state.add("", _build_account(state, params))


def retrieve(state: State, account: str, _params: dict[str, Any], key: str) -> Body:
    if account and account != key:
        raise _no_access(key)
    check_access(state, key)
    return state.get("", KIND, key, param="account")


def create_link(state: State, account: str, params: dict[str, Any]) -> Body:
    found = retrieve(state, account, {}, params["account"])
    key = new_id("alu", 40)
    with state.transaction():
        return state.add(
            "",
            {
                "object": LINK,
                "created": state.now,
                "expires_at": state.now + LINK_LIFETIME_SECONDS,
                "url": f"{state.base_url}/onboard/{key}",
                "_key": key,
                "_account": found["id"],
                "_return_url": params["return_url"],
                "_refresh_url": params["refresh_url"],
                "_state": "new",
            },
        )


def open_link(state: State, key: str) -> tuple[Body, Body]:
    """The link and its account. A link is good for one visit: `_state` says which this is."""
    with state.transaction():
        link = state.get("", LINK, key)
        was = link["_state"]
        if link["expires_at"] <= state.now:
            was = "expired"
        elif was == "new":
            link["_state"] = "visited"
            state.save(link)
        return {**link, "_state": was}, state.get("", KIND, link["_account"])


def leave_link(state: State, key: str, *, is_complete: bool) -> Body:
    """The person goes back to the portal, with all that is wanted given or not."""
    with state.transaction():
        link = state.get("", LINK, key)
        if link["_state"] != "visited" or link["expires_at"] <= state.now:
            raise Refused("This link has been used.", "account_link", http_status=409)
        link["_state"] = "used"
        state.save(link)
        if is_complete:
            complete(state, link["_account"])
        return link


def complete(state: State, key: str) -> Body:
    """All that is wanted was given, and found to be in order."""
    with state.transaction():
        account = state.get("", KIND, key)
        account.update(charges_enabled=True, details_submitted=True, payouts_enabled=True)
        account["requirements"] = _build_requirements([])
        account["capabilities"] = dict.fromkeys(account["capabilities"], "active")
        return _update(state, account)


def restrict(state: State, key: str) -> Body:
    """Stripe wants to know more, and lets it make no charges until then."""
    with state.transaction():
        account = state.get("", KIND, key)
        account.update(charges_enabled=False, payouts_enabled=False)
        account["requirements"] = _build_requirements(["individual.verification.document"])
        account["capabilities"] = dict.fromkeys(account["capabilities"], "inactive")
        return _update(state, account)


def deauthorize(state: State, key: str) -> Body:
    """The account's owner has cut the tie to the platform."""
    with state.transaction():
        check_access(state, key)
        account = state.get("", KIND, key)
        account["_is_deauthorized"] = True
        state.save(account)
        application = {"id": APPLICATION, "object": "application", "name": "Portal platform"}
        emit(state, key, "account.application.deauthorized", application)
        return account


def _update(state: State, account: Body) -> Body:
    state.save(account)
    emit(state, account["id"], "account.updated", account)
    return account


def _no_access(account: str) -> Refused:
    if not account.startswith("acct_"):
        return no_such(KIND, account, param="account")
    return Refused(
        f"The provided key does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked.",
        code="account_invalid",
        http_status=403,
        is_early=True,
    )


def _build_account(state: State, params: dict[str, Any]) -> Body:
    kind = params.get("type", "none" if "controller" in params else "standard")
    wanted = params.get("capabilities") or {"card_payments": {}, "transfers": {}}
    country = params.get("country", "US")
    return {
        "id": new_id("acct", 16),
        "object": KIND,
        "business_profile": _build_profile(params.get("business_profile", {})),
        "business_type": params.get("business_type"),
        "capabilities": dict.fromkeys(wanted, "inactive"),
        "charges_enabled": False,
        "controller": _build_controller(kind, params.get("controller", {})),
        "country": country,
        "created": state.now,
        "default_currency": params.get("default_currency", _CURRENCIES.get(country, "eur")),
        "details_submitted": False,
        "email": params.get("email"),
        "external_accounts": {"object": "list", "data": [], "has_more": False, "url": ""},
        "future_requirements": _build_requirements([]),
        "metadata": params.get("metadata", {}),
        "payouts_enabled": False,
        "requirements": _build_requirements(WANTED),
        "settings": None,
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": kind,
        "_is_deauthorized": False,
    }


def _build_profile(given: dict[str, Any]) -> Body:
    fields = ("mcc", "name", "product_description", "support_email", "url")
    return {name: given.get(name) for name in fields}


def _build_controller(kind: str, given: dict[str, Any]) -> Body:
    if kind != "none":
        return {"type": "application", "is_controller": True}
    defaults = {
        "fees": {"payer": "account"},
        "losses": {"payments": "stripe"},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": "full"},
    }
    return {"type": "application", "is_controller": True, **defaults, **given}


def _build_requirements(wanted: list[str]) -> Body:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": wanted,
        "disabled_reason": "requirements.past_due" if wanted else None,
        "errors": [],
        "eventually_due": wanted,
        "past_due": wanted,
        "pending_verification": [],
    }
