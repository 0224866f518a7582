"""The small ways in which a line of code can be wrong: what may stand instead of a piece of syntax.

Pure: syntax in, syntax out. `Names` says what a dotted name of the module stands for.
"""

import ast
import copy
import enum
from collections.abc import Callable, Iterator

Names = Callable[[str], object]
# A change replaces the node; None instead of a node takes the statement away.
Change = ast.AST | None

_COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_COUNTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
    ast.Pow: ast.Mult,
}  # fmt: skip
_SWAPPED = {"min": "max", "max": "min", "filter": "exclude", "exclude": "filter"}
# SQLite has no row locks, so what kind of them is asked for makes no difference there.
_OF_ROW_LOCKS = {"no_key", "of"}


def changes_of(node: ast.AST, names: Names) -> Iterator[Change]:
    match node:
        case ast.Constant():
            yield from _of_constant(node)
        case ast.JoinedStr():
            yield _with(node, values=[ast.Constant("XX"), *node.values])
        case ast.Attribute() | ast.Name():
            yield from _of_name(node, names)
        case ast.Call():
            yield from _of_call(node)
        case ast.expr() | ast.comprehension():
            yield from _of_operator(node)
        case ast.stmt() | ast.ExceptHandler() | ast.MatchSingleton():
            yield from _of_statement(node)
            yield from _of_way(node)
            yield from _of_condition(node)


def _of_constant(node):
    match node.value:
        case bool():
            yield ast.Constant(not node.value)
        case int():
            yield ast.Constant(node.value + 1)
        case str():
            yield ast.Constant(f"XX{node.value}XX")


def _of_name(node, names):
    """Another member of the same enumeration; another of two functions that are opposites."""
    if isinstance(node, ast.Attribute):
        member = names(ast.unparse(node))
        if isinstance(member, enum.Enum):
            members = list(type(member))
            after = members[(members.index(member) + 1) % len(members)]
            yield _with(node, attr=after.name)
        elif node.attr in _SWAPPED:
            yield _with(node, attr=_SWAPPED[node.attr])
    elif node.id in ("min", "max"):
        yield _with(node, id=_SWAPPED[node.id])


def _of_call(node):
    for place, argument in enumerate(node.args):
        if not isinstance(argument, ast.Starred | ast.Constant):
            yield _with(node, args=_put(node.args, place, ast.Constant(None)))
    for place, keyword in enumerate(node.keywords):
        if keyword.arg and keyword.arg not in _OF_ROW_LOCKS:
            yield _with(node, keywords=node.keywords[:place] + node.keywords[place + 1 :])


def _of_operator(node):
    match node:
        case ast.Compare(ops=ops):
            for place, operator in enumerate(ops):
                yield _with(node, ops=_put(ops, place, _COMPARED[type(operator)]()))
        case ast.BinOp(op=operator) if type(operator) in _COUNTED:
            yield _with(node, op=_COUNTED[type(operator)]())
        case ast.BoolOp(op=operator):
            yield _with(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.IfExp(test=test):
            yield from (_with(node, test=negated) for negated in _negated(test))
        case ast.comprehension(ifs=ifs):
            for place, test in enumerate(ifs):
                yield from (_with(node, ifs=_put(ifs, place, other)) for other in _negated(test))


def _of_statement(node):
    match node:
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Return(value=None):
            yield None
        case ast.Expr(value=ast.Yield(value=ast.expr())):
            yield ast.Expr(ast.Yield(ast.Constant(None)))
        case ast.Return(value=ast.expr()):
            yield ast.Return(ast.Constant(None))
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            if not isinstance(value, ast.Constant):
                yield _with(node, value=ast.Constant(None))
        case ast.AugAssign(op=operator):
            yield _with(node, op=_COUNTED[type(operator)]())
            yield None


def _of_way(node):
    """Where it goes on."""
    match node:
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.ExceptHandler():
            yield _with(node, type=ast.Name("ZeroDivisionError", ast.Load()))
        case ast.MatchSingleton():
            yield ast.MatchSingleton(not node.value)


def _of_condition(node):
    if isinstance(node, ast.If | ast.While):
        yield from (_with(node, test=negated) for negated in _negated(node.test))
    decorators = getattr(node, "decorator_list", [])
    for place, decorator in enumerate(decorators):
        if ast.unparse(decorator) == "transaction.atomic":
            yield _with(node, decorator_list=decorators[:place] + decorators[place + 1 :])


def _negated(test):
    """Where the condition has no operator of its own that could be turned round."""
    if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), test)


def _with(node, **fields):
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _put(items, place, item):
    return [*items[:place], item, *items[place + 1 :]]
