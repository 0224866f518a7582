"""The doctor on LUMIQ accounts: balances, and whether their figures add up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.models import AccountReading, LumiqAccount, LumiqKey, SubmitAttempt
from tests.cast import make_ready
from tests.doctoring import (
    account_name,
    ask,
    drift_name,
    ill_line,
    leave_unclear,
    lines_of,
    lumiq_says,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("healthy")]

LONG_AGO = timedelta(hours=3)


def test_a_balance_that_pays_for_no_video():
    LumiqAccount.objects.update(balance_credits=89)
    assert "89 credits, read N s ago. Buy credits" in ill_line(account_name())


def test_a_low_balance_is_a_note():
    LumiqAccount.objects.update(balance_credits=1999)
    code, output = ask()
    assert code == 0
    assert "1999 credits, read N s ago: fewer than 2000" in lines_of("note", output, account_name())


def test_a_balance_that_was_read_long_ago():
    LumiqAccount.objects.update(seen_at=timezone.now() - LONG_AGO)
    assert "read 3 h ago. Does beat run" in ill_line(account_name())


def test_an_account_is_one_line_however_many_keys_it_has():
    second = LumiqKey(name="second", account=LumiqAccount.objects.get())
    second.set_key("lmq_second")
    second.save()
    output = ask()[1]
    assert output.count(f"{account_name()}: ") == output.count(f"{drift_name()}: ") == 1
    assert output.count("takes videos") == 2


def test_figures_that_were_not_compared_yet():
    AccountReading.objects.all().delete()
    assert "have not been compared yet" in lines_of("note", ask()[1], drift_name())


def test_credits_that_nothing_explains():
    lumiq_says(spent=180)
    line = ill_line(drift_name())
    assert "LUMIQ charged 180 credits that none of its answers" in line
    assert "Does somebody else use this account?" in line
    assert "Sends without an answer" not in line
    # Nothing else was in question, so they are in suspense by now.
    lumiq_says(spent=180)
    code, output = ask()
    assert code == 0
    assert "adds up again; N s ago it did not by 180 credits" in lines_of(
        "note", output, drift_name()
    )
    AccountReading.objects.update(read_at=timezone.now() - timedelta(days=2))
    assert "180 credits spent, 180 in suspense" in lines_of("ok", ask()[1], drift_name())


def test_credits_that_lumiq_gave_back():
    lumiq_says(spent=180)
    lumiq_says(spent=180)
    lumiq_says(spent=90)
    line = ill_line(drift_name())
    assert "LUMIQ counts 90 credits less than its answers" in line
    assert "LUMIQ_REFUNDS_FAILED=yes" in line


def test_a_drift_with_sends_that_have_no_answer(cast):
    leave_unclear(cast.alice)
    lumiq_says(spent=450)
    line = ill_line(drift_name())
    assert "could cost 90 at most; they are not sent again meanwhile" in line


def test_sends_of_which_it_cannot_be_told_yet(cast):
    leave_unclear(cast.alice)
    leave_unclear(cast.bob)
    lumiq_says(spent=90)
    code, output = ask()
    assert code == 0
    line = lines_of("note", output, drift_name())
    assert "do not tell yet whether sends without an answer were charged: 180 credits, for" in line
    assert "for 5 min" in line
    assert "given up" not in line


def test_sends_that_are_not_settled_after_their_time(cast):
    leave_unclear(cast.alice)
    leave_unclear(cast.bob)
    lumiq_says(spent=90)
    SubmitAttempt.objects.update(committed_at=timezone.now() - LONG_AGO)
    line = lines_of("note", ask()[1], drift_name())
    assert "for 3 h; given up, and not settled yet: 2 sends" in line


@pytest.mark.parametrize(
    ("spent", "told"),
    [(90, "were not charged: 90 credits"), (180, "were charged: 90 credits, for 5 min. They are")],
)
def test_sends_of_which_it_is_known(cast, spent, told):
    make_ready(cast.bob)  # LUMIQ's figures are seen to move
    then = timezone.now() - timedelta(minutes=5)
    SubmitAttempt.objects.update(committed_at=then, answered_at=then)
    leave_unclear(cast.alice)
    lumiq_says(spent=spent)
    assert told in lines_of("note", ask()[1], drift_name())


def test_an_account_that_is_not_used_any_more_is_not_looked_at():
    lumiq_says(spent=180)
    LumiqKey.objects.update(is_active=False)
    output = ask()[1]
    assert drift_name() not in output
    assert account_name() not in output
