"""Buying packs: reserve, pay at Stripe, credit exactly once, take back what is refunded.

The only writer of purchases. The network is never asked inside a transaction. A purchase is brought
in line with Stripe by `settle`, which anybody may call at any time: webhook, success page, beat.
"""

import contextlib
import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import ledger, money, packs, stripe_gateway
from accounts.errors import (
    InsufficientCredits,
    NotOnSale,
    PurchaseClosed,
    SoldOut,
    StripeAccountLost,
    StripeObjectUnknown,
    StripeRefused,
    TooManyPurchases,
)
from accounts.models import Pack, Purchase, Tenant, User
from accounts.models.purchase import PurchaseQuerySet
from accounts.numbers import format_number
from accounts.payments import Order
from accounts.purchase_steps import StaleLook, apply, close

logger = logging.getLogger(__name__)

Status = Purchase.Status
Reason = Purchase.Reason

MOST_OPEN = 3
# Stripe takes no less than half an hour, counted on its own clock when the call arrives.
CHECKOUT_LASTS = timedelta(minutes=30, seconds=30)
# Until somebody looks whether a checkout has closed that nobody told us of.
LOOK_AFTER = timedelta(minutes=1)
LOOK_AGAIN = timedelta(minutes=5)
MOST_LOOKS = 5


def start(user: User, pack_id: int, *, nonce: uuid.UUID) -> Purchase:
    """Reserve the pack's credits for the user. The same form sent again gives the same purchase.

    Raises NotOnSale, SoldOut or TooManyPurchases.
    """
    assert user.tenant is not None
    pack = packs.packs_of(user.tenant).filter(pk=pack_id).first()
    if pack is None:
        raise NotOnSale
    with transaction.atomic():
        # One purchase of a user at a time: else two could be the third.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        return _start(_build(user, pack, nonce), among=Purchase.objects.for_user(user))


def start_top_up(user: User, pack_id: int, *, nonce: uuid.UUID) -> Purchase:
    """As `start`, for the pool of the tenant that `user` is staff of: out of the supply."""
    assert user.tenant is not None
    assert user.is_tenant_staff
    pack = packs.packs_for_pools().filter(pk=pack_id).first()
    if pack is None:
        raise NotOnSale
    with transaction.atomic():
        # Counted by tenant: however many staff it has, it withholds no more of the supply.
        Tenant.objects.select_for_update(no_key=True).get(pk=user.tenant.pk)
        among = Purchase.objects.for_pool(user.tenant)
        return _start(_build(user, pack, nonce, is_top_up=True), among=among)


def open_checkout(purchase: Purchase, *, success_url: str, cancel_url: str) -> str:
    """The address of Stripe's page. Opens a session where the purchase has none yet.

    Raises PurchaseClosed, StripeRefused, StripeUnreachable, StripeAccountLost, StripeNotConfigured;
    after the last three the purchase is as it was, and may be tried again.
    """
    if purchase.session_id is None:
        order = _begin_try(purchase, success_url=success_url, cancel_url=cancel_url)
        if order and (url := _open_session(purchase, order)):
            return url
    return _address_of(purchase)


def fulfil(session_id: str, *, account: str) -> Purchase | None:
    """Settle the purchase of a session that somebody has named; None where it is not ours.

    `account` is where the session was said to be: the right id in a foreign account is not ours.
    """
    purchase = Purchase.objects.filter(session_id=session_id, stripe_account=account).first()
    return settle(purchase.pk) if purchase else None


def settle(purchase_id: uuid.UUID, *, reason: Purchase.Reason = Reason.TIME) -> Purchase:
    """Ask Stripe how the purchase stands and do what follows from it, once, whoever else does.

    `reason` is why it was closed, where it was. Raises StripeUnreachable or StripeNotConfigured.
    """
    for _look in range(MOST_LOOKS):
        purchase = Purchase.objects.get(pk=purchase_id)
        if purchase.session_id is None:
            return _close_without_session(purchase, reason)
        try:
            payment = stripe_gateway.fetch_payment(
                purchase.session_id, account=purchase.stripe_account
            )
            return apply(purchase, payment, reason=reason)
        except StaleLook:
            continue  # somebody else has looked meanwhile, perhaps later than we did
        except (StripeAccountLost, StripeObjectUnknown) as error:
            logger.error("Purchase %s cannot be looked at: %r", purchase_id, error)
            return _give_up(purchase)
    logger.warning("Purchase %s is looked at by too many at once", purchase_id)
    return Purchase.objects.get(pk=purchase_id)


def settle_if_due(purchase_id: uuid.UUID) -> None:
    """For beat. Claims the row, so that parallel calls ask Stripe once."""
    now = timezone.now()
    claimed = Purchase.objects.filter(pk=purchase_id, due_at__lte=now).update(
        due_at=now + LOOK_AGAIN
    )
    if claimed:
        settle(purchase_id)


def cancel(purchase: Purchase) -> Purchase:
    """Close an open purchase and give its credits back to the pool. Paid meanwhile, it stays paid.

    Raises StripeUnreachable or StripeNotConfigured: then it closes by itself later.
    """
    if purchase.session_id is None:
        return close(purchase.pk, Status.EXPIRED, Reason.CANCELLED)
    _expire_quietly(purchase.session_id, purchase.stripe_account)
    return settle(purchase.pk, reason=Reason.CANCELLED)


def refund(
    purchase: Purchase,
    amount_minor: int,
    *,
    key: uuid.UUID,
    reason: Purchase.RefundReason = Purchase.RefundReason.REQUESTED,
) -> Purchase:
    """Give money back, and take the credits for it back in the same proportion. The same `key`
    refunds once.

    Raises PurchaseClosed where nothing was paid, StripeRefused (as while it is contested), or
    StripeUnreachable, after which nobody knows: the same key may be tried again.
    """
    if purchase.payment_intent is None or not 0 < amount_minor <= purchase.amount_minor:
        raise PurchaseClosed
    stripe_gateway.refund(
        purchase.payment_intent,
        amount_minor,
        account=purchase.stripe_account,
        has_fee=purchase.fee_minor > 0,
        reason=reason,
        idempotency_key=f"refund-{purchase.pk}-{key}",
    )
    return settle(purchase.pk)


def end_trouble(purchase: Purchase) -> None:
    """Somebody has looked into a mismatch, and done what there was to do."""
    Purchase.objects.filter(pk=purchase.pk, trouble=Purchase.Trouble.MISMATCH).update(
        trouble=Purchase.Trouble.NONE
    )


def _start(purchase: Purchase, *, among: PurchaseQuerySet) -> Purchase:
    if same := Purchase.objects.filter(nonce=purchase.nonce, user=purchase.user).first():
        return same
    if among.filter(status=Status.OPEN).count() >= MOST_OPEN:
        raise TooManyPurchases
    try:
        ledger.reserve(
            purchase.tenant,
            purchase.credits,
            reference=f"reserve:{purchase.pk}",
            source=purchase.source,
            note=f"{purchase.pack_name}, {purchase.amount_text}",
        )
    except InsufficientCredits as error:
        raise SoldOut from error
    purchase.save(force_insert=True)
    return purchase


def _build(user: User, pack: Pack, nonce: uuid.UUID, *, is_top_up: bool = False) -> Purchase:
    assert user.tenant is not None
    assert pack.amount_minor is not None
    assert pack.currency is not None
    # The platform's own credits are sold through its own account, whatever sells the tenant's.
    account = "" if is_top_up else packs.account_of(user.tenant)
    if account is None:
        raise NotOnSale
    fee = user.tenant.fee_basis_points if account else 0
    expires_at = timezone.now() + CHECKOUT_LASTS
    return Purchase(
        tenant=user.tenant,
        user=user,
        is_top_up=is_top_up,
        pack=pack,
        nonce=nonce,
        pack_name=pack.name,
        credits=pack.credits,
        amount_minor=pack.amount_minor,
        currency=pack.currency,
        fee_minor=money.share_of(pack.amount_minor, fee, pack.currency),
        stripe_account=account,
        livemode=stripe_gateway.is_live(),
        expires_at=expires_at,
        due_at=expires_at + LOOK_AFTER,
    )


def _begin_try(purchase: Purchase, *, success_url: str, cancel_url: str) -> Order | None:
    """None where there is a session meanwhile.

    Each try has an idempotency key of its own: Stripe repeats what it answered to one, errors too.
    """
    expires_at = timezone.now() + CHECKOUT_LASTS
    begun = Purchase.objects.filter(pk=purchase.pk, status=Status.OPEN, session_id=None).update(
        tries=F("tries") + 1, expires_at=expires_at, due_at=expires_at + LOOK_AFTER
    )
    purchase.refresh_from_db()
    if not begun:
        return None
    return Order(
        reference=str(purchase.pk),
        description=_describe(purchase),
        amount_minor=purchase.amount_minor,
        currency=purchase.currency,
        account=purchase.stripe_account,
        customer_email=purchase.user.email,
        success_url=success_url,
        cancel_url=cancel_url,
        expires_at=purchase.expires_at,
        idempotency_key=f"purchase-{purchase.pk}-{purchase.tries}",
        metadata={"purchase": str(purchase.pk), "tenant": str(purchase.tenant_id)},
        has_automatic_tax=settings.STRIPE_AUTOMATIC_TAX,
        fee_minor=purchase.fee_minor,
    )


def _open_session(purchase: Purchase, order: Order) -> str | None:
    """None where another click was faster, or it was cancelled meanwhile."""
    try:
        checkout = stripe_gateway.open_checkout(order)
    except StripeRefused:
        close(purchase.pk, Status.FAILED, Reason.REFUSED)
        raise
    kept = Purchase.objects.filter(pk=purchase.pk, session_id=None, status=Status.OPEN).update(
        session_id=checkout.session_id
    )
    purchase.refresh_from_db()
    if not kept and purchase.session_id != checkout.session_id:
        # Nobody was told its address, so nobody can have paid there.
        _expire_quietly(checkout.session_id, purchase.stripe_account)
    return checkout.url if kept else None


def _describe(purchase: Purchase) -> str:
    """What Stripe's page and the receipt call it."""
    credits = ngettext("%(n)s credit", "%(n)s credits", purchase.credits) % {
        "n": format_number(purchase.credits)
    }
    return _("%(pack)s: %(credits)s") % {"pack": purchase.pack_name, "credits": credits}


def _address_of(purchase: Purchase) -> str:
    if purchase.session_id is None:
        raise PurchaseClosed
    checkout = stripe_gateway.fetch_checkout(purchase.session_id, account=purchase.stripe_account)
    if checkout.url is None:
        settle(purchase.pk)
        raise PurchaseClosed
    return checkout.url


def _close_without_session(purchase: Purchase, reason: Purchase.Reason) -> Purchase:
    """What Stripe may have made of a try without an answer has an address that nobody got."""
    if purchase.status == Status.OPEN and purchase.expires_at <= timezone.now():
        return close(purchase.pk, Status.EXPIRED, reason)
    return purchase


def _give_up(purchase: Purchase) -> Purchase:
    """Whether it was paid cannot be known any more: people decide, see docs/payments.md."""
    if purchase.is_reserving and purchase.expires_at <= timezone.now():
        return close(purchase.pk, Status.FAILED, Reason.ACCOUNT)
    return purchase


def _expire_quietly(session_id: str, account: str) -> None:
    """Where that is refused it is closed already, or will be by itself."""
    with contextlib.suppress(StripeRefused, StripeObjectUnknown, StripeAccountLost):
        stripe_gateway.expire_checkout(session_id, account=account)
