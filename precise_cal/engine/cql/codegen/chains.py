"""Chains of conditions: `if … then … else`; a `case` is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.codegen.entries import Reasoned
from precise_cal.engine.cql.codegen.sink import Entries, Some
from precise_cal.engine.cql.codegen.writer import Value

if TYPE_CHECKING:
    from precise_cal.engine.cql.codegen.context import CodeContext


def if_(context: CodeContext, typed: tree.If) -> Value:
    """A chain of conditions."""
    chain, last = chain_of(typed)
    result, is_open, writer = context.writer.name(), context.writer.name(), context.writer
    writer.line(f"{is_open} = True")
    for one in chain:
        with writer.block(f"if {is_open}:"), writer.block(f"if {context.value(one.condition).code} is True:"):
            writer.line(f"{result} = {context.value(one.yes).code}")
            writer.line(f"{is_open} = False")
    with writer.block(f"if {is_open}:"):
        writer.line(f"{result} = {context.value(last).code}")
    return Value(result)


def reasoned_if(context: CodeContext, typed: tree.If, negated: bool) -> Reasoned:
    """A literal result is explained by its condition, any other one by itself.

    Where no condition holds and the last result is literal, those that could not be decided are its reasons; if
    none was, all of them. `path` numbers the case that was taken, and the conditions that could not be decided
    are counted.
    """
    chain, last = chain_of(typed)
    writer, result, path = context.writer, context.writer.name(), context.writer.name("p")
    choices: list[tuple[str | None, Entries]] = []
    conditions: list[tuple[str, Entries]] = []
    is_open = f"{path} == {len(chain)}"
    writer.line(f"{path} = {len(chain)}")
    for index, one in enumerate(chain):
        with writer.block(f"if {is_open}:"):
            if isinstance(last, tree.Constant):
                condition = _condition(context, one, negated)
                conditions.append((condition.value.code, condition.entries))
                code = condition.value.code
            else:
                condition, code = None, context.quietly(one.condition).code
            with writer.block(f"if {code} is True:"):
                yes = context.reasoned(one.yes, negated=negated)
                if isinstance(one.yes, tree.Constant):
                    yes = Reasoned(yes.value, (condition or _condition(context, one, negated)).entries)
                writer.line(f"{result}, {path} = {yes.value.code}, {index}")
        choices.append((f"{path} == {index}", yes.entries))
    with writer.block(f"if {is_open}:"):
        otherwise = context.reasoned(last, negated=negated)
        writer.line(f"{result} = {otherwise.value.code}")
    choices.append((is_open, _of_last(last, otherwise, conditions)))
    return Reasoned(Value(result), Some(tuple(choices)))


def _condition(context: CodeContext, one: tree.If, negated: bool) -> Reasoned:
    denies = isinstance(one.yes, tree.Constant) and one.yes.value is False
    return context.reasoned(one.condition, negated=negated is not denies)


def _of_last(last: tree.Tree, otherwise: Reasoned, conditions: list[tuple[str, Entries]]) -> Entries:
    if not isinstance(last, tree.Constant):
        return otherwise.entries
    any_open = " or ".join(f"{code} is None" for code, _ in conditions)
    return Some(tuple((f"{code} is None or not ({any_open})", entries) for code, entries in conditions))


def chain_of(typed: tree.If) -> tuple[list[tree.If], tree.Tree]:
    """The conditions of a chain with their results, and the result where none holds."""
    chain = [typed]
    while isinstance(chain[-1].no, tree.If):
        chain.append(chain[-1].no)
    return chain, chain[-1].no
