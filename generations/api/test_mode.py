"""Orders with a test key: whether one is taken, and what is to go wrong with it.

docs/sandbox.md has the scenarios as the caller sees them.
"""

from django.http import HttpRequest

from generations import keys, test_mode
from generations.api.auth import calling_key
from generations.api.errors import SUPPLY_EXHAUSTED, TEST_MODE_OFF, UNKNOWN_SCENARIO, ApiError
from generations.lumiq import contract
from generations.lumiq.contract import ErrorRow

RETRY_AFTER_SECONDS = 30
# What the caller meets before there is an order: answered here, row and seconds of Retry-After.
ANSWERED: dict[str, tuple[ErrorRow, int | None]] = {
    "rate-limited": (contract.RATE_LIMITED, RETRY_AFTER_SECONDS),
    "rate-limited-bare": (contract.RATE_LIMITED, None),
    "internal-error": (contract.INTERNAL_ERROR, None),
    "unavailable": (SUPPLY_EXHAUSTED, None),
    "revoked-key": (contract.INVALID_KEY, None),
    "out-of-credits": (contract.INSUFFICIENT_CREDITS, None),
}
# What the sandbox does with the order. Its others would keep a worker waiting that paid videos
# need, or are about downloads, which the caller makes from the portal.
PASSED_ON = (
    "failing", "never-finishing",
    "webhook-lost", "webhook-late", "webhook-repeated",
    "webhook-forged-task", "webhook-forged-status", "webhook-forged-token",
    "reset-before", "reset-after", "accepted-error",
    "garbage", "truncated", "truncated-after-task-id", "price-drift",
)  # fmt: skip


def admit(request: HttpRequest) -> str:
    """What the sandbox is to do with a test order, "" for nothing; always "" with a live key.

    Raises ApiError where no order is to come of it.
    """
    key = calling_key(request)
    if not key.is_test:
        return ""
    scenario = request.headers.get(keys.SCENARIO_HEADER, "").strip()
    if scenario in ANSWERED:
        row, retry_after = ANSWERED[scenario]
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        detail = f"Simulated, as {keys.SCENARIO_HEADER} asked for. Nothing was ordered."
        raise ApiError(row, detail, headers=headers)
    if scenario and scenario not in PASSED_ON:
        known = ", ".join((*ANSWERED, *PASSED_ON))
        raise ApiError(UNKNOWN_SCENARIO, f"{keys.SCENARIO_HEADER} may be: {known}.")
    if keys.ensure_test_key() is None:
        raise ApiError(
            TEST_MODE_OFF,
            "Test mode is not set up on this portal. Nothing was ordered; a live key makes videos.",
        )
    if not test_mode.has_room(key.user):
        raise ApiError(
            contract.RATE_LIMITED,
            f"{test_mode.MOST_ON_THEIR_WAY} of your test videos are being made. Nothing was "
            "ordered; try again when one is done.",
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    return scenario
