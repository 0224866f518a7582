"""Vouchers in both admins: made after a look at the cost, printed, in a spreadsheet, ended."""

import csv
import io
import re
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts import ledger, vouchers
from accounts.ledger_audit import audit_ledger
from accounts.models import User, Voucher, VoucherBatch
from tests.cast import PASSWORD, PLATFORM_HOST, build_user, build_voucher_batch

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/voucherbatch/"
ADD = f"{LIST}add/"
POOL = 90_000


@pytest.fixture
def operator(cast, visit):
    return visit(cast.olga)


@pytest.fixture
def platform(cast, visit):
    return visit(User.objects.create_superuser("staff@example.org", PASSWORD), PLATFORM_HOST)


@pytest.fixture(params=["operator", "platform"])
def staff(request):
    """Each of the two admins."""
    return request.getfixturevalue(request.param)


def test_a_batch_is_made_after_a_look_at_its_cost(cast, staff):
    fields = new_batch(cast.aurora, codes=100, uses_a_code=2)
    review = staff.post(ADD, fields)
    text = words_of(review)
    for fact in ("Derby", "Taken from the pool 18,000", "The pool now 90,000", "then 72,000"):
        assert fact in text
    assert not VoucherBatch.objects.exists()
    made = staff.post(ADD, sent_from(review), follow=True)
    batch = VoucherBatch.objects.get()
    assert made.redirect_chain == [(f"{LIST}{batch.pk}/change/", 302)]
    assert "100 codes; 18000 credits have left the pool." in words_of(made)
    assert (batch.tenant, batch.name, batch.codes) == (cast.aurora, "Derby", 100)
    assert batch.pk == uuid.UUID(fields["nonce"])
    assert ledger.pool_of(cast.aurora) == POOL - 18_000
    assert LogEntry.objects.filter(object_id=batch.pk).count() == 1
    assert audit_ledger().problems == []


def test_a_form_that_is_sent_twice_makes_one_batch(cast, staff):
    sent = sent_from(staff.post(ADD, new_batch(cast.aurora)))
    staff.post(ADD, sent)
    again = staff.post(ADD, sent)
    assert again.status_code == 200
    assert "sent before. Nothing was made" in words_of(again)
    assert VoucherBatch.objects.count() == 1


def test_going_back_from_the_cost_keeps_what_was_typed(cast, staff):
    review = staff.post(ADD, new_batch(cast.aurora, valid_until="2099-12-24T18:30"))
    [back] = re.findall(rf'href="({ADD}\?[^"]+)"', review.content.decode())
    form = staff.get(unescape(back)).content.decode()
    for value in ("Derby", "2099-12-24T18:30"):
        assert f'value="{value}"' in form


def test_a_batch_with_a_wording_of_ones_own(cast, staff):
    until = timezone.now().replace(microsecond=0, second=0) + timedelta(days=9)
    wish = {"wording": "fanfest 2026", "uses_a_code": 50, "valid_until": f"{until:%Y-%m-%dT%H:%M}"}
    review = staff.post(ADD, new_batch(cast.aurora, codes=1, **wish))
    assert "Codes FANFEST-2026" in words_of(review)
    staff.post(ADD, sent_from(review))
    assert Voucher.objects.get().code == "FANFEST-2026"
    assert VoucherBatch.objects.get().valid_until == until


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"codes": 1001}, "This would take 90090 credits out of the pool, which has 90000."),
        ({"codes": 0}, "greater than or equal to 1"),
        ({"codes": 10_001}, "less than or equal to 10000"),
        ({"credits": 0}, "greater than or equal to 1"),
        ({"uses_a_code": 0}, "greater than or equal to 1"),
        ({"uses_a_code": 2**40}, "less than or equal to 100000"),
        ({"wording": "SHORT", "codes": 1}, "at least 8 signs"),
        ({"wording": "Tör Tör Tör", "codes": 1}, "at least 8 signs"),
        ({"wording": "FANFEST 2026", "codes": 2}, "With an own wording there is one code."),
        ({"wording": "taken words", "codes": 1}, "There is or was a code like this"),
        ({"valid_until": "2020-01-01T00:00"}, "This is over already."),
        (
            {"valid_from": "2099-01-02T00:00", "valid_until": "2099-01-01T00:00"},
            "This is before it begins.",
        ),
        ({"name": ""}, "This field is required."),
        ({"nonce": "x"}, "Enter a valid UUID."),
    ],
)
def test_a_wrong_batch_is_told_in_the_form_and_costs_nothing(cast, operator, wish, words):
    vouchers.end(build_voucher_batch(cast.aurora, wording="TAKEN WORDS"))
    for more in ({}, {"_confirmed": "1"}):
        answer = operator.post(ADD, new_batch(cast.aurora, **wish) | more)
        assert answer.status_code == 200
        assert words in words_of(answer)
    assert VoucherBatch.objects.count() == 1
    assert ledger.pool_of(cast.aurora) == POOL


def test_the_platform_must_say_for_which_portal(cast, platform):
    answer = platform.post(ADD, {**new_batch(cast.aurora), "tenant": ""})
    assert answer.status_code == 200
    assert not VoucherBatch.objects.exists()


def test_the_lists_tell_what_is_used_and_left(cast, staff):
    batch = build_voucher_batch(cast.aurora, name="Derby", codes=3)
    code = batch.vouchers.all()[0].code
    vouchers.redeem(cast.alice, code)
    for page in (LIST, f"{LIST}{batch.pk}/change/"):
        text = words_of(staff.get(page))
        for fact in ("Derby", "running", "1 / 3", "180", "Print · Spreadsheet (CSV) · End"):
            assert fact in text, page
    assert code in words_of(staff.get("/admin/accounts/voucher/", {"q": code}))
    assert "Derby" in words_of(staff.get(LIST, {"q": code}))
    redeemed = words_of(staff.get("/admin/accounts/redemption/", {"q": "alice"}))
    assert code in redeemed
    vouchers.end(batch)
    ended = words_of(staff.get(LIST, {"state": "ended"}))
    assert "Derby" not in words_of(staff.get(LIST, {"state": "open"}))
    assert "ended" in ended
    assert "180 returned to the pool" in ended


def test_a_batch_is_ended_after_a_question(cast, staff):
    batch = build_voucher_batch(cast.aurora, codes=3)
    address = f"{LIST}{batch.pk}/end/"
    assert "Credits that return to the pool 270" in words_of(staff.get(address))
    assert ledger.pool_of(cast.aurora) == POOL - 270
    assert "270 credits are back in the pool." in words_of(staff.post(address, follow=True))
    assert "had ended before" in words_of(staff.post(address, follow=True))
    assert ledger.pool_of(cast.aurora) == POOL
    assert LogEntry.objects.get(object_id=batch.pk).change_message == "Ended."


def test_what_was_promised_can_be_neither_changed_nor_deleted(cast, staff):
    batch = build_voucher_batch(cast.aurora)
    assert staff.post(f"{LIST}{batch.pk}/change/", {"credits": "1"}).status_code == 403
    assert staff.post(f"{LIST}{batch.pk}/delete/", {"post": "yes"}).status_code == 403
    batch.refresh_from_db()
    assert batch.credits == 90


def test_the_spreadsheet_has_all_codes_and_no_formula(cast, staff):
    batch = build_voucher_batch(cast.aurora, name="=HYPERLINK(1)", codes=3)
    answer = staff.get(f"{LIST}{batch.pk}/codes.csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="aurora-vouch')
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.getvalue().decode()
    header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert header[:4] == ["Code", "Address", "Credits", "Uses left"]
    codes = [voucher.code for voucher in batch.vouchers.all()]
    assert [row[0] for row in rows] == codes
    assert {row[6] for row in rows} == {"'=HYPERLINK(1)"}
    assert rows[0][1] == f"http://aurora.localhost:8000/wallet/voucher/?code={codes[0]}"


def test_the_sheet_prints_what_can_still_be_redeemed(cast, staff):
    until = timezone.now() + timedelta(days=9)
    batch = build_voucher_batch(cast.aurora, codes=11, valid_until=until)
    first, *others = [voucher.code for voucher in batch.vouchers.all()]
    vouchers.redeem(cast.alice, first)
    page = staff.get(f"{LIST}{batch.pk}/sheet/")
    body, text = page.content.decode(), words_of(page)
    assert first not in body
    assert [body.count(code) for code in others] == [1] * 10
    assert body.count('<section class="side"') == 2
    assert body.count("<svg") == 10
    for words in ("Aurora 90 credits = 1 video of 10 s", "aurora.localhost:8000/wallet/voucher/",
                  f"Until {until:%-d %B %Y, %H:%M} UTC · One per person"):  # fmt: skip
        assert words in text
    assert not re.findall(
        r"\sstyle=|\son\w+=|<script(?![^>]*src=)|(?:src|href)=\"(?:https?:)?//", body
    )


def test_the_sheet_of_a_shared_code_is_full_of_it(cast, staff):
    batch = build_voucher_batch(cast.aurora, wording="FANFEST 2026", uses_a_code=500)
    assert staff.get(f"{LIST}{batch.pk}/sheet/").content.decode().count("<svg") == 8
    vouchers.end(batch)
    ended = staff.get(f"{LIST}{batch.pk}/sheet/").content.decode()
    assert "its codes give nothing any more" in ended
    assert "<svg" not in ended


def test_a_big_batch_is_printed_in_parts(cast, operator):
    batch = build_voucher_batch(cast.aurora, credits=1, codes=201)
    pages = [operator.get(f"{LIST}{batch.pk}/sheet/", {"page": number}) for number in (1, 2)]
    assert [page.content.decode().count("<svg") for page in pages] == [200, 1]
    assert "Part 1 of 2" in words_of(pages[0])


def test_the_sheet_keeps_to_the_policy_of_the_portals_pages(cast, operator):
    batch = build_voucher_batch(cast.aurora)
    policy = operator.get(f"{LIST}{batch.pk}/sheet/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy


def test_the_platforms_staff_need_the_right_to_make_batches(cast, visit):
    reader = build_user(None, "reader@example.org", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_voucherbatch"))
    client, batch = visit(reader, PLATFORM_HOST), build_voucher_batch(cast.aurora)
    assert client.get(LIST).status_code == 200
    for end in ("end/", "sheet/", "codes.csv"):
        assert client.get(f"{LIST}{batch.pk}/{end}").status_code == 403
        assert client.post(f"{LIST}{batch.pk}/{end}").status_code == 403
    assert client.post(ADD, new_batch(cast.aurora)).status_code == 403
    batch.refresh_from_db()
    assert batch.ended_at is None


def test_a_nonce_of_another_portals_batch_makes_nothing(cast, operator):
    theirs = build_voucher_batch(cast.borealis)
    answer = operator.post(ADD, new_batch(cast.aurora, nonce=str(theirs.pk)) | {"_confirmed": "1"})
    assert "Nothing was made" in words_of(answer)
    assert VoucherBatch.objects.get() == theirs


def test_the_tenant_of_a_batch_is_the_hosts_whatever_was_sent(cast, operator):
    fields = new_batch(cast.borealis)
    operator.post(ADD, fields | {"_confirmed": "1"})
    assert VoucherBatch.objects.get().tenant == cast.aurora
    assert ledger.pool_of(cast.borealis) == POOL


def new_batch(tenant, **wish):
    fields = {
        "tenant": tenant.pk, "name": "Derby", "credits": 90, "codes": 2, "uses_a_code": 1,
        "nonce": str(uuid.uuid4()),
    }  # fmt: skip
    return {**fields, **wish}


def sent_from(page):
    """What the button of a page that asks back sends."""
    inputs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode())
    return {name: unescape(value) for name, value in inputs}


def words_of(page):
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page.content.decode(), flags=re.S)
    return " ".join(unescape(text).split())
