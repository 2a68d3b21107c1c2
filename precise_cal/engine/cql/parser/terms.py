"""The rule `expressionTerm` of the grammar: arithmetic, prefix operators, what stands behind a term."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind
from precise_cal.engine.cql.parser.literals import number, ratio_or
from precise_cal.engine.cql.parser.selectors import call, primary
from precise_cal.engine.cql.parser.specifiers import type_name
from precise_cal.engine.cql.parser.words import PRECISIONS
from precise_cal.engine.cql.syntax import Case, Extent, If, Literal, Member, Name, Node, TypeOperation
from precise_cal.engine.cql.types import QUANTITY, STRING
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.parser.cursor import Cursor

_LEVELS: Final = (
    {"+": "Add", "-": "Subtract", "&": "ConcatenateNull"},
    {"*": "Multiply", "/": "Divide", "div": "TruncatedDivide", "mod": "Modulo"},
    {"^": "Power"},
)
"""Binary operators of terms; those of a later level bind tighter."""
_FROM: Final = {"singleton": "SingletonFrom", "point": "PointFrom", "date": "DateFrom", "time": "TimeFrom",
                "timezoneoffset": "TimezoneOffsetFrom"}  # fmt: skip
_OF: Final = {
    "start": "Start",
    "end": "End",
    "width": "Width",
    "successor": "Successor",
    "predecessor": "Predecessor",
}


def term(cursor: Cursor, level: int = 0) -> Node:
    """Sums of products of powers."""
    if level == len(_LEVELS):
        return _unary(cursor)
    left = term(cursor, level + 1)
    while cursor.word() in _LEVELS[level]:
        name = _LEVELS[level][cursor.advance().text]
        left = cursor.operation(name, left.start, left, term(cursor, level + 1))
    return left


def _unary(cursor: Cursor) -> Node:
    """Prefix operators; each takes an operand that binds tighter than any binary one."""
    read = _PREFIXES.get(cursor.word())
    if read is not None:
        with cursor.nested():
            found = read(cursor)
        if found is not None:
            return found
    return _postfix(cursor, primary(cursor))


def _sign(cursor: Cursor) -> Node:
    start, sign = cursor.token.start, cursor.advance().text
    if cursor.token.kind in (Kind.NUMBER, Kind.LONG) and sign == "-":
        literal = ratio_or(cursor, number(cursor, negative=True))
        return _postfix(cursor, Literal(start, literal.end, literal.value, literal.type))
    return cursor.operation("Negate" if sign == "-" else "Plus", start, _unary(cursor))


def _of(cursor: Cursor) -> Node | None:
    if cursor.peek() != "of":
        return None
    start, name = cursor.token.start, _OF[cursor.advance().text]
    cursor.advance()
    return cursor.operation(name, start, _unary(cursor))


def _from(cursor: Cursor) -> Node | None:
    if cursor.peek() != "from":
        return None
    start, word = cursor.token.start, cursor.advance().text
    cursor.advance()
    if word in PRECISIONS:
        return cursor.operation("ComponentFrom", start, _unary(cursor), precision=word)
    return cursor.operation(_FROM[word], start, _unary(cursor))


def _timezone(cursor: Cursor) -> None:
    """`timezone from` of CQL 1.1; since then it is `timezoneoffset from`, and `timezone` is a name."""
    if cursor.peek() == "from":
        raise cursor.unsupported('"timezone from" ("timezoneoffset from" since CQL 1.2)', cursor.token.start)


def _duration(cursor: Cursor) -> Node:
    """`duration in days of interval`, `difference in days of interval`."""
    start, word = cursor.token.start, cursor.advance().text
    cursor.expect("in")
    precision = cursor.plural_precision()
    if precision is None:
        raise cursor.unexpected('"years", "months", "weeks", "days", "hours", "minutes", "seconds" or "milliseconds"')
    cursor.expect("of")
    name = "DurationOf" if word == "duration" else "DifferenceOf"
    return cursor.operation(name, start, _unary(cursor), precision=precision)


def _extent(cursor: Cursor) -> Node:
    start, kind = cursor.token.start, cursor.advance().text
    name = type_name(cursor)
    return Extent(start, name.end, kind, name)


def _convert(cursor: Cursor) -> Node:
    """`convert operand to type` or `convert operand to unit`."""
    start = cursor.advance().start
    operand = cursor.expression()
    cursor.expect("to")
    unit = cursor.unit()
    if unit is not None:
        target = Literal(cursor.previous.start, cursor.previous.end, unit, STRING)
        return cursor.operation("ConvertQuantity", start, operand, target)
    kind = type_name(cursor)
    return TypeOperation(start, kind.end, "convert", operand, kind)


def _if(cursor: Cursor) -> Node:
    start = cursor.advance().start
    condition = cursor.expression()
    cursor.expect("then")
    yes = cursor.expression()
    cursor.expect("else")
    no = cursor.expression()
    return If(start, no.end, condition, yes, no)


def _case(cursor: Cursor) -> Node:
    start = cursor.advance().start
    comparand = None if cursor.word() == "when" else cursor.expression()
    items = []
    while cursor.accept("when"):
        condition = cursor.expression()
        cursor.expect("then")
        items.append((condition, cursor.expression()))
    if not items:
        raise cursor.unexpected('"when"')
    cursor.expect("else")
    otherwise = cursor.expression()
    cursor.expect("end")
    return Case(start, cursor.previous.end, comparand, tuple(items), otherwise)


def _whole(cursor: Cursor) -> Node:
    """`distinct list`, `flatten lists`."""
    token = cursor.advance()
    return cursor.operation(token.text.capitalize(), token.start, cursor.expression())


def _partition(cursor: Cursor) -> Node:
    """`expand interval per unit`, `collapse intervals per unit`."""
    token = cursor.advance()
    operand = cursor.expression()
    if not cursor.accept("per"):
        return cursor.operation(token.text.capitalize(), token.start, operand)
    start = cursor.token.start
    unit = cursor.precision()
    per = Literal(start, cursor.previous.end, Quantity(Decimal(1), unit), QUANTITY) if unit else cursor.expression()
    return cursor.operation(token.text.capitalize(), token.start, operand, per)


def _postfix(cursor: Cursor, left: Node) -> Node:
    """Properties, method calls and indexes behind a term."""
    links = 0
    while True:
        links += 1
        if cursor.accept("."):
            left = _member(cursor, left)
        elif cursor.accept("["):
            index = cursor.expression()
            cursor.expect("]")
            left = cursor.operation("Indexer", left.start, left, index)
        else:
            return left


def _member(cursor: Cursor, source: Node) -> Node:
    start = cursor.token.start
    name = cursor.advance().text if cursor.token.kind is Kind.NAME else cursor.identifier("a property")
    if cursor.word() == "(":
        if isinstance(source, Name) and source.name == "System":
            return call(cursor, start, name)
        raise cursor.unsupported(message('the method-style call ".{ $name }()"', name=Verbatim(name)), start)
    return Member(source.start, cursor.previous.end, source, name)


_PREFIXES: Final[dict[str, Callable[[Cursor], Node | None]]] = {
    "+": _sign,
    "-": _sign,
    "timezone": _timezone,
    "convert": _convert,
    "if": _if,
    "case": _case,
    "distinct": _whole,
    "flatten": _whole,
    "expand": _partition,
    "collapse": _partition,
    "duration": _duration,
    "difference": _duration,
    "minimum": _extent,
    "maximum": _extent,
    **dict.fromkeys(_OF, _of),
    **dict.fromkeys((*_FROM, *PRECISIONS), _from),
}
