"""Mutants of Python code, over the syntax tree: one small mistake each, as a replaced piece of the source.

Left alone is what decides nothing: annotations, decorators, docstrings, the words of an error, types; and what only
asserts: `assert`, `zip(strict=True)`, `frozen=True`.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt,),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
}
_TWINS: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
_TYPES: Final = frozenset({"isinstance", "cast", "TypeVar", "NewType", "ParamSpec", "TypedDict"})
_EITHER_WAY: Final = frozenset({"min", "max", "minimum", "maximum", "hypot", "isclose", "gcd"})
"""Functions that give the same for arguments exchanged."""
_SPAN: Final = ("lineno", "col_offset", "end_lineno", "end_col_offset")


@dataclass(frozen=True)
class Edit:
    """One mistake: the bytes of the source from ``start`` to ``end`` become ``text``."""

    kind: str
    line: int
    start: int
    end: int
    text: str

    def of(self, source: bytes) -> bytes:
        """The source with the mistake."""
        return source[: self.start] + self.text.encode() + source[self.end :]


@dataclass(frozen=True)
class _Change:
    """A node that takes the place of another."""

    kind: str
    was: ast.AST
    now: ast.AST


def edits(source: bytes) -> tuple[Edit, ...]:
    """Every mistake that can be made in a module, in the order of its lines; a few of them do not compile."""
    starts = [0]
    for row in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    made: dict[Edit, None] = {}
    for change in _changes(ast.parse(source)):
        line, column, last, end = (getattr(change.was, name) for name in _SPAN)
        text = ast.unparse(change.now)
        if isinstance(change.now, ast.expr) and not isinstance(change.now, ast.Constant | ast.Name | ast.Call):
            text = f"({text})"
        made[Edit(change.kind, line, starts[line - 1] + column, starts[last - 1] + end, text)] = None
    return tuple(sorted(made, key=lambda one: (one.start, one.end, one.text)))


def compiles(source: bytes) -> bool:
    """Whether a mutant is Python at all."""
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _changes(node: ast.AST) -> Iterator[_Change]:
    yield from _here(node)
    for child in _children(node):
        yield from _changes(child)


def _children(node: ast.AST) -> Iterable[ast.AST]:
    """What is looked at below a node."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            body = node.body if isinstance(node.body, list) else [node.body]
            return [*node.args.defaults, *(one for one in node.args.kw_defaults if one), *body]
        case ast.ClassDef():
            return node.body
        case ast.AnnAssign():
            return [node.value] if node.value else []
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return node.orelse
        case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
            return []
        case ast.Call(func=ast.Name(id=name)) if name in _TYPES:
            return []
        case ast.keyword(arg="frozen" | "slots"):
            return []
        case ast.Call(func=ast.Name(id="zip")):
            return node.args
        case ast.Assert() | ast.Raise() | ast.JoinedStr():  # before Python 3.12 nodes in an f-string have no place
            return []
        case _:
            return ast.iter_child_nodes(node)


def _here(node: ast.AST) -> Iterator[_Change]:
    for kind, made in _MADE.items():
        if isinstance(node, kind):
            yield from made(node)
    if _is_act(node):
        yield _Change("removed", node, ast.Pass())


def _negated(node: ast.UnaryOp) -> Iterator[_Change]:
    if isinstance(node.op, ast.Not):
        yield _Change("negation", node, node.operand)


def _computed(node: ast.BinOp | ast.AugAssign) -> Iterator[_Change]:
    if type(node.op) in _COMPUTED and not _is_text(node):
        yield _changed("arithmetic", node, op=_COMPUTED[type(node.op)]())


def _chosen(node: ast.IfExp) -> Iterator[_Change]:
    yield _changed("condition", node, body=node.orelse, orelse=node.body)


def _filtered(node: ast.comprehension) -> Iterator[_Change]:
    yield from (_Change("condition", test, ast.Constant(True)) for test in node.ifs)


def _branched(node: ast.If) -> Iterator[_Change]:
    if not isinstance(node.test, ast.Name) or node.test.id != "TYPE_CHECKING":
        yield _Change("condition", node.test, ast.UnaryOp(ast.Not(), node.test))


def _returned(node: ast.Return) -> Iterator[_Change]:
    if node.value and not (isinstance(node.value, ast.Constant) and node.value.value in (None, False)):
        yield _Change("returned", node.value, ast.Constant(None))


def _changed(kind: str, node: ast.AST, **parts: object) -> _Change:
    now = copy.copy(node)
    for name, part in parts.items():
        setattr(now, name, part)
    return _Change(kind, node, now)


def _compared(node: ast.Compare) -> Iterator[_Change]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARED[type(operator)]:
            yield _changed("comparison", node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])


def _connected(node: ast.BoolOp) -> Iterator[_Change]:
    yield _changed("connective", node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for place in range(len(node.values)):
        left = [*node.values[:place], *node.values[place + 1 :]]
        yield _Change("connective", node, left[0] if len(left) == 1 else _changed("", node, values=left).now)


def _is_text(node: ast.BinOp | ast.AugAssign) -> bool:
    sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.value,)
    return any(isinstance(side, ast.JoinedStr | ast.List | ast.Tuple) or _has_text(side) for side in sides)


def _has_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _constant(node: ast.Constant) -> Iterator[_Change]:
    match node.value:
        case bool(value):
            yield _Change("constant", node, ast.Constant(not value))
        case int(value):
            yield from (_Change("constant", node, ast.Constant(other)) for other in (value + 1, value - 1))
        case float(value):
            other = value + 1.0 if value.is_integer() else value * 2.0
            yield _Change("constant", node, ast.Constant(other))


def _called(node: ast.Call) -> Iterator[_Change]:
    if isinstance(node.func, ast.Name) and node.func.id in _TYPES:
        return
    if isinstance(node.func, ast.Name) and node.func.id in _TWINS:
        yield _changed("twin", node, func=ast.Name(_TWINS[node.func.id]))
    plain = [one for one in node.args if not isinstance(one, ast.Starred)]
    if plain == node.args and _name(node.func) not in _EITHER_WAY:
        for place, (first, second) in enumerate(pairwise(plain)):
            if ast.dump(first) != ast.dump(second):
                args = [*plain[:place], second, first, *plain[place + 2 :]]
                yield _changed("arguments", node, args=args)
    for place, (one, two) in enumerate(pairwise(node.keywords)):
        if one.arg and two.arg and ast.dump(one.value) != ast.dump(two.value):
            swapped = [ast.keyword(one.arg, two.value), ast.keyword(two.arg, one.value)]
            yield _changed("arguments", node, keywords=[*node.keywords[:place], *swapped, *node.keywords[place + 2 :]])


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _is_act(node: ast.AST) -> bool:
    """Whether a statement does something and can be left out."""
    match node:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break() | ast.Delete():
            return True
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            return True
        case _:
            return False


_MADE: Final[dict[type[ast.AST], Callable[[Any], Iterator[_Change]]]] = {
    ast.Compare: _compared,
    ast.BoolOp: _connected,
    ast.UnaryOp: _negated,
    ast.BinOp: _computed,
    ast.AugAssign: _computed,
    ast.Constant: _constant,
    ast.IfExp: _chosen,
    ast.comprehension: _filtered,
    ast.If: _branched,
    ast.Call: _called,
    ast.Return: _returned,
}
