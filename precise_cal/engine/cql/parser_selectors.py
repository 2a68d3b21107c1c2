"""The part of the parser that reads what stands alone: brackets, lists, tuples and intervals, names and calls."""

# ruff: noqa: SLF001 - the tables of methods stand behind their class

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind, Token, unescape
from precise_cal.engine.cql.parser_base import RESERVED
from precise_cal.engine.cql.parser_literals import LiteralParser
from precise_cal.engine.cql.syntax import (
    IntervalSelector,
    Invocation,
    ListSelector,
    Literal,
    Name,
    Node,
    TupleSelector,
)
from precise_cal.engine.cql.types import BOOLEAN, NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable

_CONSTANTS: Final = {"true": (True, BOOLEAN), "false": (False, BOOLEAN), "null": (None, NOTHING)}


class SelectorParser(LiteralParser):
    """Reads the rule `term` of the grammar."""

    closed = (-1, -1)
    """Token indexes of the parentheses that were closed last."""

    @abstractmethod
    def expression(self, level: int = 0) -> Node:
        """An expression (see `parser.Parser`)."""

    def primary(self) -> Node:
        """A term without operators."""
        token = self.token
        if token.kind is Kind.SYMBOL:
            return self._bracketed(token)
        if token.kind is Kind.NAME:
            return self._worded(token)
        if token.kind is Kind.QUOTED:
            return self._named(token)
        return self.literal(token)

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
            return self.call(token.start, name)
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

    def call(self, start: int, name: str) -> Node:
        """The arguments behind a name."""
        self.expect("(")
        arguments = []
        while not self.accept(")"):
            arguments.append(self.expression())
            if self.word() != ")":
                self.expect(",")
        return Invocation(start, self.previous.end, name, tuple(arguments))


_SELECTORS: Final[dict[str, Callable[[SelectorParser, int], Node]]] = {
    "Interval": SelectorParser._interval,
    "List": SelectorParser._typed_list,
    "Tuple": SelectorParser._typed_tuple,
    "Code": SelectorParser._terminology,
    "Concept": SelectorParser._terminology,
    "$this": SelectorParser._special,
    "$index": SelectorParser._special,
    "$total": SelectorParser._special,
}
