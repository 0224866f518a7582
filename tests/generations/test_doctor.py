"""`manage.py doctor`: exit 0 where all is well, a helpful line for each thing that is ill."""

import json

import pytest
from django.db import connection
from django.db.models import F

from accounts.models import CreditAccount, User
from generations import alerts, budget
from generations.budget import Lane
from generations.models import Alert, AlertKind, Lease, LumiqKey
from tests.cast import SANDBOX_KEY, queue_video
from tests.doctoring import account_name, ask, drift_name, ill_line, key_name, lines_of
from tests.sandbox_server import running_sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("healthy")]


def test_all_is_well(cast):
    queue_video(cast.alice)
    code, output = ask()
    assert code == 0, output
    assert "\nok    beat: runs (here:1)\n" in output
    assert f"\nok    {key_name()}: takes videos, 30 of 30 requests free\n" in output
    assert f"\nok    {account_name()}: 1000000 credits, read N s ago\n" in output
    assert f"\nok    {drift_name()}: adds up: 0 credits spent, 0 in suspense\n" in output
    assert not lines_of("ill", output)


def test_the_figures_come_as_json(cast):
    queue_video(cast.alice)
    for lane in (Lane.SUBMIT, Lane.SUBMIT, Lane.DOWNLOAD):
        budget.take(LumiqKey.objects.get(), lane)
    code, output = ask("--json")
    facts = json.loads(output)
    assert code == 0
    assert facts["ok"] is True
    figures = {check["name"]: check["figures"] for check in facts["checks"]}
    assert figures["database"]["vendor"] == connection.vendor
    assert figures["ledger"]["held"] == 90
    assert figures["queued"] == {"in_line": 1, "late": 0}
    assert figures["redis"]["maxmemory_policy"] == "noeviction"
    assert figures[key_name()]["free_requests"] == 27
    assert figures[key_name()]["requests_of_the_last_minute"] == {"download": 1, "submit": 2}
    assert figures[account_name()]["balance_credits"] == 1_000_000
    assert figures[drift_name()]["verdict"] == "clear"
    assert {"level", "text", "remedy"} < set(facts["checks"][0])


def test_what_is_ill_is_said_in_json_too():
    Lease.objects.all().delete()
    code, output = ask("--json")
    assert code == 1
    assert json.loads(output)["ok"] is False


def test_a_ledger_that_does_not_add_up():
    CreditAccount.objects.filter(kind="pool").update(balance=F("balance") + 1)
    assert ", the first: account" in ill_line("ledger")
    assert "`manage.py audit_ledger`" in ill_line("ledger")


def test_an_open_alert():
    alerts.open(AlertKind.KEY_REFUSED, "key 1", title="LUMIQ refuses a key", text="401.")
    assert "LUMIQ refuses a key (key 1), for N s. Look at LUMIQ" in ill_line("alert")


def test_a_warning_is_no_illness():
    alerts.check_balance("shop@example.org", 400, (500,))
    code, output = ask()
    assert code == 0
    assert "Fewer than 500 credits are left" in lines_of("note", output, "alert")


def test_mails_that_do_not_go_out():
    alerts.check_balance("shop@example.org", 400, (500,))
    Alert.objects.update(mail_tries=3)
    assert "Look at EMAIL_URL" in ill_line("mails")


def test_nobody_to_tell():
    User.objects.filter(is_staff=True).delete()
    assert "nobody gets the alerts" in lines_of("note", ask()[1], "mails")


def test_lumiq_is_asked_if_wanted_only(settings, tmp_path):
    assert ask()[0] == 0
    assert "no answer" in ill_line(f"lumiq, {key_name()}", "--ask-lumiq")
    with running_sandbox(tmp_path / "sandbox", keys={SANDBOX_KEY: 450}) as sandbox:
        settings.LUMIQ_BASE_URL = sandbox.base_url
        code, output = ask("--ask-lumiq")
    assert code == 0, output
    assert f"note  {account_name()}: 450 credits, read N s ago: fewer than 500" in output


def test_a_key_that_lumiq_does_not_know(settings, tmp_path):
    with running_sandbox(tmp_path / "sandbox", keys={"lmq_other": 450}) as sandbox:
        settings.LUMIQ_BASE_URL = sandbox.base_url
        assert "Put in another key" in ill_line(f"lumiq, {key_name()}", "--ask-lumiq")
        assert "LUMIQ refuses it" in ill_line(key_name())
