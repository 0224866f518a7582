"""Holds the direction of dependencies: who may import whom, and who may write what."""

import ast
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("lumiq_portal", "accounts", "generations")
LEDGER_ROWS = {"CreditAccount", "CreditHold", "CreditLeg", "CreditTransaction"}
WRITES = {
    "create",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "update",
    "delete",
}


@cache
def modules():
    """Each module's dotted name and parsed source, without migrations."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                found[name.removesuffix(".__init__")] = ast.parse(path.read_text())
    return found


def imports_of(name):
    """Dotted names of what a module imports, anywhere in it."""
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_in(name, package):
    return name == package or name.startswith(f"{package}.")


def violations(importer, forbidden, *, allowed=()):
    return [
        f"{name} imports {imported}"
        for name in modules()
        if is_in(name, importer)
        for imported in imports_of(name)
        if any(is_in(imported, package) for package in forbidden)
        and not any(is_in(imported, package) for package in allowed)
    ]


def test_accounts_knows_nothing_of_generations():
    assert violations("accounts", ["generations"]) == []


def test_the_lumiq_client_stands_alone():
    assert violations("generations.lumiq", ["django", "lumiq_portal", "accounts"]) == []
    own = ["generations.lumiq", "generations.kits"]
    assert violations("generations.lumiq", ["generations"], allowed=own) == []


def test_the_sandbox_stands_alone_but_for_the_contract_and_the_kits():
    assert violations("generations.sandbox", ["django", "lumiq_portal", "accounts"]) == []
    own = ["generations.sandbox", "generations.lumiq.contract", "generations.kits"]
    assert violations("generations.sandbox", ["generations"], allowed=own) == []


def test_the_local_stripe_stands_alone():
    name = "lumiq_portal.embedded.stripe"
    assert violations(name, ["django", "accounts", "generations", "stripe"]) == []
    assert violations(name, ["lumiq_portal"], allowed=[name]) == []


def test_pure_modules_stay_pure():
    forbidden = ["django.db", "django.conf", "generations.models", "accounts"]
    pure = ("states", "fairness", "evidence", "pace")
    for name in (f"generations.{module}" for module in pure):
        assert violations(name, forbidden, allowed=["django.db.models.TextChoices"]) == []


def test_stripe_has_one_importer():
    importers = {
        name for name in modules() for imported in imports_of(name) if is_in(imported, "stripe")
    }
    assert importers <= {"accounts.stripe_gateway"}


def test_ledger_rows_are_written_in_the_ledger_only():
    found = [
        f"{name}:{node.lineno} {ast.unparse(node)[:80]}"
        for name, tree in modules().items()
        if not is_in(name, "accounts.ledger")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and writes_ledger_row(node)
    ]
    assert found == []


def writes_ledger_row(call):
    """`CreditHold(…)`, or a chain from its manager that ends in a write."""
    if isinstance(call.func, ast.Name):
        return call.func.id in LEDGER_ROWS
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return False
    origin = call.func.value
    while isinstance(origin, (ast.Attribute, ast.Call)):
        origin = origin.value if isinstance(origin, ast.Attribute) else origin.func
    return isinstance(origin, ast.Name) and origin.id in LEDGER_ROWS


def test_the_master_key_is_read_in_one_place():
    readers = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "read_key"
    }
    assert readers == {"generations.keys"}
