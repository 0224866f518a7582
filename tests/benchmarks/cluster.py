"""Benchmarks that are about PostgreSQL, wherever they are started."""

import os
import subprocess
import sys

from django.db import connection


def measure_in_a_cluster(module, *, told):
    """Runs the rest of that file in a private cluster, and prints its lines that begin as `told`.
    Within the cluster it does nothing."""
    if connection.vendor == "postgresql":
        return
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", module]
    done = subprocess.run(
        [sys.executable, "-m", "tests.postgres_cluster", "--", *command],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    print("\n" + "\n".join(row for row in done.stdout.splitlines() if row.startswith(told)))
    assert done.returncode == 0, done.stdout + done.stderr
