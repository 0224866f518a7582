"""What portals earn: each figure recomputed by hand from purchases, refunds and disputes."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.margins import Books
from accounts.models import Pack, Purchase, PurchaseDispute, Tenant, User
from generations.margins import find_product_margins
from generations.models import Generation
from tests.cast import PASSWORD, PLATFORM_HOST, make_ready
from tests.fixtures.payments import build_pack

pytestmark = pytest.mark.django_db

PAGE = "/admin/generations/generation/margin"
MAY, JUNE = datetime(2026, 5, 31, 23, 59, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def pack(cast):
    return build_pack(cast.aurora)


def test_a_month_is_sold_less_fees_and_what_the_credits_cost(pack):
    """Two at $10.00, without top-ups: 600 credits cost $10.00 by LUMIQ's list."""
    sell(pack, credits=600, amount=2000)
    sell(pack, credits=300, amount=1000)
    [row] = Books(pack.tenant).find_margins()
    assert (row.sales.purchases, row.sales.credits, row.sales.sold_minor) == (2, 900, 3000)
    assert row.card_fee_minor == 87 + 2 * 30
    assert row.cost_rate.is_list
    assert row.cost_minor == 1500
    assert row.margin_minor == 3000 - 147 - 1500


def test_the_portals_own_assumption_of_stripes_fee_counts(pack):
    Tenant.objects.filter(pk=pack.tenant_id).update(
        card_fee_percent=Decimal("1.5"), card_fee_fixed=Decimal("0.25")
    )
    sell(pack, amount=1000, currency="eur")
    sell(pack, amount=1500, currency="jpy")
    fees = {row.sales.currency: row.card_fee_minor for row in books_of(pack).find_margins()}
    assert fees == {"eur": 15 + 25, "jpy": 23}  # 22.5 and 0.25 yen


def test_what_went_back_is_taken_off_in_the_month_of_its_sale(pack):
    """Half of one is refunded, another one lost, a contested one still counts."""
    sell(pack, amount=1000, fee=100, paid_at=MAY, refunded=(500, 300))
    contest(sell(pack, amount=1000, fee=100, paid_at=MAY), "lost")
    contest(sell(pack, amount=1000, fee=100, paid_at=MAY), "open")
    [row] = books_of(pack).find_margins()
    assert (row.sales.sold_minor, row.sales.returned_minor) == (3000, 1500)
    assert row.sales.credits == 1800 - 300 - 600
    assert row.sales.fee_minor == 50 + 100 + 100
    assert row.card_fee_minor == 87 + 90  # of all that was sold
    assert row.margin_minor == 3000 - 1500 - 177 - 250 - 1500


def test_a_purchase_that_was_refunded_and_lost_gives_back_no_more_than_its_price(pack):
    contest(sell(pack, amount=1000, refunded=(400, 240)), "lost", amount=1000, credits=360)
    [row] = books_of(pack).find_margins()
    assert (row.sales.returned_minor, row.sales.credits, row.cost_minor) == (1000, 0, 0)


def test_top_ups_until_the_months_end_say_what_a_credit_cost(pack):
    top_up(pack.tenant, credits=1000, amount=1000, paid_at=MAY)
    top_up(pack.tenant, credits=1000, amount=3000, paid_at=JUNE)
    top_up(pack.tenant, credits=1000, amount=9000, paid_at=JUNE, refunded=(9000, 1000))
    sell(pack, credits=600, paid_at=MAY)
    sell(pack, credits=600, paid_at=JUNE)
    june, may = books_of(pack).find_margins()
    assert (may.sales.month.month, may.cost_minor, may.cost_rate.is_list) == (5, 600, False)
    assert (june.sales.month.month, june.cost_minor) == (6, 1200)  # (1000 + 3000) / 2000


def test_without_a_rate_of_exchange_there_is_no_margin(pack):
    top_up(pack.tenant, credits=1000, amount=1000, currency="usd")
    sell(pack, currency="eur")
    [row] = books_of(pack).find_margins()
    assert (row.cost_minor, row.cost_rate.currency, row.margin_minor) == (600, "usd", None)
    top_up(pack.tenant, credits=100, amount=500, currency="eur")
    [row] = books_of(pack).find_margins()
    assert (row.cost_minor, row.cost_rate.currency) == (3000, "eur")
    assert row.margin_minor == 1000 - 59 - 3000


def test_what_was_not_paid_or_is_of_the_other_mode_does_not_count(pack, settings):
    sell(pack, status="open")
    sell(pack, livemode=True)
    assert books_of(pack).find_margins() == []
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    assert len(books_of(pack).find_margins()) == 1


def test_videos_are_worth_the_average_of_what_was_sold(cast, pack):
    """900 credits for $14.00 and 600 back for $5.00 of them: 300 credits kept bring $9.00."""
    sell(pack, credits=600, amount=1000, fee=30, paid_at=MAY, refunded=(500, 600))
    sell(pack, credits=300, amount=400, fee=12, paid_at=JUNE)
    deliver(cast.alice, 2, at=JUNE)
    deliver(cast.alice, 1, at=JUNE, product="avatar", seconds=20)
    deliver(cast.alice, 1, at=MAY)
    avatar, football, before = find_product_margins(books_of(pack), pack.tenant)
    assert (football.name, football.videos, football.credits) == (
        "Football fan video, 10 s",
        2,
        180,
    )
    assert avatar.name == "Avatar video, 20 s"
    assert football.retail_minor == 900 * 180 // 300
    assert football.fees_minor == round((29 + 30 + 15 + 12 + 30 + 12) * 180 / 300)
    assert football.cost_minor == 300
    assert football.margin_minor == football.retail_minor - football.fees_minor - 300
    assert (before.month.month, before.retail_minor, before.margin_minor) == (5, None, None)


def test_videos_that_nobody_paid_for_do_not_count(cast, pack):
    deliver(cast.alice, 1, at=JUNE, is_test=True)
    assert find_product_margins(books_of(pack), pack.tenant) == []


def test_staff_see_their_own_margin_and_download_it(cast, pack, visit):
    sell(pack, amount=1000, fee=100)
    sell(build_pack(cast.borealis), amount=7777)
    deliver(cast.alice, 1, at=timezone.now())
    staff = visit(cast.olga)
    assert f'href="{PAGE}/"' in staff.get("/admin/accounts/purchase/").content.decode()
    page = staff.get(f"{PAGE}/").content.decode()
    for words in ("$10.00", "$0.59", "$1.00", "−$1.59", "Football fan video, 10 s", "2.90 %"):
        assert words in page, words
    assert "77.77" not in page
    answer = staff.get(f"{PAGE}.csv")
    assert 'filename="aurora-margin-' in answer.headers["Content-Disposition"]
    month = f"{timezone.now():%Y-%m}"
    assert answer.content.decode().splitlines()[1:] == [
        f"Aurora,{month},USD,1,600,10.00,0.00,0.59,1.00,10.00,USD,-1.59"
    ]
    [line] = staff.get(f"{PAGE}-videos.csv").content.decode().splitlines()[1:]
    assert line == f'Aurora,{month},"Football fan video, 10 s",1,90,1.50,0.24,1.50,USD,-0.24,USD'


def test_the_margin_is_no_place_of_the_side_bar(cast, visit):
    staff, current = visit(cast.olga), 'aria-current="page"'
    assert current in staff.get("/admin/generations/generation/").content.decode()
    page = staff.get(f"{PAGE}/").content.decode()
    assert current not in page
    assert 'id="nav-sidebar"' in page


def test_the_platform_sees_the_same_of_all_portals(cast, pack, visit):
    sell(pack, amount=1000)
    sell(build_pack(cast.borealis), amount=2000)
    platform = visit(User.objects.create_superuser("staff@example.org", PASSWORD), PLATFORM_HOST)
    page = platform.get(f"{PAGE}/").content.decode()
    for words in ("Aurora", "Borealis", "$10.00", "$20.00"):
        assert words in page
    assert len(platform.get(f"{PAGE}.csv").content.decode().splitlines()) == 3
    looker = User.objects.create_user(
        tenant=None, email="looker@example.org", password=PASSWORD, is_staff=True
    )
    assert visit(looker, PLATFORM_HOST).get(f"{PAGE}/").status_code == 403


def test_fans_find_no_margin(cast, visit):
    for end in ("/", ".csv", "-videos.csv"):
        assert visit(cast.alice).get(PAGE + end).status_code == 404


def test_the_report_asks_as_often_however_much_was_sold(cast, pack, visit):
    staff = visit(cast.olga)
    staff.get(f"{PAGE}/")
    few = queries_of(staff)
    for month in range(1, 13):
        sell(pack, paid_at=datetime(2026, month, 3, tzinfo=UTC))
        sell(pack, paid_at=datetime(2026, month, 3, tzinfo=UTC), currency="eur")
        top_up(pack.tenant, paid_at=datetime(2026, month, 2, tzinfo=UTC))
    deliver(cast.alice, 2, at=JUNE)
    assert queries_of(staff) == few


def books_of(pack):
    return Books(Tenant.objects.get(pk=pack.tenant_id))


def sell(pack, *, credits=600, amount=1000, refunded=(0, 0), **fields):
    paid = {"status": "paid", "paid_at": fields.pop("paid_at", None) or timezone.now()}
    paid |= {"session_id": uuid.uuid4().hex, "refunded_minor": refunded[0]}
    if fields.get("status", "paid") != "paid":
        paid = {}
    fee = fields.pop("fee", 0)
    return Purchase.objects.create(
        **{
            "tenant": pack.tenant, "user": User.objects.filter(tenant=pack.tenant).first(),
            "pack": pack, "nonce": uuid.uuid4(), "pack_name": pack.name, "credits": credits,
            "amount_minor": amount, "currency": "usd", "fee_minor": fee,
            "stripe_account": "acct_1" if fee else "", "livemode": False,
            "expires_at": timezone.now(), "refunded_credits": refunded[1] if paid else 0,
        }
        | paid
        | fields
    )  # fmt: skip


def top_up(tenant, **fields):
    pack = Pack.objects.get_or_create(tenant=None, name="For portals", credits=1)[0]
    return sell(pack, tenant=tenant, is_top_up=True, user=tenant.users.first(), **fields)


def contest(purchase, state, *, amount=None, credits=None):
    PurchaseDispute.objects.create(
        purchase=purchase, dispute_id=uuid.uuid4().hex, state=state,
        amount_minor=amount or purchase.amount_minor,
        credits=purchase.credits if credits is None else credits,
    )  # fmt: skip


def deliver(user, count, *, at, product="football", seconds=10, is_test=False):
    for _ in range(count):
        video = make_ready(user)
        Generation.objects.filter(pk=video.pk).update(
            finished_at=at, product=product, duration_seconds=seconds, is_test=is_test,
            credits=0 if is_test else video.credits, clip=video.photo,
        )  # fmt: skip


def queries_of(client):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{PAGE}/").status_code == 200
    return len(asked)
