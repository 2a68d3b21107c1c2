"""The rule `intervalOperatorPhrase` of the grammar: timing phrases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.cql.lexer import Kind
from precise_cal.engine.cql.parser.terms import term
from precise_cal.engine.cql.syntax import Literal, Node, Offset, Timing
from precise_cal.engine.cql.types import QUANTITY
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.parser.cursor import Cursor

_TIMING_LEVEL: Final = 5
_PLAIN: Final = {"meets": "Meets", "overlaps": "Overlaps"}


class Left(NamedTuple):
    """What stands in front of a relation: the operand, `start`, `end` or `occurs` behind it, and `properly`."""

    node: Node
    edge: str | None
    properly: bool


def timing(cursor: Cursor, left: Node) -> Node | None:
    """The timing phrase behind `left`, or None if there is none."""
    place = cursor.index
    found = _relation(cursor, Left(left, _edge_verb(cursor), cursor.accept("properly")))
    if found is None:
        cursor.index = place
    return found


def _edge_verb(cursor: Cursor) -> str | None:
    """`starts`, `ends` or `occurs` in front of a relation; `starts X` itself is a relation."""
    if cursor.word() in {"starts", "ends", "occurs"}:
        return {"starts": "start", "ends": "end", "occurs": "occurs"}[cursor.advance().text]
    return None


def _relation(cursor: Cursor, left: Left) -> Node | None:
    read = _RELATIONS.get(cursor.word())
    if read is not None:
        return read(cursor, left)
    if cursor.token.kind is Kind.NUMBER or cursor.accept("less", "than") or cursor.accept("more", "than"):
        return _offset(cursor, left)
    if left.edge in {"start", "end"} and not left.properly:
        precision = cursor.precision_of()
        name = "Starts" if left.edge == "start" else "Ends"
        right = cursor.expression(_TIMING_LEVEL + 1)
        return cursor.operation(name, left.node.start, left.node, right, precision=precision)
    return None


def _finish(
    cursor: Cursor,
    relation: str,
    left: Left,
    precision: str | None,
    offset: Offset | None = None,
    *,
    properly: bool = False,
) -> Node:
    """Read the right side: an optional `start` or `end`, and the expression."""
    right_edge = None
    if cursor.word() in {"start", "end"} and cursor.peek() != "of":
        right_edge = cursor.advance().text
    right = cursor.expression(_TIMING_LEVEL + 1)
    left_edge = None if left.edge == "occurs" else left.edge
    return Timing(
        left.node.start, right.end, relation, left.node, right, precision, offset, left_edge, right_edge, properly
    )


def _same(cursor: Cursor, left: Left) -> Node | None:
    cursor.advance()
    precision = cursor.precision()
    if cursor.accept("or", "before"):
        return _finish(cursor, "SameOrBefore", left, precision)
    if cursor.accept("or", "after"):
        return _finish(cursor, "SameOrAfter", left, precision)
    cursor.expect("as")
    return _finish(cursor, "SameAs", left, precision)


def _includes(cursor: Cursor, left: Left) -> Node | None:
    cursor.advance()
    name = "ProperlyIncludes" if left.properly else "Includes"
    return _inclusion(cursor, name, left)


def _included(cursor: Cursor, left: Left) -> Node | None:
    if cursor.advance().text == "included":
        cursor.expect("in")
    name = "ProperlyIncludedIn" if left.properly else "IncludedIn"
    return _inclusion(cursor, name, left)


def _inclusion(cursor: Cursor, name: str, left: Left) -> Node:
    precision = cursor.precision_of()
    return _finish(cursor, name, left, precision)


def _within(cursor: Cursor, left: Left) -> Node | None:
    cursor.advance()
    quantity = _quantity(cursor)
    cursor.expect("of")
    return _finish(cursor, "Within", left, None, Offset(quantity, "within"), properly=left.properly)


def _side(cursor: Cursor, left: Left) -> Node | None:
    """`meets`, `meets before`, `overlaps after` and their like."""
    name = _PLAIN[cursor.advance().text]
    if cursor.word() in {"before", "after"}:
        name += cursor.advance().text.capitalize()
    precision = cursor.precision_of()
    right = cursor.expression(_TIMING_LEVEL + 1)
    return cursor.operation(name, left.node.start, left.node, right, precision=precision)


def _order(cursor: Cursor, left: Left) -> Node | None:
    relation = _temporal_relation(cursor)
    if relation is None:
        return None
    return _finish(cursor, relation, left, cursor.precision_of())


def _temporal_relation(cursor: Cursor) -> str | None:
    """`before`, `on or before`, `before or on`, and so with `after`."""
    same = cursor.accept("on", "or")
    word = cursor.word()
    if word not in {"before", "after"}:
        return None
    cursor.advance()
    same = same or cursor.accept("or", "on")
    return f"{'SameOr' if same else ''}{word.capitalize()}"


def _quantity(cursor: Cursor) -> Literal:
    found = term(cursor) if cursor.token.kind is Kind.NUMBER else None
    if not isinstance(found, Literal) or found.type is not QUANTITY:
        raise cursor.unexpected('a quantity such as "3 days"')
    return found


def _offset(cursor: Cursor, left: Left) -> Node | None:
    """`3 days or more before`, `less than 3 days after` and their like."""
    bound = (
        message("{ $text } than", text=cursor.tokens[cursor.index - 2].text)
        if cursor.previous.text == "than"
        else "exactly"
    )
    quantity = _quantity(cursor)
    if bound == "exactly":
        bound = next((b for b in ("or more", "or less") if cursor.accept(*b.split())), bound)
    relation = _temporal_relation(cursor)
    if relation is None:
        raise cursor.unexpected('"before" or "after"')
    return _finish(cursor, relation, left, cursor.precision_of(), Offset(quantity, bound))


_RELATIONS: Final[dict[str, Callable[[Cursor, Left], Node | None]]] = {
    "same": _same,
    "includes": _includes,
    "included": _included,
    "during": _included,
    "within": _within,
    "meets": _side,
    "overlaps": _side,
    "before": _order,
    "after": _order,
    "on": _order,
}
