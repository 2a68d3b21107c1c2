"""The rule `expression` of the grammar: operators, by their precedence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.parser.queries import query_or_term
from precise_cal.engine.cql.parser.specifiers import type_name
from precise_cal.engine.cql.parser.terms import term
from precise_cal.engine.cql.parser.timing import timing
from precise_cal.engine.cql.syntax import Node, TypeOperation

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.parser.cursor import Cursor

# Levels of binding, loosest first, as the alternatives of the rules `expression` and `expressionTerm` stand.
IMPLIES, OR, AND, MEMBERSHIP, EQUALITY, TIMING, INEQUALITY, SET, BETWEEN, EXISTS, NOT, CAST, TYPE, TEST = range(14)

_SIMPLE_BINARY: Final = {
    "implies": ("Implies", IMPLIES),
    "or": ("Or", OR),
    "xor": ("Xor", OR),
    "and": ("And", AND),
    "=": ("Equal", EQUALITY),
    "!=": ("NotEqual", EQUALITY),
    "~": ("Equivalent", EQUALITY),
    "!~": ("NotEquivalent", EQUALITY),
    "<": ("Less", INEQUALITY),
    "<=": ("LessOrEqual", INEQUALITY),
    ">": ("Greater", INEQUALITY),
    ">=": ("GreaterOrEqual", INEQUALITY),
}
_MEMBERSHIP: Final = {
    "in": "In",
    "contains": "Contains",
    "~in": "EquivalentIn",
    "~contains": "EquivalentContains",
}
_SETS: Final = {"|": "Union", "union": "Union", "intersect": "Intersect", "except": "Except"}
_TESTS: Final = {"null": "IsNull", "true": "IsTrue", "false": "IsFalse"}


def expression(cursor: Cursor, level: int = IMPLIES) -> Node:
    """An expression whose operators bind at least as tightly as `level`."""
    with cursor.nested():
        left = _prefix(cursor)
        while True:
            following = _infix(cursor, left, level)
            if following is None:
                return left
            left = following


def _prefix(cursor: Cursor) -> Node:
    """An expression that begins here; a prefix stands wherever one may begin, as in `not exists l` and `a = not b`."""
    word = cursor.word()
    start = cursor.token.start
    if word == "not":
        cursor.advance()
        return cursor.operation("Not", start, expression(cursor, NOT))
    if word == "exists":
        cursor.advance()
        return cursor.operation("Exists", start, expression(cursor, EXISTS))
    if word == "cast":
        cursor.advance()
        operand = expression(cursor, TEST)
        cursor.expect("as")
        kind = type_name(cursor)
        return TypeOperation(start, kind.end, "cast", operand, kind)
    return _between_prefix(cursor) or query_or_term(cursor)


def _between_prefix(cursor: Cursor) -> Node | None:
    """`years between a and b`, `duration in years between …`, `difference in years between …`."""
    start, name, place = cursor.token.start, "DurationBetween", cursor.index
    if cursor.word() in {"duration", "difference"}:
        if cursor.word() == "difference":
            name = "DifferenceBetween"
        cursor.advance()
        if not cursor.accept("in"):
            cursor.index = place
            return None
    precision = cursor.plural_precision()
    if precision is None or not cursor.accept("between"):
        cursor.index = place
        return None
    low = term(cursor)
    cursor.expect("and")
    return cursor.operation(name, start, low, term(cursor), precision=precision)


def _infix(cursor: Cursor, left: Node, level: int) -> Node | None:
    """The expression that goes on behind `left`, or None where it ends."""
    word = cursor.word()
    simple = _SIMPLE_BINARY.get(word)
    if simple is not None:
        name, bind = simple
        if bind < level:
            return None
        cursor.advance()
        return cursor.operation(name, left.start, left, expression(cursor, bind + 1))
    for bind, read in _INFIX.get(word, ()):
        if bind >= level:
            found = read(cursor, left)
            if found is not None:
                return found
    return timing(cursor, left) if level <= TIMING else None


def _set(cursor: Cursor, left: Node) -> Node:
    name = _SETS[cursor.word()]
    cursor.advance()
    if cursor.accept("all"):
        name += "AllOrdered" if cursor.accept("ordered") else "All"
    return cursor.operation(name, left.start, left, expression(cursor, SET + 1))


def _membership(cursor: Cursor, left: Node) -> Node:
    name = _MEMBERSHIP[cursor.word()]
    cursor.advance()
    precision = cursor.precision_of()
    return cursor.operation(name, left.start, left, expression(cursor, MEMBERSHIP + 1), precision=precision)


def _test(cursor: Cursor, left: Node) -> Node | None:
    place = cursor.index
    cursor.advance()
    negated = cursor.accept("not")
    name = _TESTS.get(cursor.word())
    if name is None:
        cursor.index = place
        return None
    cursor.advance()
    tested = cursor.operation(name, left.start, left)
    return cursor.operation("Not", left.start, tested) if negated else tested


def _type(cursor: Cursor, left: Node) -> Node:
    kind = cursor.word()
    cursor.advance()
    name = type_name(cursor)
    return TypeOperation(left.start, name.end, kind, left, name)


def _between(cursor: Cursor, left: Node) -> Node | None:
    place = cursor.index
    properly = cursor.accept("properly")
    if not cursor.accept("between"):
        cursor.index = place
        return None
    low = term(cursor)
    cursor.expect("and")
    name = "ProperlyBetween" if properly else "Between"
    return cursor.operation(name, left.start, left, low, term(cursor))


_INFIX: Final[dict[str, tuple[tuple[int, Callable[[Cursor, Node], Node | None]], ...]]] = {
    "is": ((TEST, _test), (TYPE, _type)),
    "as": ((TYPE, _type),),
    "between": ((BETWEEN, _between),),
    "properly": ((BETWEEN, _between),),
    **dict.fromkeys(_SETS, ((SET, _set),)),
    **dict.fromkeys(_MEMBERSHIP, ((MEMBERSHIP, _membership),)),
}
