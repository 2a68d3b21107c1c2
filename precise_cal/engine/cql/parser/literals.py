"""The rule `literal` of the grammar: texts, numbers, quantities, ratios, dates and times."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind, Token, unescape
from precise_cal.engine.cql.syntax import Literal
from precise_cal.engine.cql.types import DATE, DATE_TIME, DECIMAL, INTEGER, LONG, QUANTITY, RATIO, STRING, TIME
from precise_cal.engine.cql.values import DECIMAL_LIMIT, MAX_INTEGER, MAX_LONG, Long, Ratio, exponent
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.parser.cursor import Cursor
    from precise_cal.engine.cql.syntax import Node
    from precise_cal.engine.cql.types import Type

_MAX_DIGITS: Final = 60
_TEMPORAL: Final[dict[Kind, tuple[Callable[[str], object], Type, int]]] = {
    Kind.DATE: (Date.parse, DATE, 1),
    Kind.DATE_TIME: (DateTime.parse, DATE_TIME, 1),
    Kind.TIME: (Time.parse, TIME, 2),
}


def literal(cursor: Cursor, token: Token) -> Node:
    """A text, number, quantity, ratio, date or time."""
    if token.kind is Kind.STRING:
        cursor.advance()
        return Literal(token.start, token.end, unescape(token.text), STRING)
    if token.kind in (Kind.NUMBER, Kind.LONG):
        return ratio_or(cursor, number(cursor, negative=False))
    if token.kind is Kind.END:
        raise cursor.unexpected("an expression")
    return _temporal(cursor, token)


def _temporal(cursor: Cursor, token: Token) -> Node:
    read, kind, skip = _TEMPORAL[token.kind]
    text = token.text[skip:]
    try:
        value = read(text.removesuffix("T"))
    except ValueError as problem:
        raise cursor.error(f"{token.text}: {problem}", token.start) from None
    cursor.advance()
    return Literal(token.start, token.end, value, kind)


def number(cursor: Cursor, *, negative: bool) -> Literal:
    """A number, or a quantity where a unit follows it."""
    token = cursor.advance()
    _check_range(cursor, token.end - token.start <= _MAX_DIGITS, "every number", token)
    sign = -1 if negative else 1
    unit = None if token.kind is Kind.LONG else cursor.unit()
    if unit is not None:
        return Literal(token.start, cursor.previous.end, Quantity(sign * Decimal(token.text), unit), QUANTITY)
    if token.kind is Kind.LONG:
        whole = int(token.text[:-1]) * sign
        _check_range(cursor, -MAX_LONG - 1 <= whole <= MAX_LONG, "Long", token)
        return Literal(token.start, token.end, Long(whole), LONG)
    if "." not in token.text:
        whole = int(token.text) * sign
        _check_range(cursor, -MAX_INTEGER - 1 <= whole <= MAX_INTEGER, "Integer", token)
        return Literal(token.start, token.end, whole, INTEGER)
    value = Decimal(token.text)
    fits = value < DECIMAL_LIMIT and exponent(value) >= -8
    _check_range(cursor, fits, "Decimal", token)
    return Literal(token.start, token.end, -value if negative and value else value, DECIMAL)


def _check_range(cursor: Cursor, fits: bool, kind: str, token: Token) -> None:
    if not fits:
        limit = message("the range of { $kind }", kind=Verbatim(kind))
        shown = (
            token.text
            if len(token.text) <= _MAX_DIGITS
            else message("a number of { $count } characters", count=len(token.text))
        )
        raise cursor.error(
            message("{ $shown } is outside { $limit }", shown=shown, limit=limit),
            token.start,
            message("a literal outside { $limit }", limit=limit),
        )


def ratio_or(cursor: Cursor, first: Literal) -> Literal:
    """The ratio that begins with this number or quantity, or the number itself."""
    if cursor.word() != ":" or not cursor.ratios:
        return first
    negative = cursor.peek() == "-"
    if cursor.tokens[min(cursor.index + 1 + negative, len(cursor.tokens) - 1)].kind is not Kind.NUMBER:
        return first
    cursor.index += 1 + negative
    second = number(cursor, negative=negative)
    numerator, denominator = (
        part.value if part.type is QUANTITY else Quantity(Decimal(part.value), "1") for part in (first, second)
    )
    return Literal(first.start, second.end, Ratio(numerator, denominator), RATIO)
