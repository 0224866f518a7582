"""What each kind of alert costs and what to do about it, in words for the operators. Pure."""

from dataclasses import dataclass

from generations.models.alert import AlertKind


@dataclass(frozen=True)
class Advice:
    cost: str
    remedy: str


ADVICE: dict[AlertKind, Advice] = {
    AlertKind.KEY_REFUSED: Advice(
        cost=(
            "No new video is sent with this key, and those it has begun cannot be fetched. Without "
            "another key orders wait in line; after 24 hours their credits go back to the fans."
        ),
        remedy=(
            "Look at LUMIQ whether the key was revoked. Then add a new one in the admin under "
            "Master keys, or set LUMIQ_API_KEY. Keep the old one, inactive, until its videos are "
            "fetched."
        ),
    ),
    AlertKind.KEY_DRY: Advice(
        cost=(
            "No new video can be made on this account. Orders wait in line; after 24 hours their "
            "credits go back to the fans. Videos that are being made are paid for already."
        ),
        remedy="Buy credits at LUMIQ. The portal sees them within five minutes and goes on.",
    ),
    AlertKind.KEY_UNCLEAR: Advice(
        cost=(
            "Each of these sends may have been billed by LUMIQ without a video for anybody. The "
            "fans get their credits back after 35 minutes; the loss is the platform's."
        ),
        remedy=(
            "Look whether LUMIQ has trouble, and whether the way from this site to it and back is "
            "sound (proxies, timeouts, PORTAL_CALLBACK_BASE_URL). The attempts are listed in the "
            "admin, in each generation. Where it goes on, switch the key off in the admin: orders "
            "then wait instead of being lost."
        ),
    ),
    AlertKind.BALANCE_LOW: Advice(
        cost="Nothing yet. At 0 orders are refused or wait.",
        remedy="Buy credits at LUMIQ before they run out: 90 make a football video of 10 seconds.",
    ),
    AlertKind.DRIFT: Advice(
        cost=(
            "LUMIQ has taken credits that the ledger knows nothing of, or the other way round. "
            "Until it is explained, the supply may promise credits that are not there."
        ),
        remedy=(
            "Run `manage.py doctor --ask-lumiq`. Does anybody else use this account at LUMIQ? Were "
            "videos billed that nobody got (admin, transactions of the kind loss)?"
        ),
    ),
    AlertKind.PRICE: Advice(
        cost="The difference is the platform's for each such video; the fans pay what was agreed.",
        remedy=(
            "Look at LUMIQ's price list. Prices stand in generations/lumiq/contract.py; a new "
            "version of the portal brings new ones."
        ),
    ),
    AlertKind.RATE_LIMITED: Advice(
        cost="Videos are sent later than they could be; none is lost.",
        remedy=(
            "See that nobody else uses the key, that no other site has it, and that "
            "LUMIQ_REQUESTS_PER_MINUTE is not more than LUMIQ allows the key."
        ),
    ),
    AlertKind.FILE_LATE: Advice(
        cost=(
            "LUMIQ deletes a finished file after 30 days. Then the fan gets the credits back, and "
            "what LUMIQ took for the video is the platform's loss."
        ),
        remedy=(
            "See in the admin, in the generation, why the copying fails: the key that ordered it "
            "must be readable and accepted, the storage must take files. It is tried every hour."
        ),
    ),
    AlertKind.PURCHASE_MISMATCH: Advice(
        cost=(
            "Nothing was credited. Either somebody tried to get credits for another payment, or a "
            "buyer has paid and got nothing."
        ),
        remedy=(
            "Compare the purchase in the admin with its session at Stripe. Refund what was paid "
            "there, or give the credits by hand. Then end the trouble by the action above the list "
            "of purchases."
        ),
    ),
    AlertKind.PURCHASE_SHORT: Advice(
        cost="Somebody has paid, or won a dispute, and waits for credits that are not there.",
        remedy=(
            "Allocate credits to the portal; for a top-up, buy credits at LUMIQ. The purchase is "
            "completed within the hour. Or refund it in the admin."
        ),
    ),
    AlertKind.ACCOUNT_STOPPED: Advice(
        cost="The portal's shop is closed; nothing is sold for it through the platform instead.",
        remedy=(
            "Its staff have a mail. They go on at Stripe, or connect another account, in the "
            "portal's admin under Stripe account. Purchases that ended meanwhile with the reason "
            "“account” may have been paid: only that account's owner can tell."
        ),
    ),
    AlertKind.STUCK: Advice(
        cost="A fan waits for a video, with the credits held.",
        remedy="Run `manage.py doctor`: it says whether beat, the workers and Redis do their work.",
    ),
}
