"""The part of the checker that handles queries."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from precise_cal.engine.cql import syntax
from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.checker_base import BaseChecker
from precise_cal.engine.cql.resolve import common_or_choice, resolve
from precise_cal.engine.cql.types import BOOLEAN, NOTHING, ListType, TupleType, Type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.tree import Tree


class QueryChecker(BaseChecker):
    """Checks the clauses of a query in order of their evaluation."""

    @contextmanager
    def _names(self, names: dict[str, t.Variable]) -> Iterator[None]:
        self.locals.append(names)
        yield
        self.locals.pop()

    def _query(self, node: syntax.Query) -> Tree:
        sources = tuple(self._source(source) for source in node.sources)
        names: dict[str, t.Variable] = {}
        for source, written in zip(sources, node.sources, strict=True):
            if written.alias in names:
                raise self.error(f'the alias "{written.alias}" is given twice', written.start)
            names[written.alias] = source.variable
        aliases = tuple(names)
        with self._names(names):
            lets = tuple(self._let(name, value, names) for name, value in node.lets)
            relationships = tuple(self._relationship(one) for one in node.relationships)
            where = None if node.where is None else self.expect(self.check(node.where), BOOLEAN)
            if node.aggregate is not None:
                aggregate = self._aggregate(node.aggregate)
                return t.Query(
                    aggregate.accumulator.type, node.start, node.end, sources, lets, relationships, where, None,
                    distinct=False, aggregate=aggregate, sort=(), element=None, single=True, names=aliases,
                )  # fmt: skip
            returning = None if node.returning is None else self.check(node.returning)
        return self._result(node, sources, lets, relationships, where, returning)

    def _result(
        self,
        node: syntax.Query,
        sources: tuple[t.QuerySource, ...],
        lets: tuple[tuple[t.Variable, Tree], ...],
        relationships: tuple[t.QueryRelationship, ...],
        where: Tree | None,
        returning: Tree | None,
    ) -> Tree:
        """The query with its result: a list, or one value where every source is one."""
        aliases = tuple(source.variable.name for source in sources)
        if returning is not None:
            kind = returning.type
        elif len(sources) == 1:
            kind = sources[0].variable.type
        else:
            kind = TupleType.of({source.variable.name: source.variable.type for source in sources})
        single = all(source.single for source in sources)
        element, sort = self._sort(node, kind)
        return t.Query(
            kind if single else ListType(kind), node.start, node.end, sources, lets, relationships, where, returning,
            distinct=node.distinct and returning is not None, aggregate=None, sort=sort, element=element,
            single=single, names=aliases,
        )  # fmt: skip

    def _source(self, node: syntax.Source) -> t.QuerySource:
        tree = self.check(node.expression)
        single = not isinstance(tree.type, ListType)
        kind = tree.type.element if isinstance(tree.type, ListType) else tree.type
        return t.QuerySource(self.variable(tree, node.alias, node, kind), tree, single)

    def _let(self, name: str, value: syntax.Node, names: dict[str, t.Variable]) -> tuple[t.Variable, Tree]:
        if name in names:
            raise self.error(f'the name "{name}" is given twice', value.start)
        tree = self.check(value)
        variable = self.variable(tree, name, value)
        names[name] = variable
        return variable, tree

    def _relationship(self, node: syntax.Relationship) -> t.QueryRelationship:
        source = self._source(node.source)
        with self._names({node.source.alias: source.variable}):
            condition = self.expect(self.check(node.condition), BOOLEAN)
        return t.QueryRelationship(source, condition, node.present)

    def _aggregate(self, node: syntax.Aggregate) -> t.QueryAggregate:
        """The accumulator has the type of the start, widened to that of the body where they differ."""
        start: Tree = t.Constant(NOTHING, node.start, node.start, None)
        starting = start if node.starting is None else self.check(node.starting)
        kind = starting.type
        for _ in range(3):
            accumulator = self.variable(starting, node.name, node, kind)
            with self._names({node.name: accumulator}):
                body = self.check(node.body)
            wider = common_or_choice([kind, body.type])
            if wider == kind:
                break
            kind = wider
        else:
            raise self.error(f"the aggregate has no stable type: {kind}", node.start)
        return t.QueryAggregate(accumulator, self.convert(starting, kind), self.convert(body, kind), node.distinct)

    def _sort(self, node: syntax.Query, kind: Type) -> tuple[t.Variable | None, tuple[t.QuerySort, ...]]:
        if not node.sort:
            return None, ()
        element = self.variable(t.Constant(kind, node.start, node.end, None), "$this", node)
        keys = []
        for item in node.sort:
            with self._names({"$this": element}):
                key = None if item.expression is None else self.check(item.expression)
            key_type = kind if key is None else key.type
            if resolve("Less", (key_type, key_type)) is None:
                raise self.error(f"{key_type} cannot be sorted", item.start)
            keys.append(t.QuerySort(key, item.descending))
        return element, tuple(keys)
