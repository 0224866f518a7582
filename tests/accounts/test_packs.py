"""What portals sell: prices by time, currencies of any decimals, what a new portal starts with."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import money, packs
from accounts.models import Pack, PackPrice, Tenant, User
from generations import demo
from tests.cast import PLATFORM_HOST, fill_supply
from tests.fixtures.payments import build_pack

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (1000, "usd", "$10.00"),
        (5, "eur", "€0.05"),
        (123_456_789, "gbp", "£1,234,567.89"),
        (1500, "jpy", "¥1,500"),
        (100, "clp", "100 CLP"),
        (4500, "kwd", "4.500 KWD"),
        (100, "isk", "1.00 ISK"),
        (1050, "chf", "10.50 CHF"),
    ],
)
def test_money_is_written_by_the_decimals_of_its_currency(amount, currency, shown):
    assert money.format_amount(amount, currency) == shown


@pytest.mark.parametrize(("amount", "currency"), [(1234, "kwd"), (150, "isk"), (101, "ugx")])
def test_what_cannot_be_charged_is_no_price(cast, amount, currency):
    price = build_pack(cast.aurora).prices.get()
    price.amount_minor, price.currency = amount, currency
    with pytest.raises(ValidationError):
        price.full_clean()


def test_the_latest_price_in_effect_counts(cast):
    pack = build_pack(cast.aurora)
    now = timezone.now()
    for amount, hours in [(900, -2), (1100, 1), (1200, 2)]:
        PackPrice.objects.create(
            pack=pack, amount_minor=amount, effective_from=now + timedelta(hours=hours)
        )
    assert Pack.objects.on_sale().get().price_text == "$10.00"
    PackPrice.objects.filter(amount_minor=1100).update(effective_from=timezone.now())
    assert Pack.objects.on_sale().get().price_text == "$11.00"


def test_packs_come_in_the_order_of_the_portal(cast, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    for name, place in [("Last", 3), ("First", 1), ("Second", 2)]:
        pack = build_pack(cast.aurora, name=name)
        Pack.objects.filter(pk=pack.pk).update(order=place)
    assert [pack.name for pack in packs.packs_of(cast.aurora)] == ["First", "Second", "Last"]


def test_the_database_refuses_a_pack_of_nothing_and_a_price_of_nothing(cast):
    pack = build_pack(cast.aurora)
    for make in (
        lambda: Pack.objects.create(tenant=cast.aurora, name="Empty", credits=0),
        lambda: PackPrice.objects.create(pack=pack, amount_minor=0),
        lambda: PackPrice.objects.create(pack=pack, amount_minor=1, currency="USD"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


def test_a_new_portal_starts_with_the_price_list_of_lumiq(db, capsys):
    call_command(
        "create_tenant", "North End", "--host", "north.localhost", "--owner", "o@example.org"
    )
    assert offered(Tenant.objects.get(slug="north-end")) == [(600, "$10.00"), (6000, "$100.00")]


def test_the_demo_sells_packs_and_may_be_made_again(db):
    fill_supply()
    demo.create_portals()
    demo.create_portals()
    for tenant in Tenant.objects.all():
        assert offered(tenant) == [(600, "$10.00"), (6000, "$100.00")]


def test_portals_from_before_there_were_packs_get_them_by_a_migration(cast):
    build_pack(cast.borealis, name="Their own")
    make_packs = import_module("accounts.migrations.0010_packs_for_all").make_packs
    for _ in range(2):
        make_packs(apps, None)
        assert offered(cast.aurora) == [(600, "$10.00"), (6000, "$100.00")]
        assert [pack.name for pack in Pack.objects.for_tenant(cast.borealis)] == ["Their own"]
        assert Pack.objects.for_pools().count() == 2


def test_a_portal_that_is_made_in_the_admin_starts_with_packs(cast, visit):
    client = visit(User.objects.create_superuser("staff@example.org", "x"), PLATFORM_HOST)
    fields = {
        "name": "North", "slug": "north", "is_active": "on", "style": "cut", "mode": "auto",
        "welcome_credits": "0", "seller": "platform", "fee_basis_points": "0",
        "credit_mode": "strict", "allowance_period": "month", "pool_alerts": "2000,500,100",
        "embedding": "all",
        "hostnames-TOTAL_FORMS": "0", "hostnames-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert client.post("/admin/accounts/tenant/add/", fields).status_code == 302
    assert len(offered(Tenant.objects.get(slug="north"))) == 2


def offered(tenant):
    packs_on_sale = Pack.objects.for_tenant(tenant).on_sale()
    return [(pack.credits, pack.price_text) for pack in packs_on_sale]
