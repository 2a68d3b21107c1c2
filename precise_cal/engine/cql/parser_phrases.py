"""The part of the parser that reads timing phrases and queries."""

# ruff: noqa: SLF001 - the tables of methods stand behind their class

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind
from precise_cal.engine.cql.parser_base import KEYWORDS, BaseParser
from precise_cal.engine.cql.syntax import (
    Aggregate,
    Literal,
    Member,
    Name,
    Node,
    Offset,
    Query,
    Relationship,
    SortItem,
    Source,
    Timing,
)
from precise_cal.engine.cql.types import QUANTITY

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMING_LEVEL: Final = 5
_DIRECTIONS: Final = {"asc": False, "ascending": False, "desc": True, "descending": True}
_PLAIN: Final = {"meets": "Meets", "overlaps": "Overlaps"}


class PhraseParser(BaseParser):
    """Reads the rules `intervalOperatorPhrase` and `query` of the grammar."""

    ratios: bool

    @abstractmethod
    def expression(self, level: int = 0) -> Node:
        """An expression (see `parser.Parser`)."""

    @abstractmethod
    def term(self) -> Node:
        """A term (see `parser_terms.TermParser`)."""

    @property
    @abstractmethod
    def closed(self) -> tuple[int, int]:
        """Token indexes of the parentheses that were closed last."""

    def timing(self, left: Node) -> Node | None:
        """The timing phrase behind `left`, or None if there is none."""
        place = self.index
        edge = self._edge_verb()
        properly = self.accept("properly")
        found = self._relation(left, edge, properly=properly)
        if found is None:
            self.index = place
        return found

    def _edge_verb(self) -> str | None:
        """`starts`, `ends` or `occurs` in front of a relation; `starts X` itself is a relation."""
        if self.word() in {"starts", "ends", "occurs"}:
            return {"starts": "start", "ends": "end", "occurs": "occurs"}[self.advance().text]
        return None

    def _relation(self, left: Node, edge: str | None, *, properly: bool) -> Node | None:
        read = _RELATIONS.get(self.word())
        if read is not None:
            return read(self, left, edge, properly)
        if self.token.kind is Kind.NUMBER or self.accept("less", "than") or self.accept("more", "than"):
            return self._offset(left, edge)
        if edge in {"start", "end"} and not properly:
            precision = self.precision_of()
            name = "Starts" if edge == "start" else "Ends"
            right = self.expression(_TIMING_LEVEL + 1)
            return self.operation(name, left.start, left, right, precision=precision)
        return None

    def _finish(
        self,
        relation: str,
        left: Node,
        edge: str | None,
        precision: str | None,
        offset: Offset | None = None,
        *,
        properly: bool = False,
    ) -> Node:
        """Read the right side: an optional `start` or `end`, and the expression."""
        right_edge = None
        if self.word() in {"start", "end"} and self.peek() != "of":
            right_edge = self.advance().text
        right = self.expression(_TIMING_LEVEL + 1)
        left_edge = None if edge == "occurs" else edge
        return Timing(left.start, right.end, relation, left, right, precision, offset, left_edge, right_edge, properly)

    def _same(self, left: Node, edge: str | None, properly: bool) -> Node | None:
        self.advance()
        precision = self.precision()
        if self.accept("or", "before"):
            return self._finish("SameOrBefore", left, edge, precision)
        if self.accept("or", "after"):
            return self._finish("SameOrAfter", left, edge, precision)
        self.expect("as")
        return self._finish("SameAs", left, edge, precision)

    def _includes(self, left: Node, edge: str | None, properly: bool) -> Node | None:
        self.advance()
        name = "ProperlyIncludes" if properly else "Includes"
        return self._inclusion(name, left, edge)

    def _included(self, left: Node, edge: str | None, properly: bool) -> Node | None:
        if self.advance().text == "included":
            self.expect("in")
        name = "ProperlyIncludedIn" if properly else "IncludedIn"
        return self._inclusion(name, left, edge)

    def _inclusion(self, name: str, left: Node, edge: str | None) -> Node:
        precision = self.precision_of()
        return self._finish(name, left, edge, precision)

    def _within(self, left: Node, edge: str | None, properly: bool) -> Node | None:
        self.advance()
        quantity = self._quantity()
        self.expect("of")
        return self._finish("Within", left, edge, None, Offset(quantity, "within"), properly=properly)

    def _side(self, left: Node, edge: str | None, properly: bool) -> Node | None:
        """`meets`, `meets before`, `overlaps after` and their like."""
        name = _PLAIN[self.advance().text]
        if self.word() in {"before", "after"}:
            name += self.advance().text.capitalize()
        precision = self.precision_of()
        right = self.expression(_TIMING_LEVEL + 1)
        return self.operation(name, left.start, left, right, precision=precision)

    def _order(self, left: Node, edge: str | None, properly: bool) -> Node | None:
        relation = self._temporal_relation()
        if relation is None:
            return None
        return self._finish(relation, left, edge, self.precision_of())

    def _temporal_relation(self) -> str | None:
        """`before`, `on or before`, `before or on`, and so with `after`."""
        same = self.accept("on", "or")
        word = self.word()
        if word not in {"before", "after"}:
            return None
        self.advance()
        same = same or self.accept("or", "on")
        return f"{'SameOr' if same else ''}{word.capitalize()}"

    def _quantity(self) -> Literal:
        found = self.term() if self.token.kind is Kind.NUMBER else None
        if not isinstance(found, Literal) or found.type is not QUANTITY:
            raise self.unexpected('a quantity such as "3 days"')
        return found

    def _offset(self, left: Node, edge: str | None) -> Node | None:
        """`3 days or more before`, `less than 3 days after` and their like."""
        bound = f"{self.tokens[self.index - 2].text} than" if self.previous.text == "than" else "exactly"
        quantity = self._quantity()
        if bound == "exactly":
            bound = next((b for b in ("or more", "or less") if self.accept(*b.split())), bound)
        relation = self._temporal_relation()
        if relation is None:
            raise self.unexpected('"before" or "after"')
        return self._finish(relation, left, edge, self.precision_of(), Offset(quantity, bound))

    def query_or_term(self) -> Node:
        """A query, where an alias follows its source; else a term."""
        first = self.index
        if self.word() == "from":
            self.advance()
            return self._query(self.tokens[first].start, self._sources())
        found = self.term()
        if not self._alias_follows():
            return found
        if not (_is_path(found) or self.closed == (first, self.index - 1)):
            raise self.unexpected("an operator")
        return self._query(found.start, [Source(found.start, found.end, found, self.identifier("an alias"))])

    def _alias_follows(self) -> bool:
        token = self.token
        return token.kind is Kind.QUOTED or (token.kind is Kind.NAME and token.text not in KEYWORDS)

    def _sources(self) -> list[Source]:
        sources = [self._source()]
        while self.accept(","):
            sources.append(self._source())
        return sources

    def _source(self) -> Source:
        """A parenthesized expression or a path, and its alias."""
        first = self.index
        start = self.token.start
        found = self.term()
        if not (_is_path(found) or self.closed == (first, self.index - 1)):
            raise self.error("a query source is a path, or an expression in parentheses", start)
        return Source(start, self.token.end, found, self.identifier("an alias"))

    def _query(self, start: int, sources: list[Source]) -> Node:
        lets = self._lets()
        relationships = []
        while self.word() in {"with", "without"}:
            relationships.append(self._relationship())
        where = self.expression() if self.accept("where") else None
        aggregate = self._aggregate() if self.word() == "aggregate" else None
        returning, distinct = None, True
        if aggregate is None and self.accept("return"):
            distinct = not self.accept("all")
            self.accept("distinct")
            returning = self.expression()
        sort = self._sort() if self.accept("sort") else ()
        end = self.previous.end
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

    def _lets(self) -> tuple[tuple[str, Node], ...]:
        lets: list[tuple[str, Node]] = []
        if self.accept("let"):
            while not lets or self.accept(","):
                name = self.identifier("a name")
                self.expect(":")
                lets.append((name, self.expression()))
        return tuple(lets)

    def _relationship(self) -> Relationship:
        token = self.advance()
        source = self._source()
        self.expect("such", "that")
        condition = self.expression()
        return Relationship(token.start, condition.end, source, condition, token.text == "with")

    def _aggregate(self) -> Aggregate:
        start = self.advance().start
        distinct = self.accept("distinct")
        if not distinct:
            self.accept("all")
        name = self.identifier("the name of the accumulator")
        starting = self._starting() if self.accept("starting") else None
        self.expect(":")
        body = self.expression()
        return Aggregate(start, body.end, name, starting, body, distinct)

    def _starting(self) -> Node:
        self.ratios = False
        found = self.term()
        self.ratios = True
        return found

    def _sort(self) -> tuple[SortItem, ...]:
        start = self.token.start
        if not self.accept("by"):
            if self.word() not in _DIRECTIONS:
                raise self.unexpected('"by", "asc" or "desc"')
            return (SortItem(start, self.token.end, None, _DIRECTIONS[self.advance().text]),)
        items: list[SortItem] = []
        while not items or self.accept(","):
            key = self.term()
            descending = _DIRECTIONS[self.advance().text] if self.word() in _DIRECTIONS else False
            items.append(SortItem(key.start, self.previous.end, key, descending))
        return tuple(items)


def _is_path(node: Node) -> bool:
    while isinstance(node, Member):
        node = node.source
    return isinstance(node, Name)


_RELATIONS: Final[dict[str, Callable[[PhraseParser, Node, str | None, bool], Node | None]]] = {
    "same": PhraseParser._same,
    "includes": PhraseParser._includes,
    "included": PhraseParser._included,
    "during": PhraseParser._included,
    "within": PhraseParser._within,
    "meets": PhraseParser._side,
    "overlaps": PhraseParser._side,
    "before": PhraseParser._order,
    "after": PhraseParser._order,
    "on": PhraseParser._order,
}
