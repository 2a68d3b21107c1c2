"""What stands by itself: constants, the record, variables; and `let`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql.codegen.entries import Reasoned, together
from precise_cal.engine.cql.codegen.writer import Value
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from precise_cal.engine.cql import tree
    from precise_cal.engine.cql.codegen.context import CodeContext


def constant(context: CodeContext, typed: tree.Constant) -> Value:
    """A value; a date-time without offset takes that of the evaluation."""
    value = typed.value
    name = context.writer.constant(value)
    if isinstance(value, DateTime) and value.offset_minutes is None:
        return context.writer.assign(f"ensure_offset({name}, s.utc_offset_minutes)", nullable=False)
    return Value(name, value is None)


def record(context: CodeContext, typed: tree.Context) -> Value:
    """The record. Without one, an environment has no names that read it."""
    return Value("r", nullable=False)


def scope(context: CodeContext, typed: tree.Scope) -> Value:
    """The value of the scope variable."""
    text = f"s.scopes[{typed.name!r}]"
    return context.writer.known(text) or context.writer.know(text, context.writer.assign(text))


def variable(context: CodeContext, typed: tree.Variable) -> Value:
    """The value of a variable."""
    return context.variables[typed.slot]


def let(context: CodeContext, typed: tree.Let) -> Value:
    """Values bound to variables before the body runs."""
    for variable, value in typed.bindings:
        context.bind(variable, context.value(value))
    return context.value(typed.body)


def reasoned_let(context: CodeContext, typed: tree.Let, negated: bool) -> Reasoned:
    """Values bound to variables before the body, which has the reasons, runs; what they read is told too."""
    with context.reads() as sink:
        for variable, value in typed.bindings:
            context.bind(variable, context.value(value))
    found = context.reasoned(typed.body, negated=negated)
    return together(sink.entries, found)
