"""Connected accounts: who they are and whether they may be paid."""

from lumiq_portal.embedded.stripe.errors import Refused
from lumiq_portal.embedded.stripe.state import State
from lumiq_portal.embedded.stripe.store import Body

KIND = "account"


def check_access(state: State, account: str) -> None:
    """Whether the platform may act for it."""
    found = state.store.find(KIND, account) if account else None
    if account and (found is None or found[1]["_is_deauthorized"]):
        raise Refused(
            f"The provided key does not have access to account '{account}' (or that account does "
            "not exist). Application access may have been revoked.",
            code="account_invalid",
            http_status=403,
            is_early=True,
        )


def check_may_charge(state: State, account: str) -> None:
    if account and not _get(state, account)["charges_enabled"]:
        raise Refused(
            "This account cannot currently make charges: its onboarding is not complete.",
            code="account_incomplete_onboarding",
        )


def _get(state: State, account: str) -> Body:
    return state.get("", KIND, account, param="account")
