"""Queries (CQL 1.5, author's guide, Queries): aliases are bound, and the type of the result is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.checker.conversions import convert, expect
from precise_cal.engine.cql.resolve import common_or_choice
from precise_cal.engine.cql.types import BOOLEAN, NOTHING, ListType, TupleType, Type
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import CheckContext
    from precise_cal.engine.cql.syntax import Aggregate, Query, Relationship, SortItem, Source


def query(context: CheckContext, node: Query) -> tree.Tree:
    """A query, its aliases bound while it is read."""
    outer = dict(context.variables)
    implicit, context.implicit = context.implicit, None
    try:
        return _query(context, node)
    finally:
        context.variables = outer
        context.implicit = implicit


def _query(context: CheckContext, node: Query) -> tree.Tree:
    sources = tuple(_source(context, source) for source in node.sources)
    lets = []
    for name, value in node.lets:
        typed = context.typed(value)
        variable = context.variable(name, typed.type, value)
        context.variables[name] = variable
        lets.append((variable, typed))
    relationships = tuple(_relationship(context, one) for one in node.relationships)
    where = None if node.where is None else expect(context, context.typed(node.where), BOOLEAN, node.where)
    single = all(source.single for source in sources)
    aggregate = None if node.aggregate is None else _aggregate(context, node.aggregate)
    returning = None if node.returning is None else context.typed(node.returning)
    element = _element_type(sources, returning)
    kind: Type = element if single else ListType(element)
    sort, variable_ = _sort(context, node, element)
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


def _source(context: CheckContext, source: Source) -> tree.QuerySource:
    typed = context.typed(source.expression)
    kind = typed.type
    if source.alias in context.variables and not isinstance(context.variables[source.alias], tree.Variable):
        raise context.error(message('"{ $alias }" is already the name of something else', alias=source.alias), source)
    single = not isinstance(kind, ListType)
    variable = context.variable(source.alias, kind.element if isinstance(kind, ListType) else kind, source)
    context.variables[source.alias] = variable
    return tree.QuerySource(variable, typed, single and kind is not NOTHING)


def _relationship(context: CheckContext, relationship: Relationship) -> tree.QueryRelationship:
    outer = dict(context.variables)
    source = _source(context, relationship.source)
    condition = expect(context, context.typed(relationship.condition), BOOLEAN, relationship.condition)
    context.variables = outer
    return tree.QueryRelationship(source, condition, relationship.present)


def _aggregate(context: CheckContext, node: Aggregate) -> tree.QueryAggregate:
    """The accumulator has the type of its start; where the body gives a wider one, that."""
    nothing = tree.Constant(NOTHING, node.start, node.end, None)
    starting = nothing if node.starting is None else context.typed(node.starting)
    outer = context.variables.get(node.name)
    kind = starting.type
    accumulator, body = _accumulated(context, node, kind)
    for _ in range(2):
        wider = common_or_choice([kind, body.type])
        if wider == kind:
            break
        kind = wider
        accumulator, body = _accumulated(context, node, kind)
    if outer is None:
        del context.variables[node.name]
    else:
        context.variables[node.name] = outer
    return tree.QueryAggregate(accumulator, convert(starting, kind), convert(body, kind), node.distinct)


def _accumulated(context: CheckContext, node: Aggregate, kind: Type) -> tuple[tree.Variable, tree.Tree]:
    """The accumulator with this type, and the body that it gives."""
    accumulator = context.variable(node.name, kind, node)
    context.variables[node.name] = accumulator
    return accumulator, context.typed(node.body)


def _element_type(sources: tuple[tree.QuerySource, ...], returning: tree.Tree | None) -> Type:
    if returning is not None:
        return returning.type
    if len(sources) == 1:
        return sources[0].variable.type
    return TupleType.of({source.variable.name: source.variable.type for source in sources})


def _sort(context: CheckContext, node: Query, element: Type) -> tuple[tuple[tree.QuerySort, ...], tree.Variable | None]:
    if not node.sort:
        return (), None
    variable = context.variable("$this", element, node)
    context.variables["$this"] = variable
    context.implicit = variable
    return tuple(_sort_item(context, item) for item in node.sort), variable


def _sort_item(context: CheckContext, item: SortItem) -> tree.QuerySort:
    key = None if item.expression is None else context.typed(item.expression)
    return tree.QuerySort(key, item.descending)
