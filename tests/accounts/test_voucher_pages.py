"""The page on which a code is redeemed: what it says, and how often somebody may be wrong."""

import threading
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from accounts import ledger, voucher_tries, vouchers
from accounts.errors import TooManyTries, UnknownVoucher
from accounts.models import Redemption, VoucherBatch
from accounts.voucher_tries import BY_ADDRESS, BY_USER
from tests.cast import BOREALIS_HOST, PASSWORD, build_user, build_voucher_batch

pytestmark = pytest.mark.django_db

PAGE = "/wallet/voucher/"


@pytest.fixture
def code(cast):
    return build_voucher_batch(cast.aurora, name="Derby & friends").vouchers.get().code


@pytest.fixture
def fan(cast, visit, redis):
    return visit(cast.alice)


def test_a_code_is_redeemed_and_the_wallet_says_so(cast, code, fan):
    answer = fan.post(PAGE, {"code": code.lower().replace("-", " ")}, follow=True)
    assert answer.redirect_chain == [("/wallet/", 302)]
    body = unescape(answer.content.decode())
    assert "90 credits are yours, from the voucher “Derby & friends”." in body
    assert "Voucher redeemed" in body
    assert ledger.balance_of(cast.alice).available == 90


def test_the_wallet_sends_a_code_to_the_page(fan):
    assert f'action="{PAGE}"' in fan.get("/wallet/").content.decode()
    assert "Redeem a voucher" in fan.get(PAGE).content.decode()


def test_the_printed_address_fills_the_form_and_redeems_nothing(cast, code, fan):
    page = fan.get(PAGE, {"code": code})
    assert f'value="{code}"' in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert not Redemption.objects.exists()
    assert 'value="&quot;&gt;&lt;b' in fan.get(PAGE, {"code": '"><b'}).content.decode()


@pytest.mark.parametrize("way", ["sign-in", "sign-up"])
def test_a_visitor_comes_back_with_the_code(cast, code, visit, way, redis):
    browser = visit()
    sign_in = browser.get(PAGE, {"code": code}, follow=True)
    assert sign_in.redirect_chain[-1][0].startswith("/account/sign-in/?next=")
    wanted = sign_in.context["next"]
    assert wanted == f"{PAGE}?code={code}"
    if way == "sign-up":
        link = sign_in.content.decode().split('href="/account/sign-up/?next=')[1].split('"')[0]
        wanted = browser.get(f"/account/sign-up/?next={link}").context["next"]
        fields = {"email": "new@example.org", "password": PASSWORD}
    else:
        fields = {"username": "alice@example.org", "password": PASSWORD}
    page = browser.post(f"/account/{way}/", {**fields, "next": wanted}, follow=True)
    assert f'value="{code}"' in page.content.decode()
    assert browser.post(PAGE, {"code": code}).status_code == 302


def test_each_refusal_says_what_happened_what_it_cost_and_what_to_do(cast, fan):
    now = timezone.now()
    ended = build_voucher_batch(cast.aurora, wording="ENDED BATCH")
    vouchers.end(ended)
    used = build_voucher_batch(cast.aurora, wording="USED BATCH")
    vouchers.redeem(cast.bob, "USEDBATCH")
    mine = build_voucher_batch(cast.aurora, wording="MY OWN BATCH", uses_a_code=2)
    vouchers.redeem(cast.alice, "MYOWNBATCH")
    build_voucher_batch(cast.aurora, wording="EARLY BATCH", valid_from=now + timedelta(days=2))
    late = build_voucher_batch(cast.aurora, wording="EXPIRED 2026")
    VoucherBatch.objects.filter(pk=late.pk).update(valid_until=now)
    start = (now + timedelta(days=2)).strftime("%-d %B %Y, %H:%M UTC")
    before = ledger.balance_of(cast.alice)
    for code, words in {
        "ENDED BATCH": "not valid any more. It gave you nothing and cost you nothing. Ask",
        "EXPIRED 2026": "not valid any more. It gave you nothing and cost you nothing. Ask",
        "USED BATCH": "as often as it may be. It gave you nothing and cost you nothing. Ask",
        "MY OWN BATCH": "You have redeemed this code before",
        "EARLY BATCH": f"It cost you nothing, and it is not lost: redeem it from {start} on.",
        "NO SUCH CODE": "There is no such code here. It cost you nothing. Compare it",
        "?": "There is no such code here.",
        "": "This field is required.",
        "X" * 61: "at most 60 characters",
    }.items():
        answer = fan.post(PAGE, {"code": code})
        assert answer.status_code == 422
        assert words in unescape(answer.content.decode()), code
    assert ledger.balance_of(cast.alice) == before
    assert used.uses_left
    assert mine.uses_left


def test_codes_of_another_portal_are_answered_like_codes_that_never_were(cast, fan):
    running = build_voucher_batch(cast.borealis, wording="THEIRS RUNS")
    ended = build_voucher_batch(cast.borealis, wording="THEIRS ENDS")
    vouchers.end(ended)
    answers = {}
    for code in ("THEIRS RUNS", "THEIRS ENDS", "NEVER THERE"):
        page = fan.post(PAGE, {"code": code})
        form = page.context["form"]
        answers[code] = page.status_code, form.errors.as_json(), len(page.content)
    assert len({str(answer) for answer in answers.values()}) == 1
    running.refresh_from_db()
    assert running.uses_left == 1


def test_whoever_is_wrong_too_often_waits(cast, code, fan, visit):
    for _ in range(BY_USER.amount):
        assert fan.post(PAGE, {"code": "WRONG CODE"}).status_code == 422
    answer = fan.post(PAGE, {"code": code})
    assert answer.status_code == 429
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    body = answer.content.decode()
    assert "a valid code stays valid. Try again in 60 minutes." in body
    assert not Redemption.objects.exists()
    assert fan.get(PAGE).status_code == 200
    assert visit(cast.bob).post(PAGE, {"code": code}).status_code == 302


def test_many_wrong_tries_at_once_gain_nothing(cast, redis):
    outcomes, barrier = [], threading.Barrier(30)

    def guess():
        barrier.wait()
        try:
            with voucher_tries.counted(cast.alice, "203.0.113.9"):
                raise UnknownVoucher
        except (UnknownVoucher, TooManyTries) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(UnknownVoucher) == BY_USER.amount
    assert outcomes.count(TooManyTries) == 30 - BY_USER.amount


def test_a_success_forgets_the_wrong_tries(cast, code, fan):
    for number in range(2):
        for _ in range(BY_USER.amount - 1):
            fan.post(PAGE, {"code": "WRONG CODE"})
        right = build_voucher_batch(cast.aurora).vouchers.get().code
        assert fan.post(PAGE, {"code": right}).status_code == 302, number


def test_redeeming_the_same_again_does_not_forget_them(cast, code, fan):
    vouchers.redeem(cast.alice, code)
    for _ in range(BY_USER.amount):
        assert fan.post(PAGE, {"code": code}).status_code == 422
    assert fan.post(PAGE, {"code": code}).status_code == 429


def test_one_account_after_another_from_one_address_is_stopped_there(cast, code, visit, redis):
    fans = [build_user(cast.aurora, f"fan{number}@example.org") for number in range(5)]
    statuses = [
        visit(fan).post(PAGE, {"code": "WRONG CODE"}, REMOTE_ADDR="203.0.113.9").status_code
        for fan in fans
        for _ in range(BY_USER.amount)
    ]
    assert statuses == [422] * BY_ADDRESS.amount + [429] * BY_USER.amount
    late = visit(fans[-1])
    assert late.post(PAGE, {"code": code}, REMOTE_ADDR="203.0.113.9").status_code == 429
    assert late.post(PAGE, {"code": code}, REMOTE_ADDR="203.0.113.10").status_code == 302
    there = visit(cast.mallory, BOREALIS_HOST)
    assert there.post(PAGE, {"code": code}, REMOTE_ADDR="203.0.113.9").status_code == 422


def test_without_an_address_the_users_tries_count(cast, code, fan):
    for _ in range(BY_USER.amount):
        assert fan.post(PAGE, {"code": "WRONG CODE"}, REMOTE_ADDR="").status_code == 422
    assert fan.post(PAGE, {"code": code}, REMOTE_ADDR="").status_code == 429


def test_while_redis_is_away_nothing_is_looked_up(cast, code, fan, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    for wrong_or_right in ("WRONG CODE", code):
        answer = fan.post(PAGE, {"code": wrong_or_right})
        assert answer.status_code == 503
        assert "it stays as valid as it was. Try again in a few minutes." in answer.content.decode()
    assert not Redemption.objects.exists()
    assert fan.get(PAGE).status_code == 200
