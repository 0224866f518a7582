import stat

import pytest

from lumiq_portal.embedded import programs, stripe_server
from lumiq_portal.embedded.stripe.cli import main
from tests.embedded.local_stripe.buying import create_session, session_params
from tests.fixtures.local_stripe import LocalStripe
from tests.fixtures.processes import kill_session
from tests.fixtures.site import free_port, wait_until


def test_its_keys_are_made_once_for_this_user_alone(tmp_path):
    state = tmp_path / "stripe"
    kept = stripe_server.read_secrets(state)
    assert kept["STRIPE_SECRET_KEY"].startswith("sk_test_local_")
    assert stripe_server.read_secrets(state) == kept
    assert stat.S_IMODE((state / "secrets.json").stat().st_mode) == 0o600
    assert stripe_server.read_secrets(tmp_path / "another") != kept


def test_children_are_told_of_it_where_no_key_is_configured(settings, tmp_path):
    settings.LOCAL_STRIPE_STATE = tmp_path / "stripe"
    environment = programs.build_environment()
    assert environment["STRIPE_API_BASE"] == f"http://127.0.0.1:{settings.LOCAL_STRIPE_PORT}"
    assert environment["STRIPE_SECRET_KEY"].startswith("sk_test_local_")
    assert environment["STRIPE_WEBHOOK_SECRET_FILE"] == ""
    command = programs.build_stripe().command
    assert command[-3:] == (
        f"http://127.0.0.1:{settings.PORT}/hooks/stripe/",
        "--connect-webhook",
        f"http://127.0.0.1:{settings.PORT}/hooks/stripe/connect/",
    )
    assert not any("local_" in word for word in command), "a secret where ps shows it"


def test_a_configured_key_switches_it_off(settings, tmp_path):
    settings.LOCAL_STRIPE_STATE = tmp_path / "stripe"
    settings.STRIPE_IS_LOCAL = False
    assert not programs.uses_local_stripe()
    assert not [name for name in programs.build_environment() if name.startswith("STRIPE")]
    assert not (tmp_path / "stripe").exists()


def test_a_command_beside_the_site_knows_it_and_a_real_key_hides_it(run_manage, tmp_path):
    state = tmp_path / "var"
    kept = stripe_server.read_secrets(state / "stripe")
    show = "from django.conf import settings as s; print(s.STRIPE_SECRET_KEY, s.STRIPE_API_BASE)"

    def shown(**environment):
        done = run_manage("shell", "-v", "0", "-c", show, PORTAL_VAR=str(state), **environment)
        return done.stdout.split()

    local = [kept["STRIPE_SECRET_KEY"], "http://127.0.0.1:28000"]
    assert shown(PORT="8000") == local
    assert shown(PORT="8000", STRIPE_SECRET_KEY="sk_test_real") == ["sk_test_real"]
    assert shown(PORTAL_BASE_DOMAIN="portal.example") == []


def test_it_runs_as_a_program_and_ends_in_good_order(settings, tmp_path, start_process):
    settings.LOCAL_STRIPE_STATE = tmp_path / "stripe"
    settings.LOCAL_STRIPE_PORT = free_port()
    program = programs.build_stripe()
    process = start_process(program.command, env=dict(program.environment))
    wait_until(lambda: b" ready on " in process.log_path.read_bytes(), "it does not start")
    key = program.environment["STRIPE_SECRET_KEY"]
    here = LocalStripe(f"http://127.0.0.1:{settings.LOCAL_STRIPE_PORT}", secret_key=key)
    assert create_session(here.client()).status == "open"
    process.terminate()
    assert process.wait(10) == 0


def test_what_it_has_answered_survives_a_kill(settings, tmp_path, start_process):
    settings.LOCAL_STRIPE_STATE = tmp_path / "stripe"
    settings.LOCAL_STRIPE_PORT = free_port()
    program = programs.build_stripe()
    here = LocalStripe(
        f"http://127.0.0.1:{settings.LOCAL_STRIPE_PORT}",
        secret_key=program.environment["STRIPE_SECRET_KEY"],
    )
    answered, params = {}, session_params()
    for _ in range(3):
        process = start_process(program.command, env=dict(program.environment))
        wait_until(lambda p=process: b" ready on " in p.log_path.read_bytes(), "it doesn't start")
        for key, session_id in answered.items():
            again = here.client().v1.checkout.sessions.create(params, {"idempotency_key": key})
            assert again.id == session_id
        for number in range(10):
            key = f"{process.pid}-{number}"
            made = here.client().v1.checkout.sessions.create(params, {"idempotency_key": key})
            answered[key] = made.id
        kill_session(process)


def test_it_refuses_to_start_with_keys_of_a_real_account(monkeypatch, capsys):
    for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_CONNECT_WEBHOOK_SECRET"):
        monkeypatch.setenv(name, "sk_live_of_a_real_account")
    with pytest.raises(SystemExit):
        main([])
    assert "sk_test_" in capsys.readouterr().err
