"""Types: `as`, `is`, and implicit conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql.bound import Conversion
from precise_cal.engine.cql.codegen.writer import Value

if TYPE_CHECKING:
    from precise_cal.engine.cql import tree
    from precise_cal.engine.cql.codegen.context import CodeContext
    from precise_cal.engine.cql.codegen.entries import Reasoned
    from precise_cal.engine.cql.codegen.writer import Value


def as_(context: CodeContext, typed: tree.As) -> Value:
    """A cast."""
    operand = context.value(typed.operand)
    context.look([(typed.operand, operand)])
    return context.writer.assign(f"cast({operand.code}, {context.writer.constant(typed.type)}, {typed.strict})")


def is_(context: CodeContext, typed: tree.Is) -> Value:
    """A test of the type."""
    operand = context.value(typed.operand)
    context.look([(typed.operand, operand)])
    one, kind = operand.code, context.writer.constant(typed.target)
    return context.writer.assign(f"{one} is not None and is_of({one}, {kind})", nullable=False)


def reasoned_is(context: CodeContext, typed: tree.Is, negated: bool) -> Reasoned:
    """A test of the type is an atom."""
    with context.reads() as sink:
        result = is_(context, typed)
    required = (f"a {typed.target}", f"no {typed.target}")
    return context.atom(typed, required, result, result, sink, negated=negated)


def convert(context: CodeContext, typed: tree.Convert) -> Value:
    """An implicit conversion."""
    operand = context.value(typed.operand)
    change = context.writer.constant(Conversion(typed.operand.type, typed.type))
    return context.made(typed, context.writer.assign(f"None if {operand.code} is None else {change}({operand.code})"))
