"""All mutants of a module: where each one is, how it reads, and the module's syntax with it."""

import ast
import contextlib
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

from tests.mutation.changes import changes_of

SHOWN = 40
# What follows a header, and is no part of how it reads.
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True)
class Mutant:
    """`lines` are those that must run for it to matter; none where it acts on import."""

    path: str
    function: str
    line: int
    lines: range
    text: str
    _tree: ast.Module = field(repr=False, compare=False)
    _place: tuple[ast.AST, str, int | None] = field(repr=False, compare=False)
    _instead: ast.AST = field(repr=False, compare=False)

    def compile(self):
        with _put(self._place, self._instead):
            return compile(ast.fix_missing_locations(self._tree), self.path, "exec")


def mutants_of(path: Path, shown_path: str, module) -> Iterator[Mutant]:
    """`module` is the imported one, by which names are understood."""
    tree = ast.parse(path.read_text())
    for chain, place in _walk(tree):
        node, function = chain[-1], _function_of(chain)
        if function is None and not isinstance(node, ast.Constant | ast.Attribute):
            continue  # what is made on import is missed at once where it is missing
        statement = _statement_of(chain)
        before = _header(statement)
        for change in changes_of(node, lambda name: _look_up(module, name)):
            instead = change or ast.Pass()
            with _put(place, instead):
                after = _header(instead if node is statement else statement)
            if after == before:
                continue  # a name that stands for the same
            yield Mutant(
                path=shown_path,
                function=".".join(part.name for part in chain if _is_named(part)) or "module",
                line=node.lineno if hasattr(node, "lineno") else statement.lineno,
                lines=_lines_of(statement, function),
                text=_difference(before, after),
                _tree=tree,
                _place=place,
                _instead=ast.copy_location(instead, node if hasattr(node, "lineno") else statement),
            )


def _walk(node, chain=()):
    """Each piece of syntax that may be changed, with what it lies in and its place there."""
    for name, value in ast.iter_fields(node):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _is_left_alone(node, name, child):
                yield (*chain, child), (node, name, index)
                yield from _walk(child, (*chain, child))


def _is_left_alone(node, name, child):
    return _is_no_act(node, name) or _is_for_readers(node, name, child)


def _is_no_act(node, name):
    """Types, bases, decorators; how a figure is laid out in a text; what is caught."""
    match node:
        case ast.Call():
            return False
        case ast.FormattedValue():
            return name != "value"
        case ast.ExceptHandler():
            return name == "type"
    return name in ("annotation", "returns", "decorator_list", "bases", "keywords")


def _is_for_readers(node, name, child):
    match node, child:
        case ast.Assert(), _:
            return name == "msg"
        case ast.JoinedStr(), ast.Constant():
            return True  # the text as a whole is changed instead
        case ast.Expr(), ast.Constant():
            return True  # a docstring
        case _, ast.Import() | ast.ImportFrom():
            return True
        case _, ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name("logger")))):
            return True
        case ast.Raise(), ast.Call(args=[ast.Constant() | ast.JoinedStr()]):
            return True  # the words of an exception are for the log
        case _, ast.keyword(arg="no_key" | "of"):
            return True  # what kind of lock: SQLite has none of rows
    return False


def _statement_of(chain):
    return next(
        part
        for part in reversed(chain)
        if isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case)
    )


def _function_of(chain):
    """The innermost one that is compiled by itself, if it lies in one."""
    inner = [part for part in chain if isinstance(part, ast.FunctionDef)]
    return inner[0] if inner else None


def _is_named(part):
    return isinstance(part, ast.FunctionDef | ast.ClassDef)


def _lines_of(statement, function):
    if function is None:
        return range(0)
    if statement is function:  # its decorators and defaults
        return range(function.body[0].lineno, function.body[-1].end_lineno + 1)
    first = statement.pattern if isinstance(statement, ast.match_case) else statement
    body = getattr(statement, "body", None)
    last = body[0].lineno if body else first.end_lineno + 1
    return range(first.lineno, max(last, first.lineno + 1))


def _header(statement):
    hidden = {name: getattr(statement, name) for name in _BODIES if hasattr(statement, name)}
    for name in hidden:
        setattr(statement, name, [ast.Pass()] if name == "body" else [])
    try:
        return " ".join(ast.unparse(ast.fix_missing_locations(statement)).split())
    finally:
        for name, value in hidden.items():
            setattr(statement, name, value)


def _difference(before, after):
    """ "a [> → >=] b", with some of what stands around it."""
    old, new = (re.findall(r"\w+|\s+|[^\w\s]+", text) for text in (before, after))
    start = _count_same(old, new)
    end = _count_same(old[start:][::-1], new[start:][::-1])
    same = "".join(old[:start]), "".join(old[len(old) - end :])
    was, now = ("".join(words[start : len(words) - end]) for words in (old, new))
    return f"{same[0][-SHOWN:]}[{was} → {now}]{same[1][:SHOWN]}"


def _count_same(old, new):
    pairs = zip(old, new, strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def _look_up(module, name):
    """What a member of an enumeration is called in the module; None for anything else."""
    *path, member = name.split(".")
    found = reduce(lambda value, part: getattr(value, part, None), path, module)
    is_enumeration = isinstance(found, type) and issubclass(found, enum.Enum)
    return getattr(found, member, None) if is_enumeration else None


@contextlib.contextmanager
def _put(place, node):
    parent, name, index = place
    before = getattr(parent, name)
    if index is None:
        setattr(parent, name, node)
    else:
        setattr(parent, name, [*before[:index], node, *before[index + 1 :]])
    try:
        yield
    finally:
        setattr(parent, name, before)
