"""The rule `query` of the grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind
from precise_cal.engine.cql.parser.terms import term
from precise_cal.engine.cql.parser.words import KEYWORDS
from precise_cal.engine.cql.syntax import Aggregate, Member, Name, Node, Query, Relationship, SortItem, Source

if TYPE_CHECKING:
    from precise_cal.engine.cql.parser.cursor import Cursor

_DIRECTIONS: Final = {"asc": False, "ascending": False, "desc": True, "descending": True}


def query_or_term(cursor: Cursor) -> Node:
    """A query, where an alias follows its source; else a term."""
    first = cursor.index
    if cursor.word() == "from":
        cursor.advance()
        return _query(cursor, cursor.tokens[first].start, _sources(cursor))
    found = term(cursor)
    if not _alias_follows(cursor):
        return found
    if not (_is_path(found) or cursor.closed == (first, cursor.index - 1)):
        raise cursor.unexpected("an operator")
    return _query(cursor, found.start, [Source(found.start, found.end, found, cursor.identifier("an alias"))])


def _alias_follows(cursor: Cursor) -> bool:
    token = cursor.token
    return token.kind is Kind.QUOTED or (token.kind is Kind.NAME and token.text not in KEYWORDS)


def _sources(cursor: Cursor) -> list[Source]:
    sources = [_source(cursor)]
    while cursor.accept(","):
        sources.append(_source(cursor))
    return sources


def _source(cursor: Cursor) -> Source:
    """A parenthesized expression or a path, and its alias."""
    first = cursor.index
    start = cursor.token.start
    found = term(cursor)
    if not (_is_path(found) or cursor.closed == (first, cursor.index - 1)):
        raise cursor.error("a query source is a path, or an expression in parentheses", start)
    return Source(start, cursor.token.end, found, cursor.identifier("an alias"))


def _query(cursor: Cursor, start: int, sources: list[Source]) -> Node:
    lets = _lets(cursor)
    relationships = []
    while cursor.word() in {"with", "without"}:
        relationships.append(_relationship(cursor))
    where = cursor.expression() if cursor.accept("where") else None
    aggregate = _aggregate(cursor) if cursor.word() == "aggregate" else None
    returning, distinct = None, True
    if aggregate is None and cursor.accept("return"):
        distinct = not cursor.accept("all")
        cursor.accept("distinct")
        returning = cursor.expression()
    sort = _sort(cursor) if cursor.accept("sort") else ()
    end = cursor.previous.end
    return Query(
        start,
        end,
        tuple(sources),
        lets,
        tuple(relationships),
        where,
        returning,
        distinct,
        aggregate,
        sort,
    )


def _lets(cursor: Cursor) -> tuple[tuple[str, Node], ...]:
    lets: list[tuple[str, Node]] = []
    if cursor.accept("let"):
        while not lets or cursor.accept(","):
            name = cursor.identifier("a name")
            cursor.expect(":")
            lets.append((name, cursor.expression()))
    return tuple(lets)


def _relationship(cursor: Cursor) -> Relationship:
    token = cursor.advance()
    source = _source(cursor)
    cursor.expect("such", "that")
    condition = cursor.expression()
    return Relationship(token.start, condition.end, source, condition, token.text == "with")


def _aggregate(cursor: Cursor) -> Aggregate:
    start = cursor.advance().start
    distinct = cursor.accept("distinct")
    if not distinct:
        cursor.accept("all")
    name = cursor.identifier("the name of the accumulator")
    starting = _starting(cursor) if cursor.accept("starting") else None
    cursor.expect(":")
    body = cursor.expression()
    return Aggregate(start, body.end, name, starting, body, distinct)


def _starting(cursor: Cursor) -> Node:
    cursor.ratios = False
    found = term(cursor)
    cursor.ratios = True
    return found


def _sort(cursor: Cursor) -> tuple[SortItem, ...]:
    start = cursor.token.start
    if not cursor.accept("by"):
        if cursor.word() not in _DIRECTIONS:
            raise cursor.unexpected('"by", "asc" or "desc"')
        return (SortItem(start, cursor.token.end, None, _DIRECTIONS[cursor.advance().text]),)
    items: list[SortItem] = []
    while not items or cursor.accept(","):
        key = term(cursor)
        descending = _DIRECTIONS[cursor.advance().text] if cursor.word() in _DIRECTIONS else False
        items.append(SortItem(key.start, cursor.previous.end, key, descending))
    return tuple(items)


def _is_path(node: Node) -> bool:
    while isinstance(node, Member):
        node = node.source
    return isinstance(node, Name)
