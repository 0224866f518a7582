"""Sessions as the portal makes them."""

import time


def session_params(*, amount=999, currency="eur", **more):
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "600 credits"}}
    return {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": "http://aurora.localhost/wallet/?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://aurora.localhost/wallet/buy/",
        "client_reference_id": "order-1",
        "metadata": {"purchase": "7"},
        "expires_at": int(time.time()) + 31 * 60,
        **more,
    }


def create_session(client, *, options=None, **wishes):
    return client.v1.checkout.sessions.create(session_params(**wishes), options or {})


def buy(stripe, client, *, delayed=False, options=None, **wishes):
    """A session that is paid, or waits for a delayed payment."""
    session = create_session(client, options=options, **wishes)
    stripe.pay(session.id, delayed=delayed)
    return client.v1.checkout.sessions.retrieve(session.id, options=options or {})
