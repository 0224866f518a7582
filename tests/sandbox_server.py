"""Starts the sandbox as a process of its own, for any test that needs a LUMIQ to talk to."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class RunningSandbox:
    """`base_url` carries /api/v1."""

    base_url: str
    process: "subprocess.Popen[str]"

    @property
    def port(self) -> int:
        return int(self.base_url.split(":")[2].partition("/")[0])

    def set_scenario(self, scenario: str, **rule: Any) -> dict[str, Any]:
        """As PUT /sandbox/scenarios (docs/sandbox.md): key, endpoints, times, seconds, …"""
        return self.control("PUT", "scenarios", {"scenario": scenario, **rule})

    def clear_scenarios(self) -> None:
        self.control("DELETE", "scenarios")

    def set_key(self, key: str, **change: Any) -> dict[str, Any]:
        """`credits` sets the balance, `add_credits` tops it up; `is_revoked`; `email` if new."""
        return self.control("PUT", f"keys/{key}", change)

    def record(self) -> dict[str, Any]:
        """`charges`, `arrivals` and the `busiest_minute` of each key."""
        return self.control("GET", "record")

    def control(self, method: str, path: str, payload: Any = None) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port}/sandbox/{path}"
        response = requests.request(method, url, json=payload, timeout=20)
        assert response.status_code == 200, response.text
        return response.json()

    def stop(self) -> int:
        """Ends it in good order; returns its exit code."""
        self.process.terminate()
        return self.process.wait(15)


@contextlib.contextmanager
def running_sandbox(
    state: Path,
    *,
    keys: Mapping[str, int | tuple[int, str]] | None = None,
    test_keys: Iterable[str] = (),
    port: int = 0,
    speed: float = 0,
    requests_per_minute: int = 1000,
    rate_window: str = "sliding",
    rate_window_seconds: float = 60,
    count_refused: bool = False,
    workers: int = 1,
    refund_failed: bool = False,
    renderer: str = "tests.quick_renderer",
) -> Iterator[RunningSandbox]:
    """A sandbox on a free port of 127.0.0.1 with the given keys and balances.

    A key may be given as (balance, e-mail address); keys with one address share an account.

    The same `state` directory gives the next sandbox what this one leaves behind.
    """
    options = {
        "--port": port,
        "--state": state,
        "--speed": speed,
        "--requests-per-minute": requests_per_minute,
        "--rate-window": rate_window,
        "--rate-window-seconds": rate_window_seconds,
        "--workers": workers,
        "--renderer": renderer,
    }
    command = [sys.executable, "-m", "generations.sandbox"]
    command += [str(word) for option in options.items() for word in option]
    for key, account in (keys or {"lmq_test": 9000}).items():
        words = account if isinstance(account, tuple) else (account,)
        command += ["--key", ":".join(map(str, (key, *words)))]
    for test_key in test_keys:
        command += ["--test-key", test_key]
    if count_refused:
        command.append("--count-refused")
    if refund_failed:
        command.append("--refund-failed")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert " ready on " in line, f"the sandbox did not start: {line!r}"
        yield RunningSandbox(line.split()[-1], process)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
