"""The staff's reports: the pool's history and each user's use, of their portal only."""

import uuid
from datetime import UTC, datetime

import pytest

from accounts import ledger, reports
from accounts.models import CreditTransaction
from accounts.reports import Use
from tests.cast import build_tenant, build_user, give
from tests.ledger_triggers import lifted_triggers

pytestmark = pytest.mark.django_db

LINES = "/admin/accounts/creditleg/"


@pytest.fixture
def club(cast):
    return build_tenant("Club", "club.localhost", pool=900, credit_mode="shared")


@pytest.fixture
def staff(club, visit):
    return visit(build_user(club, "boss@example.org", is_tenant_staff=True), "club.localhost")


def test_use_says_what_each_was_given_holds_spent_and_drew(cast, club):
    fan, other = build_user(club, "fan@example.org"), build_user(club, "other@example.org")
    give(fan, 40)
    ledger.capture(order(fan))
    ledger.release(order(fan))
    order(other)
    give(cast.alice, 500)
    assert reports.find_use(club) == [
        Use("fan@example.org", wallet=0, held=0, given=40, spent=90, drawn=50),
        Use("other@example.org", wallet=0, held=90, given=0, spent=0, drawn=90),
    ]


def test_use_is_that_of_this_month(club):
    fan = build_user(club, "fan@example.org")
    give(fan, 100)
    ledger.capture(order(fan))
    with lifted_triggers():
        CreditTransaction.objects.update(created_at=datetime(2026, 1, 31, tzinfo=UTC))
    assert reports.find_use(club) == [Use("fan@example.org", wallet=10)]


def test_staff_see_the_use_and_download_it(club, staff):
    fan = build_user(club, "=cmd@example.org")
    give(fan, 40)
    assert f'href="{LINES}use/"' in staff.get(LINES).content.decode()
    page = staff.get(f"{LINES}use/").content.decode()
    assert "=cmd@example.org" in page
    assert "The pool has 860 credits." in page
    answer = staff.get(f"{LINES}use.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="club-use-' in answer.headers["Content-Disposition"]
    assert answer.content.decode().splitlines()[1] == "'=cmd@example.org,40,0,40,0,0"


def test_staff_download_the_history_of_the_pool(club, staff):
    fan = build_user(club, "fan@example.org")
    ledger.allocate_to_user(fan, 40, reference="a", note="=1+1")
    rows = staff.get(f"{LINES}pool.csv").content.decode().splitlines()
    assert rows[0].startswith("\ufeffWhen (UTC),What,Note")
    assert len(rows) == 3
    assert ",Allocation,'=1+1,-40,860," in rows[1]


def test_fans_find_no_report(club, visit):
    fan = visit(build_user(club, "fan@example.org"), "club.localhost")
    for name in ("use/", "use.csv", "pool.csv"):
        assert fan.get(LINES + name).status_code == 404


def order(user):
    generation_id = uuid.uuid4()
    ledger.hold(user, 90, generation_id=generation_id)
    return generation_id
