"""The part of the parser that reads literals: texts, numbers, quantities, ratios, dates and times."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind, Token, unescape
from precise_cal.engine.cql.parser_base import BaseParser
from precise_cal.engine.cql.syntax import Literal
from precise_cal.engine.cql.types import DATE, DATE_TIME, DECIMAL, INTEGER, LONG, QUANTITY, RATIO, STRING, TIME
from precise_cal.engine.cql.values import DECIMAL_LIMIT, MAX_INTEGER, MAX_LONG, Long, Ratio, exponent
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.syntax import Node
    from precise_cal.engine.cql.types import Type

_MAX_DIGITS: Final = 60
_TEMPORAL: Final[dict[Kind, tuple[Callable[[str], object], Type, int]]] = {
    Kind.DATE: (Date.parse, DATE, 1),
    Kind.DATE_TIME: (DateTime.parse, DATE_TIME, 1),
    Kind.TIME: (Time.parse, TIME, 2),
}


class LiteralParser(BaseParser):
    """Reads the rule `literal` of the grammar."""

    ratios = True
    """Whether `1:8` is a ratio; behind `starting` the colon ends the clause."""

    def literal(self, token: Token) -> Node:
        """A text, number, quantity, ratio, date or time."""
        if token.kind is Kind.STRING:
            self.advance()
            return Literal(token.start, token.end, unescape(token.text), STRING)
        if token.kind in (Kind.NUMBER, Kind.LONG):
            return self.ratio_or(self.number(negative=False))
        if token.kind is Kind.END:
            raise self.unexpected("an expression")
        return self._temporal(token)

    def _temporal(self, token: Token) -> Node:
        read, kind, skip = _TEMPORAL[token.kind]
        text = token.text[skip:]
        try:
            value = read(text.removesuffix("T"))
        except ValueError as problem:
            raise self.error(f"{token.text}: {problem}", token.start) from None
        self.advance()
        return Literal(token.start, token.end, value, kind)

    def number(self, *, negative: bool) -> Literal:
        """A number, or a quantity where a unit follows it."""
        token = self.advance()
        self._check_range(token.end - token.start <= _MAX_DIGITS, "every number", token)
        sign = -1 if negative else 1
        unit = None if token.kind is Kind.LONG else self.unit()
        if unit is not None:
            return Literal(token.start, self.previous.end, Quantity(sign * Decimal(token.text), unit), QUANTITY)
        if token.kind is Kind.LONG:
            whole = int(token.text[:-1]) * sign
            self._check_range(-MAX_LONG - 1 <= whole <= MAX_LONG, "Long", token)
            return Literal(token.start, token.end, Long(whole), LONG)
        if "." not in token.text:
            whole = int(token.text) * sign
            self._check_range(-MAX_INTEGER - 1 <= whole <= MAX_INTEGER, "Integer", token)
            return Literal(token.start, token.end, whole, INTEGER)
        value = Decimal(token.text)
        fits = value < DECIMAL_LIMIT and exponent(value) >= -8
        self._check_range(fits, "Decimal", token)
        return Literal(token.start, token.end, -value if negative and value else value, DECIMAL)

    def _check_range(self, fits: bool, kind: str, token: Token) -> None:
        if not fits:
            limit = f"the range of {kind}"
            shown = token.text if len(token.text) <= _MAX_DIGITS else f"a number of {len(token.text)} characters"
            raise self.error(f"{shown} is outside {limit}", token.start, f"a literal outside {limit}")

    def ratio_or(self, first: Literal) -> Literal:
        """The ratio that begins with this number or quantity, or the number itself."""
        if self.word() != ":" or not self.ratios:
            return first
        negative = self.peek() == "-"
        if self.tokens[min(self.index + 1 + negative, len(self.tokens) - 1)].kind is not Kind.NUMBER:
            return first
        self.index += 1 + negative
        second = self.number(negative=negative)
        numerator, denominator = (
            part.value if part.type is QUANTITY else Quantity(Decimal(part.value), "1") for part in (first, second)
        )
        return Literal(first.start, second.end, Ratio(numerator, denominator), RATIO)
