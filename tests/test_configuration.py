"""docs/configuration.md and settings.py name the same environment variables."""

import ast
import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def variables_read():
    """First arguments of `env.read_…("NAME", …)` and `os.environ.get("NAME")`."""
    for node in ast.walk(ast.parse((ROOT / "lumiq_portal/settings.py").read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called = ast.unparse(node.func)
        if called.startswith("env.read_") or called == "os.environ.get":
            assert isinstance(node.args[0], ast.Constant), ast.unparse(node)
            yield node.args[0].value


def test_each_variable_is_documented_and_each_documented_one_is_read():
    text = (ROOT / "docs/configuration.md").read_text()
    documented = re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == set(variables_read())


def test_settings_read_the_environment_through_env_only():
    source = (ROOT / "lumiq_portal/settings.py").read_text()
    assert re.findall(r"os\.(?:environ|getenv)\S*", source) == ['os.environ.get("PORTAL_VAR")']


def test_the_locks_name_packages_and_hashes_only():
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        for line in lock.read_text().splitlines():
            assert re.match(r"(    --hash=sha256:[0-9a-f]{64}|[a-z0-9]\S*==\S+)", line), line


def test_what_runs_in_production_is_what_was_tested():
    base, dev = ((ROOT / "requirements" / name).read_text() for name in ("base.txt", "dev.txt"))
    pins = re.compile(r"^[a-z0-9]\S*==.*?(?= \\$)", re.MULTILINE)
    assert set(pins.findall(base)) <= set(pins.findall(dev))
