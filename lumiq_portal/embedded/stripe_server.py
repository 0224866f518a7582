"""The local Stripe as one of the site's programs, where no key of a real account is configured.

Its keys are made once for each installation and kept beside its state. They are worth nothing
elsewhere, but whoever has them may tell this site that something was paid.
"""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from lumiq_portal.embedded.processes import Program

SECRETS = "secrets.json"
_PREFIXES = {
    "STRIPE_SECRET_KEY": "sk_test_local",
    "STRIPE_WEBHOOK_SECRET": "whsec_local",
    "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_local_connect",
}


def build_program(*, port: int, state: Path, hooks: str, environment: Mapping[str, str]) -> Program:
    """`hooks` is the address under which the portal takes events, with a slash at its end."""
    command = (
        *(sys.executable, "-m", "lumiq_portal.embedded.stripe"),
        *("--port", str(port), "--state", str(state)),
        *("--webhook", hooks, "--connect-webhook", f"{hooks}connect/"),
    )
    return Program("stripe", command, is_foundation=True, environment=environment)


def build_environment(*, port: int, state: Path) -> dict[str, str]:
    """What makes the portal talk to it. Also silences what `<NAME>_FILE` would say first."""
    variables = {**read_secrets(state), "STRIPE_API_BASE": f"http://127.0.0.1:{port}"}
    return {**variables, **{f"{name}_FILE": "" for name in variables}}


def read_secrets(state: Path) -> dict[str, str]:
    """Makes them where there are none; the caller holds the lock on the state."""
    path = state / SECRETS
    if not path.exists():
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        made = {name: f"{prefix}_{secrets.token_hex(16)}" for name, prefix in _PREFIXES.items()}
        fresh.write_text(json.dumps(made))
        os.replace(fresh, path)
    kept: dict[str, str] = json.loads(path.read_text())
    return {name: kept[name] for name in _PREFIXES}
