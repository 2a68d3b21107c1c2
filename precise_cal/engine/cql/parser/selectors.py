"""The rule `term` of the grammar: what stands alone, brackets, lists, tuples and intervals, names and calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind, Token, unescape
from precise_cal.engine.cql.parser.literals import literal
from precise_cal.engine.cql.parser.specifiers import type_name
from precise_cal.engine.cql.parser.words import RESERVED
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
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.parser.cursor import Cursor

_CONSTANTS: Final = {"true": (True, BOOLEAN), "false": (False, BOOLEAN), "null": (None, NOTHING)}


def primary(cursor: Cursor) -> Node:
    """A term without operators."""
    token = cursor.token
    if token.kind is Kind.SYMBOL:
        return _bracketed(cursor, token)
    if token.kind is Kind.NAME:
        return _worded(cursor, token)
    if token.kind is Kind.QUOTED:
        return _named(cursor, token)
    return literal(cursor, token)


def _bracketed(cursor: Cursor, token: Token) -> Node:
    if cursor.accept("("):
        opened = cursor.index - 1
        inner = cursor.expression()
        cursor.expect(")")
        cursor.closed = (opened, cursor.index - 1)
        return inner
    if token.text == "{":
        return _braces(cursor, token.start)
    if token.text == "[":
        raise cursor.unsupported("the retrieve [...]", token.start)
    if token.text == "%":
        raise cursor.unsupported("the external constant %...", token.start)
    raise cursor.unexpected("an expression")


def _braces(cursor: Cursor, start: int) -> Node:
    """`{ 1, 2 }` or `{ a: 1, b: 2 }`."""
    following = cursor.tokens[min(cursor.index + 1, len(cursor.tokens) - 1)]
    named = following.kind is Kind.QUOTED or (following.kind is Kind.NAME and following.text not in RESERVED)
    if cursor.peek(1) == ":" or (named and cursor.peek(2) == ":"):
        return _tuple(cursor, start)
    return _list(cursor, start)


def _list(cursor: Cursor, start: int) -> Node:
    cursor.expect("{")
    elements = []
    while not cursor.accept("}"):
        elements.append(cursor.expression())
        if cursor.word() != "}":
            cursor.expect(",")
    return ListSelector(start, cursor.previous.end, tuple(elements))


def _tuple(cursor: Cursor, start: int) -> TupleSelector:
    cursor.expect("{")
    elements: list[tuple[str, Node]] = []
    if cursor.accept(":"):
        cursor.expect("}")
        return TupleSelector(start, cursor.previous.end, ())
    while not cursor.accept("}"):
        place = cursor.token.start
        name = cursor.identifier("the name of an element")
        if any(name == other for other, _ in elements):
            raise cursor.error(message('the element "{ $name }" is given twice', name=name), place)
        cursor.expect(":")
        elements.append((name, cursor.expression()))
        if cursor.word() != "}":
            cursor.expect(",")
    return TupleSelector(start, cursor.previous.end, tuple(elements))


def _worded(cursor: Cursor, token: Token) -> Node:
    if token.text in _CONSTANTS:
        cursor.advance()
        value, kind = _CONSTANTS[token.text]
        return Literal(token.start, token.end, value, kind)
    read = _SELECTORS.get(token.text)
    if read is not None:
        return read(cursor, token.start)
    if token.text in RESERVED and cursor.peek() != "(":
        raise cursor.unexpected("an expression")
    return _named(cursor, token)


def _interval(cursor: Cursor, start: int) -> Node:
    cursor.advance()
    opening = cursor.word()
    if opening not in ("[", "("):
        raise cursor.unexpected('"[" or "("')
    cursor.advance()
    low = cursor.expression()
    cursor.expect(",")
    high = cursor.expression()
    closing = cursor.word()
    if closing not in ("]", ")"):
        raise cursor.unexpected('"]" or ")"')
    cursor.advance()
    return IntervalSelector(start, cursor.previous.end, low, high, opening == "[", closing == "]")


def _typed_list(cursor: Cursor, start: int) -> Node:
    cursor.advance()
    kind = None
    if cursor.accept("<"):
        kind = type_name(cursor)
        cursor.expect(">")
    listed = _list(cursor, start)
    return ListSelector(start, listed.end, listed.elements, kind) if isinstance(listed, ListSelector) else listed


def _typed_tuple(cursor: Cursor, start: int) -> Node:
    cursor.advance()
    return _tuple(cursor, start)


def _terminology(cursor: Cursor, start: int) -> Node:
    raise cursor.unsupported(message("the type { $text }", text=cursor.token.text), start)


def _special(cursor: Cursor, start: int) -> Node:
    if cursor.token.text != "$this":
        raise cursor.unsupported(cursor.token.text, start)
    return Name(start, cursor.advance().end, "$this")


def _named(cursor: Cursor, token: Token) -> Node:
    """A name, a call, or an instance of a class."""
    name = unescape(token.text) if token.kind is Kind.QUOTED else token.text
    cursor.advance()
    if cursor.word() == "(":
        return call(cursor, token.start, name)
    if _instance_follows(cursor):
        cursor.index -= 1
        kind = type_name(cursor)
        instance = _tuple(cursor, token.start)
        return TupleSelector(token.start, instance.end, instance.elements, kind)
    return Name(token.start, token.end, name)


def _instance_follows(cursor: Cursor) -> bool:
    place = cursor.index
    while cursor.tokens[place].text == "." and cursor.tokens[place + 1].kind in (Kind.NAME, Kind.QUOTED):
        place += 2
    return cursor.tokens[place].kind is Kind.SYMBOL and cursor.tokens[place].text == "{"


def call(cursor: Cursor, start: int, name: str) -> Node:
    """The arguments behind a name."""
    cursor.expect("(")
    arguments = []
    while not cursor.accept(")"):
        arguments.append(cursor.expression())
        if cursor.word() != ")":
            cursor.expect(",")
    return Invocation(start, cursor.previous.end, name, tuple(arguments))


_SELECTORS: Final[dict[str, Callable[[Cursor, int], Node]]] = {
    "Interval": _interval,
    "List": _typed_list,
    "Tuple": _typed_tuple,
    "Code": _terminology,
    "Concept": _terminology,
    "$this": _special,
    "$index": _special,
    "$total": _special,
}
