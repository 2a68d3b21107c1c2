"""The part of the parser that reads terms: arithmetic, prefix operators, what stands behind a term."""

# ruff: noqa: SLF001 - the tables of methods stand behind their class

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind
from precise_cal.engine.cql.parser_base import PRECISIONS
from precise_cal.engine.cql.parser_selectors import SelectorParser
from precise_cal.engine.cql.syntax import Case, Extent, If, Literal, Member, Name, Node
from precise_cal.engine.cql.types import QUANTITY
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

_ADDITIVE: Final = {"+": "Add", "-": "Subtract", "&": "ConcatenateNull"}
_MULTIPLICATIVE: Final = {"*": "Multiply", "/": "Divide", "div": "TruncatedDivide", "mod": "Modulo"}
_FROM: Final = {"singleton": "SingletonFrom", "point": "PointFrom", "date": "DateFrom", "time": "TimeFrom",
                "timezoneoffset": "TimezoneOffsetFrom"}  # fmt: skip
_OF: Final = {
    "start": "Start",
    "end": "End",
    "width": "Width",
    "successor": "Successor",
    "predecessor": "Predecessor",
}


class TermParser(SelectorParser):
    """Reads the rule `expressionTerm` of the grammar."""

    @abstractmethod
    def conversion(self, start: int) -> Node:
        """What follows `convert` (see `parser.Parser`)."""

    def term(self) -> Node:
        """Sums."""
        left = self._product()
        while self.word() in _ADDITIVE:
            name = _ADDITIVE[self.advance().text]
            left = self.operation(name, left.start, left, self._product())
        return left

    def _product(self) -> Node:
        left = self._power()
        while self.word() in _MULTIPLICATIVE:
            name = _MULTIPLICATIVE[self.advance().text]
            left = self.operation(name, left.start, left, self._power())
        return left

    def _power(self) -> Node:
        left = self._unary()
        while self.accept("^"):
            left = self.operation("Power", left.start, left, self._unary())
        return left

    def _unary(self) -> Node:
        """Prefix operators; each takes an operand that binds tighter than any binary one."""
        read = _PREFIXES.get(self.word())
        if read is not None:
            with self.nested():
                found = read(self)
            if found is not None:
                return found
        return self._postfix(self.primary())

    def _sign(self) -> Node:
        start, sign = self.token.start, self.advance().text
        if self.token.kind in (Kind.NUMBER, Kind.LONG) and sign == "-":
            literal = self.ratio_or(self.number(negative=True))
            return self._postfix(Literal(start, literal.end, literal.value, literal.type))
        return self.operation("Negate" if sign == "-" else "Plus", start, self._unary())

    def _of(self) -> Node | None:
        if self.peek() != "of":
            return None
        start, name = self.token.start, _OF[self.advance().text]
        self.advance()
        return self.operation(name, start, self._unary())

    def _from(self) -> Node | None:
        if self.peek() != "from":
            return None
        start, word = self.token.start, self.advance().text
        self.advance()
        if word in PRECISIONS:
            return self.operation("ComponentFrom", start, self._unary(), precision=word)
        return self.operation(_FROM[word], start, self._unary())

    def _timezone(self) -> None:
        """`timezone from` of CQL 1.1; since then it is `timezoneoffset from`, and `timezone` is a name."""
        if self.peek() == "from":
            raise self.unsupported('"timezone from" ("timezoneoffset from" since CQL 1.2)', self.token.start)

    def _duration(self) -> Node:
        """`duration in days of interval`, `difference in days of interval`."""
        start, word = self.token.start, self.advance().text
        self.expect("in")
        precision = self.plural_precision()
        if precision is None:
            raise self.unexpected('"years", "months", "weeks", "days", "hours", "minutes", "seconds" or "milliseconds"')
        self.expect("of")
        name = "DurationOf" if word == "duration" else "DifferenceOf"
        return self.operation(name, start, self._unary(), precision=precision)

    def _extent(self) -> Node:
        start, kind = self.token.start, self.advance().text
        name = self.type_name()
        return Extent(start, name.end, kind, name)

    def _convert(self) -> Node:
        start = self.advance().start
        return self.conversion(start)

    def _if(self) -> Node:
        start = self.advance().start
        condition = self.expression()
        self.expect("then")
        yes = self.expression()
        self.expect("else")
        no = self.expression()
        return If(start, no.end, condition, yes, no)

    def _case(self) -> Node:
        start = self.advance().start
        comparand = None if self.word() == "when" else self.expression()
        items = []
        while self.accept("when"):
            condition = self.expression()
            self.expect("then")
            items.append((condition, self.expression()))
        if not items:
            raise self.unexpected('"when"')
        self.expect("else")
        otherwise = self.expression()
        self.expect("end")
        return Case(start, self.previous.end, comparand, tuple(items), otherwise)

    def _whole(self) -> Node:
        """`distinct list`, `flatten lists`."""
        token = self.advance()
        return self.operation(token.text.capitalize(), token.start, self.expression())

    def _partition(self) -> Node:
        """`expand interval per unit`, `collapse intervals per unit`."""
        token = self.advance()
        operand = self.expression()
        if not self.accept("per"):
            return self.operation(token.text.capitalize(), token.start, operand)
        start = self.token.start
        unit = self.precision()
        per = Literal(start, self.previous.end, Quantity(Decimal(1), unit), QUANTITY) if unit else self.expression()
        return self.operation(token.text.capitalize(), token.start, operand, per)

    def _postfix(self, left: Node) -> Node:
        """Properties, method calls and indexes behind a term."""
        links = 0
        while True:
            links += 1
            if self.accept("."):
                left = self._member(left)
            elif self.accept("["):
                index = self.expression()
                self.expect("]")
                left = self.operation("Indexer", left.start, left, index)
            else:
                return left

    def _member(self, source: Node) -> Node:
        start = self.token.start
        name = self.advance().text if self.token.kind is Kind.NAME else self.identifier("a property")
        if self.word() == "(":
            if isinstance(source, Name) and source.name == "System":
                return self.call(start, name)
            raise self.unsupported(f'the method-style call ".{name}()"', start)
        return Member(source.start, self.previous.end, source, name)


_PREFIXES: Final[dict[str, Callable[[TermParser], Node | None]]] = {
    "+": TermParser._sign,
    "-": TermParser._sign,
    "timezone": TermParser._timezone,
    "convert": TermParser._convert,
    "if": TermParser._if,
    "case": TermParser._case,
    "distinct": TermParser._whole,
    "flatten": TermParser._whole,
    "expand": TermParser._partition,
    "collapse": TermParser._partition,
    "duration": TermParser._duration,
    "difference": TermParser._duration,
    "minimum": TermParser._extent,
    "maximum": TermParser._extent,
    **dict.fromkeys(_OF, TermParser._of),
    **dict.fromkeys((*_FROM, *PRECISIONS), TermParser._from),
}
