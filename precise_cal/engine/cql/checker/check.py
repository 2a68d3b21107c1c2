"""Texts to typed trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.cql import syntax, tree
from precise_cal.engine.cql.checker import calls, cases, definitions, functions, names, queries, selectors, timing
from precise_cal.engine.cql.checker.context import CheckContext
from precise_cal.engine.cql.checker.conversions import expect
from precise_cal.engine.cql.errors import Code, Origin
from precise_cal.engine.cql.parser.parse import parse

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import Checks
    from precise_cal.engine.cql.environment import Compiled, Environment
    from precise_cal.engine.cql.types import Type


class Checked(NamedTuple):
    """A typed tree and what it uses; `slots` is the number of variables a frame must hold."""

    tree: tree.Tree
    parameters: frozenset[str]
    definitions: frozenset[str]
    slots: int


_CHECKS: Final[Checks] = {
    syntax.Literal: selectors.literal,
    syntax.Name: names.name,
    syntax.Member: names.member,
    syntax.Invocation: functions.invocation,
    syntax.Operation: calls.operation,
    syntax.TypeOperation: selectors.type_operation,
    syntax.Extent: selectors.extent,
    syntax.Timing: timing.timing,
    syntax.If: cases.if_,
    syntax.Case: cases.case,
    syntax.IntervalSelector: selectors.interval,
    syntax.ListSelector: selectors.list_,
    syntax.TupleSelector: selectors.tuple_,
    syntax.Query: queries.query,
}


def check(environment: Environment, code: Code, *, scope: str | None = None, expected: Type | None = None) -> Checked:
    """Read and check an expression. Raises `CqlError`."""
    node = parse(code.text, code.origin)
    context = CheckContext(_CHECKS, environment, code, scope)
    typed = context.typed(node)
    if expected is not None:
        typed = expect(context, typed, expected, node)
    shared = context.shared
    return Checked(typed, frozenset(shared.parameters), frozenset(shared.definitions), shared.slots)


def check_definition(environment: Environment, name: str) -> Compiled:
    """A definition, checked. Raises `CqlError` if it is wrong or refers to itself, `KeyError` if there is none."""
    return definitions.definition(CheckContext(_CHECKS, environment, Code("", Origin()), None), name)
