"""The wallet's history: every kind of line in words, and as a spreadsheet."""

import csv
import io
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import ledger
from accounts.ledger import Kind, Pot
from accounts.statement import build_lines, wallet_legs
from tests.cast import give

pytestmark = pytest.mark.django_db


def lines_of(user):
    return [
        (line.label, line.amount, line.balance_after, line.owed)
        for line in build_lines(list(wallet_legs(user)))
    ]


def live(user):
    """Buys, spends, disputes, repays in part, wins."""
    ledger.reserve(user.tenant, 100, reference="reserve")
    ledger.credit(user, 100, reference="buy", kind=Kind.PURCHASE, source=Pot.RESERVED)
    ledger.hold(user, 90, generation_id=uuid.uuid4(), note="=Brazil – France")
    ledger.take_back(user, 100, reference="dispute", kind=Kind.DISPUTE, into=Pot.RESERVED)
    give(user, 30)
    ledger.give_back(user, 100, reserved=10, reference="won", kind=Kind.DISPUTE_WON)


def test_each_line_has_words_and_the_balance_after_it(cast):
    live(cast.alice)
    assert lines_of(cast.alice) == [
        ("Dispute settled: credits returned", 40, 40, -60),
        ("Credits added", 0, 0, -30),
        ("Payment disputed: credits taken back", -10, 0, 90),
        ("Held for a video", -90, 10, 0),
        ("Credits bought", 100, 100, 0),
    ]


def test_corrections_vouchers_and_refunds_have_words(cast):
    batch = uuid.uuid4()
    ledger.fund_vouchers(cast.aurora, batch, 60, reference="fund")
    ledger.credit(cast.alice, 60, reference="redeem", kind=Kind.VOUCHER, source=batch)
    ledger.take_back(cast.alice, 20, reference="refund", kind=Kind.REFUND, into=Pot.POOL)
    ledger.allocate_to_user(cast.alice, 5, reference="wrong")
    ledger.reverse("wrong", by_reference="correction")
    assert [label for label, *_ in lines_of(cast.alice)] == [
        "Correction", "Credits added", "Refund: credits taken back", "Voucher redeemed",
    ]  # fmt: skip


def test_the_wallet_tells_what_is_owed_and_what_paid_it(cast, visit):
    live(cast.alice)
    page = visit(cast.alice).get("/wallet/").text
    assert "90 credits of it were spent already and are owed." in page
    assert "30 credits paid what was owed." in page
    assert "You owe" not in page
    ledger.take_back(cast.alice, 50, reference="refund", kind=Kind.REFUND, into=Pot.POOL)
    assert "You owe 10 credits." in visit(cast.alice).get("/wallet/").text


def test_the_spreadsheet_holds_the_whole_history(cast, visit):
    live(cast.alice)
    response = visit(cast.alice).get("/wallet/statement.csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "aurora-credits-" in response.headers["Content-Disposition"]
    text = response.getvalue().decode("utf-8-sig")
    header, *rows = list(csv.reader(io.StringIO(text)))
    assert header[1:6] == ["What", "Detail", "Credits", "Balance", "Change of what is owed"]
    assert [(int(row[3]), int(row[4]), int(row[5])) for row in rows] == [
        line[1:] for line in lines_of(cast.alice)
    ]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_of_the_spreadsheet_is_a_formula(cast, visit, evil):
    give(cast.alice, 90)
    ledger.hold(cast.alice, 90, generation_id=uuid.uuid4(), note=evil)
    text = visit(cast.alice).get("/wallet/statement.csv").getvalue().decode("utf-8-sig")
    row = list(csv.reader(io.StringIO(text)))[1]
    assert row[2] == f"'{evil}"
    assert row[3] == "-90"  # a number stays one


def test_the_statement_costs_as_many_queries_for_one_line_as_for_many(cast):
    def count():
        with CaptureQueriesContext(connection) as queries:
            build_lines(list(wallet_legs(cast.alice)))
        return len(queries)

    live(cast.alice)
    few = count()
    for _ in range(5):
        give(cast.alice, 5)
    assert count() == few
