"""Closures of queries.

Reasons: what a condition read is dropped where the condition is true or false, kept where it is null; what sort keys
read is dropped; what reading the source lists recorded stays.
"""

from __future__ import annotations

from functools import cmp_to_key
from itertools import product
from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.comparison import any_of, order
from precise_cal.engine.cql.compiler_base import BaseCompiler
from precise_cal.engine.cql.compiler_logic import run_part, decide, quantifier
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.frame import FIRST_SLOT, Closure, Frame
from precise_cal.engine.cql.operators.lists import distinct
from precise_cal.engine.cql.values import Tuple
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.cql.tree import Tree

    Rows = Callable[[Frame], Iterator[None] | None]

_TEMPORAL = (Date, DateTime, Time)


class QueryCompiler(BaseCompiler):
    """Compiles queries: rows, then their result."""

    def _query(self, tree: t.Query) -> Closure:
        if not self.reasons and (found := quantifier(tree)) is not None:
            return self.quantified(tree, *found)
        rows = self._rows(tree)
        result = self._returned(tree)
        if tree.aggregate is not None:
            return self._aggregated(tree.aggregate, rows, result)
        if tree.single:
            return _single(rows, result)
        sort = self._sorted(tree)

        def evaluate(f: Frame) -> Any:
            found = rows(f)
            if found is None:
                return None
            values = tuple([result(f) for _ in found])
            if tree.distinct:
                values = distinct(values)
            return sort(f, values) if sort else values

        return evaluate

    def _source(self, source: t.QuerySource) -> Closure:
        """The list of a source; a single value is a list of one."""
        value = self.value(source.tree)
        return (lambda f: (value(f),)) if source.single else value

    def _rows(self, tree: t.Query) -> Rows:
        """The rows that meet all conditions: each step leaves the variables of one row in the frame."""
        sources = [self._source(source) for source in tree.sources]
        places = [source.variable.slot + FIRST_SLOT for source in tree.sources]
        lets = [self.binding(variable, value) for variable, value in tree.lets]
        conditions = [self._related(one) for one in tree.relationships]
        if tree.where is not None:
            conditions.append(self.logic(tree.where))
        keep = self._kept

        def run(f: Frame, lists: list[Any]) -> Iterator[None]:
            for row in product(*lists):
                for place, value in zip(places, row, strict=True):
                    f[place] = value
                for bind in lets:
                    bind(f)
                if all(keep(condition, f) for condition in conditions):
                    yield

        def rows(f: Frame) -> Iterator[None] | None:
            lists = [source(f) for source in sources]
            return None if any(values is None for values in lists) else run(f, lists)

        return rows

    def _kept(self, condition: Closure, f: Frame) -> bool:
        if not self.reasons:
            return condition(f) is True
        answer, entries = run_part(condition, f)
        if answer is None:
            f[2].extend(entries)
        return answer is True

    def _related(self, one: t.QueryRelationship) -> Closure:
        """Whether an element of another list meets the condition."""
        source, condition = self._source(one.source), self.logic(one.condition)
        place, present = one.source.variable.slot + FIRST_SLOT, one.present

        def test(f: Frame) -> bool | None:
            values = source(f)
            answer = (
                None if values is None else any_of([_met(f, place, value, condition) for value in values])
            )
            return answer if present or answer is None else not answer

        return test

    def _returned(self, tree: t.Query) -> Closure:
        if tree.aggregate is not None:
            return self.value(tree.aggregate.body)
        if tree.returning is not None:
            return self.value(tree.returning)
        places = [(source.variable.name, source.variable.slot + FIRST_SLOT) for source in tree.sources]
        if len(places) == 1:
            place = places[0][1]
            return lambda f: f[place]
        return lambda f: Tuple({name: f[place] for name, place in places})

    def _aggregated(self, aggregate: t.QueryAggregate, rows: Rows, body: Closure) -> Closure:
        start, place = self.value(aggregate.starting), aggregate.accumulator.slot + FIRST_SLOT
        places = slice(FIRST_SLOT, None)

        def evaluate(f: Frame) -> Any:
            f[place] = start(f)
            found = rows(f)
            if found is None:
                return None
            seen: list[tuple[Any, ...]] = []
            for _ in found:
                row = tuple(value for i, value in enumerate(f[places], FIRST_SLOT) if i != place)
                if aggregate.distinct and row in seen:
                    continue
                seen.append(row) if aggregate.distinct else None
                f[place] = body(f)
            return f[place]

        return evaluate

    def quantified(self, tree: t.Query, body: Tree, decisive: bool) -> Closure:
        """`exists … such that` or `for all`, three-valued, over a list."""
        rows, test = self._rows(tree), self.logic(body)
        if self.reasons:
            return _explained(rows, test, decisive)

        def evaluate(f: Frame) -> bool | None:
            found = rows(f)
            if found is None:
                return None
            result: bool | None = not decisive
            for _ in found:
                answer = test(f)
                if answer is decisive:
                    return decisive
                if answer is None:
                    result = None
            return result

        return evaluate

    def _sorted(self, tree: t.Query) -> Callable[[Frame, tuple[Any, ...]], tuple[Any, ...]] | None:
        if not tree.sort or tree.element is None:
            return None
        place = tree.element.slot + FIRST_SLOT
        keys = [
            ((lambda f: f[place]) if one.key is None else self.value(one.key), one.descending)
            for one in tree.sort
        ]

        def sort(f: Frame, values: tuple[Any, ...]) -> tuple[Any, ...]:
            mark = len(f[2]) if f[2] is not None else 0
            rows = []
            for value in values:
                f[place] = value
                rows.append(([key(f) for key, _ in keys], value))
            if f[2] is not None:
                del f[2][mark:]
            for index, (_, descending) in reversed(list(enumerate(keys))):
                compare = cmp_to_key(lambda a, b, index=index: sort_order(a[0][index], b[0][index]))  # type: ignore[misc]
                rows.sort(key=compare, reverse=descending)
            return tuple(value for _, value in rows)

        return sort


def sort_order(left: Any, right: Any) -> int:
    """Nulls first; of dates that cannot be told apart, the less precise first (CQL 1.5, 3.5 Sorting)."""
    if left is None or right is None:
        return (left is not None) - (right is not None)
    found = order(left, right)
    if found is not None:
        return found
    if not isinstance(left, _TEMPORAL):
        raise EvaluationError(f"{left} and {right} cannot be sorted: they are not comparable")
    keys = [(value.low, value.precision) for value in (left, right)]
    return (keys[0] > keys[1]) - (keys[0] < keys[1])


def _met(f: Frame, place: int, value: Any, condition: Closure) -> bool | None:
    f[place] = value
    answer: bool | None = condition(f)
    return answer


def _single(rows: Rows, result: Closure) -> Closure:
    """A query over single values: the value, or null where it does not meet the conditions."""

    def evaluate(f: Frame) -> Any:
        found = rows(f)
        return None if found is None else next((result(f) for _ in found), None)

    return evaluate


def _explained(rows: Rows, test: Closure, decisive: bool) -> Closure:
    def evaluate(f: Frame) -> bool | None:
        found = rows(f)
        if found is None:
            return None
        result, entries = decide([run_part(test, f) for _ in found], decisive)
        f[2].extend(entries)
        return result

    return evaluate
