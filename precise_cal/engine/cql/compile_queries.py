"""The part of the compiler that runs queries, and the quantifiers among them."""

from __future__ import annotations

from abc import abstractmethod
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, NamedTuple

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.comparison import rank
from precise_cal.engine.cql.compile_calls import keep, operands_of
from precise_cal.engine.cql.operators.lists import distinct
from precise_cal.engine.cql.values import Tuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Closure = Callable[[list[Any]], Any]


class _Clauses(NamedTuple):
    """The clauses of a query, compiled."""

    sources: list[tuple[int, Closure, bool]]
    lets: list[tuple[int, Closure]]
    relationships: list[tuple[int, Closure, bool, Closure, bool]]
    where: Closure | None
    told_where: Closure | None
    """The same with reasons: they are wanted only where it does not decide."""
    is_simple: bool
    """Whether there is one source, a list, and nothing but the source."""


class QueryCompiler:
    """Compiles queries."""

    reasons: bool
    slots_read: set[int]
    """The variables that the closures made so far read."""

    @abstractmethod
    def quietly(self, typed: tree.Tree) -> Closure:
        """The closure without reasons (see `compile.Compiler`)."""

    @abstractmethod
    def closure(self, typed: tree.Tree, *, logical: bool = False, negated: bool = False) -> Closure:
        """The closure of a tree (see `compile.Compiler`)."""

    def query(self, typed: tree.Query, logical: bool, negated: bool) -> Closure:
        """A query; the quantifiers among the aggregates have closures of their own."""
        clauses = self._clauses(typed)
        if typed.aggregate is not None:
            quantifier = self._quantifier(clauses, typed.aggregate, logical, negated)
            return quantifier or self._aggregate(clauses, typed.aggregate, typed)
        returning = self._returning(typed)
        if typed.single:
            return _single(clauses, returning)
        return self._listed(clauses, returning, typed)

    def _clauses(self, typed: tree.Query) -> _Clauses:
        sources = [(one.variable.slot, self.closure(one.tree), one.single) for one in typed.sources]
        lets = [(variable.slot, self.closure(value)) for variable, value in typed.lets]
        relationships = [
            (
                one.source.variable.slot,
                self.closure(one.source.tree),
                one.source.single,
                self.closure(one.condition),
                one.present,
            )
            for one in typed.relationships
        ]
        where = None if typed.where is None else self.quietly(typed.where)
        told = self.closure(typed.where) if typed.where is not None and self.reasons else None
        simple = len(sources) == 1 and not sources[0][2] and not lets and not relationships and where is None
        return _Clauses(sources, lets, relationships, where, told, simple)

    def _returning(self, typed: tree.Query) -> Closure:
        if typed.returning is not None:
            return self.closure(typed.returning)
        if len(typed.sources) == 1:
            slot = typed.sources[0].variable.slot
            return lambda frame: frame[slot]
        named = [(source.variable.name, source.variable.slot) for source in typed.sources]
        return lambda frame: Tuple({name: frame[slot] for name, slot in named})

    def _listed(self, clauses: _Clauses, returning: Closure, typed: tree.Query) -> Closure:
        is_distinct, sort = typed.distinct, self._sort(typed)

        def run(frame: list[Any]) -> Any:
            rows = _rows(clauses, frame)
            if rows is None:
                return None
            values = tuple([returning(frame) for _ in rows])
            if is_distinct:
                values = distinct(values)
            return values if sort is None else sort(frame, values)

        return run

    def _sort(self, typed: tree.Query) -> Callable[[list[Any], tuple[Any, ...]], tuple[Any, ...]] | None:
        if not typed.sort or typed.element is None:
            return None
        slot = typed.element.slot
        keys = [(None if one.key is None else self.closure(one.key), one.descending) for one in typed.sort]
        reasons = self.reasons

        def sort(frame: list[Any], values: tuple[Any, ...]) -> tuple[Any, ...]:
            first = len(frame[2]) if reasons else 0
            rows = []
            for value in values:
                frame[slot] = value
                rows.append(([value if key is None else key(frame) for key, _ in keys], value))
            if reasons:
                del frame[2][first:]
            for index in range(len(keys) - 1, -1, -1):
                rows.sort(key=_sort_key(index), reverse=keys[index][1])
            return tuple([value for _, value in rows])

        return sort

    def _aggregate(self, clauses: _Clauses, aggregate: tree.QueryAggregate, typed: tree.Query) -> Closure:
        starting, body = self.closure(aggregate.starting), self.closure(aggregate.body)
        slot, unique = aggregate.accumulator.slot, aggregate.distinct
        slots = [source.variable.slot for source in typed.sources]

        def run(frame: list[Any]) -> Any:
            rows = _rows(clauses, frame)
            if rows is None:
                return None
            frame[slot] = starting(frame)
            if unique:
                for values in distinct(tuple([tuple([frame[one] for one in slots]) for _ in rows])):
                    for one, value in zip(slots, values, strict=True):
                        frame[one] = value
                    frame[slot] = body(frame)
            else:
                for _ in rows:
                    frame[slot] = body(frame)
            return frame[slot]

        return run

    def _quantifier(
        self, clauses: _Clauses, aggregate: tree.QueryAggregate, logical: bool, negated: bool
    ) -> Closure | None:
        """`aggregate found starting false: found or …`, exactly as three-valued logic has it.

        None for an aggregate that is no quantifier: its condition reads what was accumulated.
        """
        found = quantified(aggregate)
        if found is None:
            return None
        deciding, condition = found
        body = self.closure(condition, logical=logical, negated=negated)
        if aggregate.accumulator.slot in self.slots_read:
            return None
        return _explained(clauses, body, deciding) if logical else _short(clauses, body, deciding)


def quantified(aggregate: tree.QueryAggregate) -> tuple[bool, tree.Tree] | None:
    """The deciding value and the condition of an aggregate that is a quantifier; None for any other one."""
    start, body = aggregate.starting, aggregate.body
    if not isinstance(start, tree.Constant) or not isinstance(body, tree.Call) or start.value not in (True, False):
        return None
    deciding = not start.value
    name = "Or" if deciding else "And"
    leaves = list(operands_of(body, name))
    slot = aggregate.accumulator.slot
    rest = [leaf for leaf in leaves if not (isinstance(leaf, tree.Variable) and leaf.slot == slot)]
    if len(rest) != len(leaves) - 1 or not rest:
        return None
    condition = rest[0]
    for leaf in rest[1:]:
        condition = tree.Call(body.type, condition.start, leaf.end, body.overload, (condition, leaf))
    return deciding, condition


def _rows(clauses: _Clauses, frame: list[Any]) -> Iterator[None] | None:
    """Binds the variables to each combination that meets the clauses; None where a source is null."""
    if clauses.is_simple:
        return _simple_rows(clauses, frame)
    values: list[Any] = []
    for _, source, single in clauses.sources:
        value = source(frame)
        if value is None:
            return None
        values.append((value,) if single else value)
    return _combinations(clauses, frame, values, 0)


def _simple_rows(clauses: _Clauses, frame: list[Any]) -> Iterator[None] | None:
    slot, source, _ = clauses.sources[0]
    values = source(frame)
    return None if values is None else _each(frame, slot, values)


def _each(frame: list[Any], slot: int, values: tuple[Any, ...]) -> Iterator[None]:
    for value in values:
        frame[slot] = value
        yield None


def _combinations(clauses: _Clauses, frame: list[Any], values: list[Any], depth: int) -> Iterator[None]:
    slot = clauses.sources[depth][0]
    for value in values[depth]:
        frame[slot] = value
        if depth + 1 < len(values):
            yield from _combinations(clauses, frame, values, depth + 1)
        elif _is_meant(clauses, frame):
            yield None


def _is_meant(clauses: _Clauses, frame: list[Any]) -> bool:
    for slot, value in clauses.lets:
        frame[slot] = value(frame)
    if not all(_is_related(frame, *relationship) for relationship in clauses.relationships):
        return False
    if clauses.where is None:
        return True
    answer = clauses.where(frame)
    if answer is None and clauses.told_where is not None:
        clauses.told_where(frame)
    return answer is True


def _is_related(frame: list[Any], slot: int, source: Closure, single: bool, condition: Closure, present: bool) -> bool:
    values = source(frame)
    for value in () if values is None else (values,) if single else values:
        frame[slot] = value
        if condition(frame) is True:
            return present
    return not present


def _single(clauses: _Clauses, returning: Closure) -> Closure:
    def run(frame: list[Any]) -> Any:
        rows = _rows(clauses, frame)
        for _ in rows or ():
            return returning(frame)
        return None

    return run


def _short(clauses: _Clauses, body: Closure, deciding: bool) -> Closure:
    def run(frame: list[Any]) -> Any:
        rows = _rows(clauses, frame)
        if rows is None:
            return None
        result: bool | None = not deciding
        for _ in rows:
            answer = body(frame)
            if answer is deciding:
                return deciding
            if answer is None:
                result = None
        return result

    return run


def _explained(clauses: _Clauses, body: Closure, deciding: bool) -> Closure:
    """A quantifier with reasons: the entries of the elements that made the result stay."""

    def run(frame: list[Any]) -> Any:
        rows = _rows(clauses, frame)
        if rows is None:
            return None
        trace = frame[2]
        first = len(trace)
        answers: list[tuple[Any, int]] = [(body(frame), len(trace)) for _ in rows]
        said = [answer for answer, _ in answers]
        result = deciding if deciding in said else None if None in said else not deciding
        if said.count(result) < len(said):
            keep(trace, first, answers, result)
        return result

    return run


def _sort_key(index: int) -> Any:
    def compare(left: Any, right: Any) -> int:
        one, other = left[0][index], right[0][index]
        if one is None or other is None:
            return (one is not None) - (other is not None)
        return rank(one, other)

    return cmp_to_key(compare)
