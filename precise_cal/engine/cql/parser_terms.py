"""The part of the parser that reads terms: arithmetic, prefix operators, selectors, literals, names."""

# ruff: noqa: SLF001 - the tables of methods stand behind their class

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind, Token, unescape
from precise_cal.engine.cql.parser_base import PRECISIONS, RESERVED, BaseParser
from precise_cal.engine.cql.syntax import (
    Case,
    Extent,
    If,
    IntervalSelector,
    Invocation,
    ListSelector,
    Literal,
    Member,
    Name,
    Node,
    TupleSelector,
)
from precise_cal.engine.cql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    LONG,
    NOTHING,
    QUANTITY,
    RATIO,
    STRING,
    TIME,
)
from precise_cal.engine.cql.values import DECIMAL_LIMIT, MAX_INTEGER, MAX_LONG, Long, Ratio
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.types import Type

_MAX_DIGITS: Final = 60
_ADDITIVE: Final = {"+": "Add", "-": "Subtract", "&": "ConcatenateNull"}
_MULTIPLICATIVE: Final = {"*": "Multiply", "/": "Divide", "div": "TruncatedDivide", "mod": "Modulo"}
_CONSTANTS: Final = {"true": (True, BOOLEAN), "false": (False, BOOLEAN), "null": (None, NOTHING)}
_FROM: Final = {"singleton": "SingletonFrom", "point": "PointFrom", "date": "DateFrom", "time": "TimeFrom",
                "timezoneoffset": "TimezoneOffsetFrom"}  # fmt: skip
_OF: Final = {
    "start": "Start",
    "end": "End",
    "width": "Width",
    "successor": "Successor",
    "predecessor": "Predecessor",
}


class TermParser(BaseParser):
    """Reads the rule `expressionTerm` of the grammar."""

    @abstractmethod
    def expression(self, level: int = 0) -> Node:
        """An expression (see `parser.Parser`)."""

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
        return self._postfix(self._primary())

    def _sign(self) -> Node:
        start, sign = self.token.start, self.advance().text
        if self.token.kind in (Kind.NUMBER, Kind.LONG) and sign == "-":
            literal = self._ratio_or(self._number(negative=True))
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
                return self._call(start, name)
            raise self.unsupported(f'the method-style call ".{name}()"', start)
        return Member(source.start, self.previous.end, source, name)

    def _primary(self) -> Node:
        token = self.token
        if token.kind is Kind.SYMBOL:
            return self._bracketed(token)
        if token.kind is Kind.NAME:
            return self._worded(token)
        if token.kind is Kind.QUOTED:
            return self._named(token)
        return self._literal(token)

    def _bracketed(self, token: Token) -> Node:
        if self.accept("("):
            opened = self.index - 1
            inner = self.expression()
            self.expect(")")
            self.closed = (opened, self.index - 1)
            return inner
        if token.text == "{":
            return self._braces(token.start)
        if token.text == "[":
            raise self.unsupported("the retrieve [...]", token.start)
        if token.text == "%":
            raise self.unsupported("the external constant %...", token.start)
        raise self.unexpected("an expression")

    closed = (-1, -1)
    """Token indexes of the parentheses that were closed last."""

    def _braces(self, start: int) -> Node:
        """`{ 1, 2 }` or `{ a: 1, b: 2 }`."""
        following = self.tokens[min(self.index + 1, len(self.tokens) - 1)]
        named = following.kind is Kind.QUOTED or (following.kind is Kind.NAME and following.text not in RESERVED)
        if self.peek(1) == ":" or (named and self.peek(2) == ":"):
            return self._tuple(start)
        return self._list(start)

    def _list(self, start: int) -> Node:
        self.expect("{")
        elements = []
        while not self.accept("}"):
            elements.append(self.expression())
            if self.word() != "}":
                self.expect(",")
        return ListSelector(start, self.previous.end, tuple(elements))

    def _tuple(self, start: int) -> TupleSelector:
        self.expect("{")
        elements: list[tuple[str, Node]] = []
        if self.accept(":"):
            self.expect("}")
            return TupleSelector(start, self.previous.end, ())
        while not self.accept("}"):
            place = self.token.start
            name = self.identifier("the name of an element")
            if any(name == other for other, _ in elements):
                raise self.error(f'the element "{name}" is given twice', place)
            self.expect(":")
            elements.append((name, self.expression()))
            if self.word() != "}":
                self.expect(",")
        return TupleSelector(start, self.previous.end, tuple(elements))

    def _worded(self, token: Token) -> Node:
        if token.text in _CONSTANTS:
            self.advance()
            value, kind = _CONSTANTS[token.text]
            return Literal(token.start, token.end, value, kind)
        read = _SELECTORS.get(token.text)
        if read is not None:
            return read(self, token.start)
        if token.text in RESERVED and self.peek() != "(":
            raise self.unexpected("an expression")
        return self._named(token)

    def _interval(self, start: int) -> Node:
        self.advance()
        opening = self.word()
        if opening not in ("[", "("):
            raise self.unexpected('"[" or "("')
        self.advance()
        low = self.expression()
        self.expect(",")
        high = self.expression()
        closing = self.word()
        if closing not in ("]", ")"):
            raise self.unexpected('"]" or ")"')
        self.advance()
        return IntervalSelector(start, self.previous.end, low, high, opening == "[", closing == "]")

    def _typed_list(self, start: int) -> Node:
        self.advance()
        kind = None
        if self.accept("<"):
            kind = self.type_name()
            self.expect(">")
        listed = self._list(start)
        return ListSelector(start, listed.end, listed.elements, kind) if isinstance(listed, ListSelector) else listed

    def _typed_tuple(self, start: int) -> Node:
        self.advance()
        return self._tuple(start)

    def _terminology(self, start: int) -> Node:
        raise self.unsupported(f"the type {self.token.text}", start)

    def _special(self, start: int) -> Node:
        if self.token.text != "$this":
            raise self.unsupported(self.token.text, start)
        return Name(start, self.advance().end, "$this")

    def _named(self, token: Token) -> Node:
        """A name, a call, or an instance of a class."""
        name = unescape(token.text) if token.kind is Kind.QUOTED else token.text
        self.advance()
        if self.word() == "(":
            return self._call(token.start, name)
        if self._instance_follows():
            self.index -= 1
            kind = self.type_name()
            instance = self._tuple(token.start)
            return TupleSelector(token.start, instance.end, instance.elements, kind)
        return Name(token.start, token.end, name)

    def _instance_follows(self) -> bool:
        place = self.index
        while self.tokens[place].text == "." and self.tokens[place + 1].kind in (Kind.NAME, Kind.QUOTED):
            place += 2
        return self.tokens[place].kind is Kind.SYMBOL and self.tokens[place].text == "{"

    def _call(self, start: int, name: str) -> Node:
        self.expect("(")
        arguments = []
        while not self.accept(")"):
            arguments.append(self.expression())
            if self.word() != ")":
                self.expect(",")
        return Invocation(start, self.previous.end, name, tuple(arguments))

    def _literal(self, token: Token) -> Node:
        if token.kind is Kind.STRING:
            self.advance()
            return Literal(token.start, token.end, unescape(token.text), STRING)
        if token.kind in (Kind.NUMBER, Kind.LONG):
            return self._ratio_or(self._number(negative=False))
        if token.kind is Kind.END:
            raise self.unexpected("an expression")
        return self._temporal(token)

    ratios = True
    """Whether `1:8` is a ratio; behind `starting` the colon ends the clause."""

    def _temporal(self, token: Token) -> Node:
        read, kind, skip = _TEMPORAL[token.kind]
        text = token.text[skip:]
        try:
            value = read(text.removesuffix("T"))
        except ValueError as problem:
            raise self.error(f"{token.text}: {problem}", token.start) from None
        self.advance()
        return Literal(token.start, token.end, value, kind)

    def _number(self, *, negative: bool) -> Literal:
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
        fits = value < DECIMAL_LIMIT and value.as_tuple().exponent >= -8  # type: ignore[operator]
        self._check_range(fits, "Decimal", token)
        return Literal(token.start, token.end, -value if negative and value else value, DECIMAL)

    def _check_range(self, fits: bool, kind: str, token: Token) -> None:
        if not fits:
            limit = f"the range of {kind}"
            shown = token.text if len(token.text) <= _MAX_DIGITS else f"a number of {len(token.text)} characters"
            raise self.error(f"{shown} is outside {limit}", token.start, f"a literal outside {limit}")

    def _ratio_or(self, first: Literal) -> Literal:
        """The ratio that begins with this number or quantity, or the number itself."""
        if self.word() != ":" or not self.ratios:
            return first
        negative = self.peek() == "-"
        if self.tokens[min(self.index + 1 + negative, len(self.tokens) - 1)].kind is not Kind.NUMBER:
            return first
        self.index += 1 + negative
        second = self._number(negative=negative)
        numerator, denominator = (
            part.value if part.type is QUANTITY else Quantity(Decimal(part.value), "1") for part in (first, second)
        )
        return Literal(first.start, second.end, Ratio(numerator, denominator), RATIO)


_TEMPORAL: Final[dict[Kind, tuple[Callable[[str], object], Type, int]]] = {
    Kind.DATE: (Date.parse, DATE, 1),
    Kind.DATE_TIME: (DateTime.parse, DATE_TIME, 1),
    Kind.TIME: (Time.parse, TIME, 2),
}
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
_SELECTORS: Final[dict[str, Callable[[TermParser, int], Node]]] = {
    "Interval": TermParser._interval,
    "List": TermParser._typed_list,
    "Tuple": TermParser._typed_tuple,
    "Code": TermParser._terminology,
    "Concept": TermParser._terminology,
    "$this": TermParser._special,
    "$index": TermParser._special,
    "$total": TermParser._special,
}
