"""The part of the checker that reads queries (CQL 1.5, author's guide, Queries)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.check_calls import CallChecker
from precise_cal.engine.cql.resolve import common_or_choice
from precise_cal.engine.cql.types import BOOLEAN, NOTHING, ListType, TupleType, Type

if TYPE_CHECKING:
    from precise_cal.engine.cql.syntax import Aggregate, Query, SortItem, Source


class QueryChecker(CallChecker):
    """Binds the aliases of a query, and finds the type of its result."""

    def query(self, node: Query) -> tree.Tree:
        """A query, its aliases bound while it is read."""
        outer = dict(self.variables)
        implicit, self.implicit = self.implicit, None
        try:
            return self._query(node)
        finally:
            self.variables = outer
            self.implicit = implicit

    def _query(self, node: Query) -> tree.Tree:
        sources = tuple(self._source(source) for source in node.sources)
        lets = []
        for name, value in node.lets:
            typed = self.typed(value)
            variable = self.variable(name, typed.type, value)
            self.variables[name] = variable
            lets.append((variable, typed))
        relationships = tuple(self._relationship(one) for one in node.relationships)
        where = None if node.where is None else self.expect(self.typed(node.where), BOOLEAN, node.where)
        single = all(source.single for source in sources)
        aggregate = None if node.aggregate is None else self._aggregate(node.aggregate)
        returning = None if node.returning is None else self.typed(node.returning)
        element = self._element_type(sources, returning)
        kind: Type = element if single else ListType(element)
        sort, variable_ = self._sort(node, element)
        return tree.Query(
            aggregate.body.type if aggregate else kind,
            node.start,
            node.end,
            sources,
            tuple(lets),
            relationships,
            where,
            returning,
            node.distinct and returning is not None,
            aggregate,
            sort,
            variable_,
            single,
            tuple(source.alias for source in node.sources),
        )

    def _source(self, source: Source) -> tree.QuerySource:
        typed = self.typed(source.expression)
        kind = typed.type
        if source.alias in self.variables and not isinstance(self.variables[source.alias], tree.Variable):
            raise self.error(f'"{source.alias}" is already the name of something else', source)
        single = not isinstance(kind, ListType)
        variable = self.variable(source.alias, kind.element if isinstance(kind, ListType) else kind, source)
        self.variables[source.alias] = variable
        return tree.QuerySource(variable, typed, single and kind is not NOTHING)

    def _relationship(self, relationship: object) -> tree.QueryRelationship:
        from precise_cal.engine.cql.syntax import Relationship

        assert isinstance(relationship, Relationship)
        outer = dict(self.variables)
        source = self._source(relationship.source)
        condition = self.expect(self.typed(relationship.condition), BOOLEAN, relationship.condition)
        self.variables = outer
        return tree.QueryRelationship(source, condition, relationship.present)

    def _aggregate(self, node: Aggregate) -> tree.QueryAggregate:
        """The accumulator has the type of its start; where the body gives a wider one, that."""
        nothing = tree.Constant(NOTHING, node.start, node.end, None)
        starting = nothing if node.starting is None else self.typed(node.starting)
        outer = self.variables.get(node.name)
        kind = starting.type
        accumulator, body = self._accumulated(node, kind)
        for _ in range(2):
            wider = common_or_choice([kind, body.type])
            if wider == kind:
                break
            kind = wider
            accumulator, body = self._accumulated(node, kind)
        if outer is None:
            del self.variables[node.name]
        else:
            self.variables[node.name] = outer
        return tree.QueryAggregate(accumulator, self.convert(starting, kind), self.convert(body, kind), node.distinct)

    def _accumulated(self, node: Aggregate, kind: Type) -> tuple[tree.Variable, tree.Tree]:
        """The accumulator with this type, and the body that it gives."""
        accumulator = self.variable(node.name, kind, node)
        self.variables[node.name] = accumulator
        return accumulator, self.typed(node.body)

    def _element_type(self, sources: tuple[tree.QuerySource, ...], returning: tree.Tree | None) -> Type:
        if returning is not None:
            return returning.type
        if len(sources) == 1:
            return sources[0].variable.type
        return TupleType.of({source.variable.name: source.variable.type for source in sources})

    def _sort(self, node: Query, element: Type) -> tuple[tuple[tree.QuerySort, ...], tree.Variable | None]:
        if not node.sort:
            return (), None
        variable = self.variable("$this", element, node)
        self.variables["$this"] = variable
        self.implicit = variable
        return tuple(self._sort_item(item) for item in node.sort), variable

    def _sort_item(self, item: SortItem) -> tree.QuerySort:
        key = None if item.expression is None else self.typed(item.expression)
        return tree.QuerySort(key, item.descending)
