"""The part of the generator that runs queries, and the quantifiers among them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.codegen.base import BaseGenerator
from precise_cal.engine.cql.codegen.calls import operands_of
from precise_cal.engine.cql.codegen.writer import Sink, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class QueryGenerator(BaseGenerator):
    """Writes queries."""

    def query(self, typed: tree.Query, logical: bool, negated: bool) -> Value:
        """A query; the quantifiers among the aggregates are written as three-valued logic has them."""
        if typed.aggregate is not None:
            found = quantified(typed.aggregate)
            if found is None:
                return self._aggregate(typed, typed.aggregate)
            deciding, condition = found
            write = self._explained_quantifier if logical else self._short_quantifier
            return write(typed, deciding, lambda: self.value(condition, logical=logical, negated=negated))
        if typed.single:
            result = self.writer.name()
            self.writer.line(f"{result} = None")
            with self._rows(typed):
                self.writer.line(f"{result} = {self._returned(typed).code}")
            return Value(result)
        return self._listed(typed)

    @contextmanager
    def _rows(self, typed: tree.Query, otherwise: str | None = None) -> Iterator[None]:
        """The variables are bound to each combination that meets the clauses; nothing runs where a source is null."""
        sources = [(one, self.value(one.tree)) for one in typed.sources]
        nulls = [f"{value.code} is not None" for _, value in sources if value.nullable]
        with ExitStack() as blocks:
            if nulls:
                blocks.enter_context(self.writer.block(f"if {' and '.join(nulls)}:"))
            if otherwise is not None:
                self.writer.line(otherwise)
            for source, value in sources:
                self._over(source, value.code, blocks)
            for variable, bound in typed.lets:
                self.bind(variable, self.value(bound).code)
            for relationship in typed.relationships:
                blocks.enter_context(self.writer.block(f"if {self._related(relationship)}:"))
            if typed.where is not None:
                blocks.enter_context(self.writer.block(f"if {self._meant(typed.where)} is True:"))
            yield

    def _over(self, source: tree.QuerySource, values: str, blocks: ExitStack) -> None:
        if source.single:
            self.bind(source.variable, values)
            return
        name = self.names[source.variable.slot] = f"x{source.variable.slot}"
        blocks.enter_context(self.writer.block(f"for {name} in {values}:"))

    def _meant(self, where: tree.Tree) -> str:
        """The answer of the condition; its reasons are wanted only where it does not decide."""
        answer = self.quietly(where).code
        if self.reasons:
            with self.writer.block(f"if {answer} is None:"):
                self.value(where)
        return answer

    def _related(self, relationship: tree.QueryRelationship) -> str:
        """Whether there is, or is not, an element of another source that meets the condition."""
        result, writer = self.writer.name(), self.writer
        values = self.value(relationship.source.tree).code
        writer.line(f"{result} = {not relationship.present}")
        each = f"({values},)" if relationship.source.single else values
        name = self.names[relationship.source.variable.slot] = f"x{relationship.source.variable.slot}"
        with writer.block(f"for {name} in () if {values} is None else {each}:"):
            condition = self.value(relationship.condition).code
            with writer.block(f"if {condition} is True:"):
                writer.line(f"{result} = {relationship.present}")
                writer.line("break")
        return result

    def _returned(self, typed: tree.Query) -> Value:
        if typed.returning is not None:
            return self.value(typed.returning)
        names = {one.variable.name: self.names[one.variable.slot] for one in typed.sources}
        if len(names) == 1 == len(typed.sources):
            return Value(next(iter(names.values())))
        elements = ", ".join(f"{name!r}: {code}" for name, code in names.items())
        return self.writer.assign(f"Tuple({{{elements}}})", nullable=False)

    def _listed(self, typed: tree.Query) -> Value:
        result, rows = self.writer.name(), self.writer.name()
        self.writer.line(f"{result} = {rows} = None")
        with self._rows(typed, f"{rows} = []"):
            self.writer.line(f"{rows}.append({self._returned(typed).code})")
        with self.writer.block(f"if {rows} is not None:"):
            values = f"tuple({rows})"
            self.writer.line(f"{result} = {f'distinct({values})' if typed.distinct else values}")
            if typed.sort and typed.element is not None:
                self.writer.line(f"{result} = {self._sorted(typed, typed.element, result)}")
        return Value(result)

    def _sorted(self, typed: tree.Query, element: tree.Variable, values: str) -> str:
        """What a key reads is no reason."""
        rows, writer = self.writer.name(), self.writer
        writer.line(f"{rows} = []")
        name = self.names[element.slot] = f"x{element.slot}"
        outer, self.sink = self.sink, Sink(writer.name("b"), writer.depth + 1, is_list=False)
        with writer.block(f"for {name} in {values}:"):
            writer.told(self.sink, f"{self.sink.name} = []")
            keys = [name if one.key is None else self.value(one.key).code for one in typed.sort]
            writer.line(f"{rows}.append(([{', '.join(keys)}], {name}))")
        self.sink = outer
        return f"ordered({rows}, {tuple(one.descending for one in typed.sort)})"

    def _aggregate(self, typed: tree.Query, aggregate: tree.QueryAggregate) -> Value:
        result, writer = self.writer.name(), self.writer
        accumulator = self.names[aggregate.accumulator.slot] = f"x{aggregate.accumulator.slot}"
        writer.line(f"{result} = None")
        sources = [one.variable for one in typed.sources]
        if not aggregate.distinct:
            writer.line(f"{accumulator} = {self.value(aggregate.starting).code}")
            with self._rows(typed, f"{result} = True"):
                writer.line(f"{accumulator} = {self.value(aggregate.body).code}")
        else:
            rows = writer.name()
            writer.line(f"{rows} = []")
            with self._rows(typed, f"{result} = True"):
                writer.line(f"{rows}.append(({''.join(f'{self.names[one.slot]}, ' for one in sources)}))")
            writer.line(f"{accumulator} = {self.value(aggregate.starting).code}")
            with writer.block(
                f"for {''.join(f'{self.names[one.slot]}, ' for one in sources)} in distinct(tuple({rows})):"
            ):
                writer.line(f"{accumulator} = {self.value(aggregate.body).code}")
        return writer.assign(f"None if {result} is None else {accumulator}")

    def _short_quantifier(self, typed: tree.Query, deciding: bool, body: Callable[[], Value]) -> Value:
        """What stands behind the element that decides is not looked at."""
        result, writer = self.writer.name(), self.writer
        loops = sum(not one.single for one in typed.sources)
        writer.line(f"{result} = None")
        with self._rows(typed, f"{result} = {not deciding}"):
            guard = f"if {result} is not {deciding}:" if loops != 1 else None
            with writer.block(guard) if guard else ExitStack():
                answer = body().code
                with writer.block(f"if {answer} is not {not deciding}:"):
                    writer.line(f"{result} = {answer}")
                    if loops == 1 and not typed.relationships:
                        writer.line(f"if {answer} is {deciding}: break")
        return Value(result)

    def _explained_quantifier(self, typed: tree.Query, deciding: bool, body: Callable[[], Value]) -> Value:
        """A quantifier with reasons: the entries of the elements that made the result stay."""
        writer, trace = self.writer, self.listed()
        answers, first = writer.name(), writer.name()
        writer.line(f"{answers} = None")
        with self._rows(typed, f"{answers}, {first} = [], len({trace})"):
            writer.line(f"{answers}.append(({body().code}, len({trace})))")
        return writer.assign(f"None if {answers} is None else settle({trace}, {first}, {answers}, {deciding})")


def quantified(aggregate: tree.QueryAggregate) -> tuple[bool, tree.Tree] | None:
    """The deciding value and the condition of `aggregate found starting false: found or …`.

    None for any other aggregate, as where the condition reads what was accumulated.
    """
    start, body = aggregate.starting, aggregate.body
    if not isinstance(start, tree.Constant) or not isinstance(body, tree.Call) or start.value not in (True, False):
        return None
    deciding = not start.value
    name = "Or" if deciding else "And"
    leaves = list(operands_of(body, name))
    slot = aggregate.accumulator.slot
    rest = [leaf for leaf in leaves if not (isinstance(leaf, tree.Variable) and leaf.slot == slot)]
    if len(rest) != len(leaves) - 1 or not rest or slot in set().union(*map(tree.slots_of, rest)):
        return None
    condition = rest[0]
    for leaf in rest[1:]:
        condition = tree.Call(body.type, condition.start, leaf.end, body.overload, (condition, leaf))
    return deciding, condition
