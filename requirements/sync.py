"""Brings the environment that runs it to a lock: `python requirements/sync.py LOCK`.

Does nothing where every pin is installed already, by whatever tool. Needs pip alone.
"""

import fcntl
import importlib.util
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?:\s*;\s*(?P<marker>[^\\]+))?")


def main(lock: Path) -> None:
    with Path(sys.prefix, "pyvenv.cfg").open() as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # `make run` and `make test` may be started together
        missing = find_missing(lock)
        if not missing:
            return
        print(f"Installing {lock} ({len(missing)} packages to fetch) …", flush=True)
        install(lock)


def find_missing(lock: Path) -> list[str]:
    pins = (PIN.match(line) for line in lock.read_text().splitlines())
    wanted = [pin for pin in pins if pin and applies(pin["marker"])]
    return [pin["name"] for pin in wanted if installed_version(pin["name"]) != pin["version"]]


def applies(marker: str | None) -> bool:
    if marker is None:
        return True
    try:
        from packaging.markers import Marker
    except ImportError:
        if not importlib.util.find_spec("pip"):
            return False  # an environment without pip is judged by its unconditional pins
        from pip._vendor.packaging.markers import Marker  # type: ignore[assignment]
    return Marker(marker.strip()).evaluate()


def installed_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def install(lock: Path) -> None:
    if not importlib.util.find_spec("pip"):
        subprocess.run([sys.executable, "-m", "ensurepip", "--upgrade"], check=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--require-hashes", "-r", str(lock)]
    if subprocess.run(command).returncode:
        sys.exit(f"{lock} could not be installed; the lines above say why.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
