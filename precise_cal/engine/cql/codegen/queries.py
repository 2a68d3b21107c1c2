"""Queries, and the quantifiers among them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.budget import ELEMENT
from precise_cal.engine.cql.codegen.entries import Reasoned, tell
from precise_cal.engine.cql.codegen.sink import All, Some
from precise_cal.engine.cql.codegen.writer import Value
from precise_cal.engine.cql.logic import quantified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.codegen.context import CodeContext


def query(context: CodeContext, typed: tree.Query) -> Value:
    """A query; the quantifiers among the aggregates are written as three-valued logic has them."""
    if typed.aggregate is not None:
        found = quantified(typed.aggregate)
        return _quantifier(context, typed, *found) if found else _aggregate(context, typed, typed.aggregate)
    return _single(context, typed) if typed.single else _listed(context, typed)


def reasoned_query(context: CodeContext, typed: tree.Query, negated: bool) -> Reasoned | None:
    """A quantifier with reasons: the entries of the elements that made the result stay; None for other queries."""
    found = quantified(typed.aggregate) if typed.aggregate is not None else None
    if found is None:
        return None
    deciding, condition = found
    writer = context.writer
    result, entries = writer.name(), writer.name("e")
    writer.line(f"{result}, {entries} = None, ()")
    with context.reads() as sink, _rows(context, typed, f"{result}, {entries} = {not deciding}, []"):
        answer = context.reasoned(condition, negated=negated)
        code = answer.value.code
        stronger = f"{code} is not {result} and {result} is not {deciding} and {code} is not {not deciding}"
        writer.line(f"if {stronger}: {result}, {entries} = {code}, []")
        with writer.block(f"if {code} is {result}:"):
            tell(answer.entries, entries, writer)
    return Reasoned(Value(result), Some(((None, sink.entries), (None, All(entries)))))


@contextmanager
def _rows(context: CodeContext, typed: tree.Query, otherwise: str | None = None) -> Iterator[None]:
    """The variables are bound to each combination that meets the clauses; nothing runs where a source is null."""
    sources = [(one, context.value(one.tree)) for one in typed.sources]
    nulls = [f"{value.code} is not None" for _, value in sources if value.nullable]
    with ExitStack() as blocks:
        if nulls:
            blocks.enter_context(context.writer.block(f"if {' and '.join(nulls)}:"))
        if otherwise is not None:
            context.writer.line(otherwise)
        for source, value in sources:
            if source.single:
                context.bind(source.variable, value)
            else:
                _each(context, source, value.code, blocks)
        for variable, bound in typed.lets:
            context.bind(variable, context.value(bound))
        for relationship in typed.relationships:
            blocks.enter_context(context.writer.block(f"if {_related(context, relationship)}:"))
        if typed.where is not None:
            blocks.enter_context(context.writer.block(f"if {_meant(context, typed.where)} is True:"))
        yield


def _each(context: CodeContext, source: tree.QuerySource, values: str, blocks: ExitStack) -> None:
    variable = context.declare(source.variable, nullable=not _holds_no_null(context, source.tree))
    blocks.enter_context(context.writer.loop(variable.code, values))


def _holds_no_null(context: CodeContext, typed: tree.Tree) -> bool:
    """Whether a list is one of the record's, or a part of one, so that it has no null elements."""
    if isinstance(typed, tree.Definition):
        return _holds_no_null(context, context.compiled.environment.definition(typed.name).tree)
    if isinstance(typed, tree.Query):
        return len(typed.sources) == 1 and typed.returning is None and _holds_no_null(context, typed.sources[0].tree)
    return isinstance(typed, tree.Property)


def _meant(context: CodeContext, where: tree.Tree) -> str:
    """The answer of the condition; its reasons are wanted only where it does not decide."""
    answer = context.quietly(where).code
    if context.reasons:
        with context.writer.block(f"if {answer} is None:"):
            context.value(where)
    return answer


def _related(context: CodeContext, relationship: tree.QueryRelationship) -> str:
    """Whether there is, or is not, an element of another source that meets the condition."""
    result, writer, source = context.writer.name(), context.writer, relationship.source
    values = context.value(source.tree).code
    writer.line(f"{result} = {not relationship.present}")
    with ExitStack() as blocks:
        listed = writer.assign(f"() if {values} is None else {f'({values},)' if source.single else values}")
        _each(context, source, listed.code, blocks)
        with writer.block(f"if {context.value(relationship.condition).code} is True:"):
            writer.line(f"{result} = {relationship.present}")
            writer.line("break")
    return result


def _returned(context: CodeContext, typed: tree.Query) -> Value:
    if typed.returning is not None:
        return context.value(typed.returning)
    if len(typed.sources) == 1:
        return context.variables[typed.sources[0].variable.slot]
    elements = [f"{one.variable.name!r}: {context.variables[one.variable.slot].code}" for one in typed.sources]
    return context.writer.assign(f"Tuple({{{', '.join(elements)}}})", nullable=False)


def _single(context: CodeContext, typed: tree.Query) -> Value:
    result = context.writer.name()
    context.writer.line(f"{result} = None")
    with _rows(context, typed):
        context.writer.line(f"{result} = {_returned(context, typed).code}")
    return Value(result)


def _listed(context: CodeContext, typed: tree.Query) -> Value:
    result, rows, writer = context.writer.name(), context.writer.name(), context.writer
    writer.line(f"{result} = {rows} = None")
    with _rows(context, typed, f"{rows} = []"):
        writer.line(f"{rows}.append({_returned(context, typed).code})")
        writer.cost += ELEMENT
    with writer.block(f"if {rows} is not None:"):
        writer.line(f"{result} = {f'distinct(s, tuple({rows}))' if typed.distinct else f'tuple({rows})'}")
        if typed.sort and typed.element is not None:
            writer.line(f"{result} = {_sorted(context, typed.sort, typed.element, result)}")
    return Value(result)


def _sorted(context: CodeContext, sort: tuple[tree.QuerySort, ...], element: tree.Variable, values: str) -> str:
    """What a key reads is no reason."""
    rows, writer = context.writer.name(), context.writer
    writer.line(f"{rows} = []")
    name = context.declare(element).code
    with writer.loop(name, values):
        writer.cost += ELEMENT
        keys = [name if one.key is None else context.quietly(one.key).code for one in sort]
        writer.line(f"{rows}.append(([{', '.join(keys)}], {name}))")
    return f"ordered({rows}, {tuple(one.descending for one in sort)})"


def _aggregate(context: CodeContext, typed: tree.Query, aggregate: tree.QueryAggregate) -> Value:
    result, writer = context.writer.name(), context.writer
    writer.line(f"{result} = None")
    accumulator = context.bind(aggregate.accumulator, context.value(aggregate.starting)._replace(nullable=True)).code
    if aggregate.distinct:
        rows, names = writer.name(), "".join(f"x{one.variable.slot}, " for one in typed.sources)
        writer.line(f"{rows} = []")
        with _rows(context, typed, f"{result} = True"):
            writer.line(f"{rows}.append(({names}))")
            writer.cost += ELEMENT
        with writer.loop(names, writer.assign(f"distinct(s, tuple({rows}))").code):
            for source in typed.sources:
                context.declare(source.variable)
            writer.line(f"{accumulator} = {context.value(aggregate.body).code}")
    else:
        with _rows(context, typed, f"{result} = True"):
            writer.line(f"{accumulator} = {context.value(aggregate.body).code}")
    writer.forget(accumulator)
    return writer.assign(f"None if {result} is None else {accumulator}")


def _quantifier(context: CodeContext, typed: tree.Query, deciding: bool, condition: tree.Tree) -> Value:
    """What stands behind the element that decides is not looked at."""
    result, writer = context.writer.name(), context.writer
    loops = sum(not one.single for one in typed.sources)
    writer.line(f"{result} = None")
    with _rows(context, typed, f"{result} = {not deciding}"), ExitStack() as blocks:
        if loops > 1:
            blocks.enter_context(writer.block(f"if {result} is not {deciding}:"))
        answer = context.value(condition).code
        with writer.block(f"if {answer} is not {not deciding}:"):
            writer.line(f"{result} = {answer}")
            if loops == 1:
                writer.line(f"if {answer} is {deciding}: break")
    return Value(result)
