"""Type specifiers: `Integer`, `List<Quantity>`, `Tuple { a Integer }`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql.syntax import TypeName

if TYPE_CHECKING:
    from precise_cal.engine.cql.parser.cursor import Cursor


def type_name(cursor: Cursor) -> TypeName:
    """A type specifier."""
    start = cursor.token.start
    with cursor.nested():
        if cursor.word() in {"List", "Interval", "Choice"} and cursor.peek() == "<":
            return _generic_type(cursor, start)
        if cursor.accept("Tuple", "{"):
            return _tuple_type(cursor, start)
        name = _type_word(cursor)
        while cursor.accept("."):
            name = _type_word(cursor)
        return TypeName(start, cursor.previous.end, name)


def _type_word(cursor: Cursor) -> str:
    if cursor.word() in {"Code", "Concept"}:
        return cursor.advance().text
    return cursor.identifier("a type")


def _generic_type(cursor: Cursor, start: int) -> TypeName:
    name = cursor.advance().text
    cursor.advance()
    arguments = [type_name(cursor)]
    while cursor.accept(","):
        arguments.append(type_name(cursor))
    cursor.expect(">")
    return TypeName(start, cursor.previous.end, name, tuple(arguments))


def _tuple_type(cursor: Cursor, start: int) -> TypeName:
    elements = []
    while not cursor.accept("}"):
        name = cursor.identifier("the name of an element")
        elements.append((name, type_name(cursor)))
        if cursor.word() != "}":
            cursor.expect(",")
    return TypeName(start, cursor.previous.end, "Tuple", (), tuple(elements))
