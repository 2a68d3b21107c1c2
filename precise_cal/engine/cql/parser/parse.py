"""Texts to syntax trees."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.errors import Code, Origin
from precise_cal.engine.cql.lexer import Kind
from precise_cal.engine.cql.parser.cursor import Cursor
from precise_cal.engine.cql.parser.expressions import expression
from precise_cal.engine.cql.parser.specifiers import type_name
from precise_cal.engine.cql.syntax import Node, TypeName

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 100
"""Half the depth that the tree of an expression may have, as of a long chain of `or`."""


@lru_cache(4096)  # a function is read once, however often it stands in the place of its call
def parse(text: str, origin: Origin | None = None) -> Node:
    """The syntax tree of an expression. Raises `CqlError` with the position of what does not fit."""
    cursor = Cursor(Code(text, origin or Origin()), expression)
    tree = expression(cursor)
    if cursor.token.kind is not Kind.END:
        raise cursor.unexpected("the end of the expression")
    _check_depth(cursor, tree)
    return tree


@lru_cache(4096)
def parse_type(text: str, origin: Origin) -> TypeName:
    """The type specifier that a text begins with. Raises `CqlError` where there is none."""
    return type_name(Cursor(Code(text, origin), expression))


def _check_depth(cursor: Cursor, tree: Node) -> None:
    """Refuse a tree that is deeper than `MAX_DEPTH`, such as a long chain of `or`."""
    level: list[object] = [tree]
    for _ in range(2 * MAX_DEPTH):
        level = [part for node in level for part in _parts(node)]
        if not level:
            return
    deepest = next((node for node in level if isinstance(node, Node)), tree)
    raise cursor.too_deep(deepest.start, 2 * MAX_DEPTH)


def _parts(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        yield from (part for part in node if isinstance(part, (Node, tuple)))
    elif isinstance(node, Node):
        for field in fields(node):
            part = getattr(node, field.name)
            if isinstance(part, (Node, tuple)):
                yield part
