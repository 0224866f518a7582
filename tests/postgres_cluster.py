"""A private PostgreSQL cluster for one command: `python -m tests.postgres_cluster -- pytest …`.

It listens on a free loopback port, keeps its files in a temporary folder, and is gone afterwards.
"""

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

NOT_FOUND = """\
PostgreSQL's programs initdb and pg_ctl are not on the PATH nor under /usr/lib/postgresql.
On Debian and Ubuntu: apt-get install --no-install-recommends postgresql
No server need be running; `make test` needs none of this."""


def main(command):
    programs = find_programs()
    if programs is None:
        print(NOT_FOUND, file=sys.stderr)
        return 1
    # So that the cluster is also ended where somebody ends us.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with run_cluster(programs) as address:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}).returncode


def find_programs():
    """The folder of initdb and pg_ctl: of the PATH, or else of the newest version installed."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: [int(part) for part in re.findall(r"\d+", folder.parent.name)],
    )
    on_path = shutil.which("pg_ctl")
    folders = [*installed, *([Path(on_path).resolve().parent] if on_path else [])]
    complete = [f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()]
    return complete[-1] if complete else None


@contextlib.contextmanager
def run_cluster(programs):
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))
    data, port = folder / "data", find_free_port()
    as_user = _drop_root(folder)
    try:
        _run(
            *as_user,
            programs / "initdb",
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "-N",
            log=folder / "initdb.log",
        )
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c max_connections=200"
        pg_ctl = [*as_user, programs / "pg_ctl", "-D", data, "-w"]
        log = folder / "server.log"
        _run(*pg_ctl, "-l", log, "-o", options, "start", log=folder / "start.log")
        try:
            yield f"postgresql://postgres:trusted@127.0.0.1:{port}/postgres"
        finally:
            _run(*pg_ctl, "-m", "immediate", "stop", log=folder / "stop.log")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _drop_root(folder):
    """PostgreSQL refuses to run as root: give the folder to its own user, and become it."""
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _run(*command, log):
    with log.open("wb") as output:
        done = subprocess.run(
            [str(part) for part in command], stdout=output, stderr=output, cwd="/"
        )
    if done.returncode:
        raise SystemExit(f"{command[-1]} failed:\n{log.read_text()}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(arguments[1:] if arguments[:1] == ["--"] else arguments))
