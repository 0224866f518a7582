from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView

from accounts.views import (
    api_keys,
    branding,
    mails,
    password_reset,
    purchases,
    sign_in,
    sign_up,
    stripe_hooks,
    vouchers,
    wallet,
)

urlpatterns = [
    path("branding.css", branding.branding_css, name="branding"),
    path("wallet/", wallet.wallet, name="wallet"),
    path("wallet/buy/", purchases.buy, name="buy"),
    path("wallet/purchases/", purchases.start_purchase, name="purchases"),
    path("wallet/purchases/<uuid:purchase_id>/", purchases.purchase, name="purchase"),
    path(
        "wallet/purchases/<uuid:purchase_id>/checkout/",
        purchases.open_checkout,
        name="purchase-checkout",
    ),
    path(
        "wallet/purchases/<uuid:purchase_id>/cancellation/",
        purchases.cancel_purchase,
        name="purchase-cancellation",
    ),
    path("hooks/stripe/", stripe_hooks.platform_event, name="stripe-hook"),
    path("hooks/stripe/connect/", stripe_hooks.connect_event, name="stripe-connect-hook"),
    path("wallet/statement.csv", wallet.statement, name="wallet-statement"),
    path("wallet/voucher/", vouchers.voucher, name="voucher"),
    path("account/keys/", api_keys.api_keys_page, name="api-keys"),
    path("account/keys/<int:key_id>/", api_keys.api_key_page, name="api-key"),
    path("account/keys/<int:key_id>/rotation/", api_keys.rotate_api_key, name="api-key-rotation"),
    path(
        "account/keys/<int:key_id>/revocation/",
        api_keys.revoke_api_key,
        name="api-key-revocation",
    ),
    path("account/mails/", mails.mails, name="mails"),
    path("account/mails/off/<str:token>/", mails.mails_off, name="mails-off"),
    path(
        ".well-known/change-password",  # where browsers and password managers look for it
        login_not_required(RedirectView.as_view(pattern_name="password-reset")),
        name="change-password",
    ),
    path("account/sign-up/", sign_up.sign_up, name="sign-up"),
    path("account/sign-in/", sign_in.sign_in, name="sign-in"),
    path("account/sign-out/", sign_in.sign_out, name="sign-out"),
    path("account/password-reset/", password_reset.ask, name="password-reset"),
    path("account/password-reset/sent/", password_reset.sent, name="password-reset-sent"),
    path("account/password-reset/done/", password_reset.done, name="password-reset-done"),
    path(
        "account/password-reset/<uidb64>/<token>/",
        password_reset.confirm,
        name="password-reset-confirm",
    ),
]
