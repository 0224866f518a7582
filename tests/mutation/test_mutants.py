"""The mutants that `make mutants` makes, and how they get into the running process."""

import enum
import sys
from types import ModuleType

import pytest

from tests.mutation import live
from tests.mutation.mutants import mutants_of


class Pot(enum.Enum):
    POOL = "pool"
    WALLET = "wallet"


def build_module(tmp_path, source):
    path = tmp_path / "accounts_of_the_test.py"
    path.write_text(source)
    module = ModuleType("accounts.of_the_test")
    module.__file__ = str(path)
    module.Pot = Pot
    exec(compile(source, str(path), "exec"), vars(module))  # noqa: S102 — as an import does
    return path, module


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("return a > 0", {"return a [> → >=] 0", "return a > [0 → 1]"}),
        ("return -a", {"return [- → ]a", "return [-a → None]"}),
        ("a += 1", {"a [+= → -=] 1", "[a += 1 → pass]", "a += [1 → 2]"}),
        ("return min(a, b=2)", {"return [min → max](a, b=2)", "return min(a[, b=2 → ])"}),
        ("return Pot.POOL", {"return Pot.[POOL → WALLET]"}),
        ("if a: pass", {"if [ → not ]a: pass"}),
        ("raise ValueError('words')", {"[raise ValueError('words') → pass]"}),
        ("return f'of {a}'", {"return f'[of → XXof] {a}'"}),
    ],
)
def test_a_line_is_wrong_in_each_of_these_ways(tmp_path, line, changes):
    path, module = build_module(tmp_path, f"def act(a):\n    {line}\n")
    texts = {mutant.text for mutant in mutants_of(path, "act.py", module)}
    assert changes <= texts


def test_words_types_and_the_log_are_left_alone(tmp_path):
    source = (
        'def act(a: int) -> int:\n    """About."""\n'
        '    logger.error("so %s", a)\n    assert a, f"{a} is missing"\n'
    )
    path, module = build_module(tmp_path, source)
    assert list(mutants_of(path, "act.py", module)) == []


@pytest.mark.parametrize(
    ("text", "seen"), [("LIMIT = [5 → 6]", (6, 4)), ("return a [+ → -] 1", (5, 2))]
)
def test_a_mutant_is_run_by_all_who_imported_it(tmp_path, monkeypatch, text, seen):
    path, module = build_module(tmp_path, "LIMIT = 5\n\ndef act(a):\n    return a + 1\n")
    importer = ModuleType("accounts.importer_of_the_test")
    importer.LIMIT, importer.renamed = module.LIMIT, module.act
    for each in (module, importer):
        monkeypatch.setitem(sys.modules, each.__name__, each)
    [mutant] = [mutant for mutant in mutants_of(path, "act.py", module) if mutant.text == text]
    live.apply(mutant, module)
    assert (importer.LIMIT, importer.renamed(3)) == seen


def test_a_mutant_may_lack_a_decorator(tmp_path, monkeypatch):
    source = (
        "import functools\n\n"
        "class transaction:\n    @staticmethod\n    def atomic(inner):\n"
        "        return functools.wraps(inner)(lambda: ('atomic', inner()))\n\n"
        "@transaction.atomic\ndef act():\n    return 1\n"
    )
    path, module = build_module(tmp_path, source)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    [bare] = [m for m in mutants_of(path, "act.py", module) if "@transaction" in m.text]
    assert module.act() == ("atomic", 1)
    live.apply(bare, module)
    assert module.act() == 1
