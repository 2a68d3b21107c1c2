"""From a typed tree to expressions and traces: what lowers each kind of tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql import constants, logic, operators, properties, queries
from precise_cal.cohort.sql.traces import NOTHING, Mode, atom, read, sequence, when
from precise_cal.cohort.sql.values import SCOPE, Env, Fixed, NotCompiledError, Value, nothing
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from precise_cal.cohort.sql.context import Handlers, SqlContext
    from precise_cal.cohort.sql.traces import Lowered


_CLOCK: Final = frozenset({"Now", "Today"})


# ---- nodes that are neither calls, nor properties, nor queries ----


def _context(context: SqlContext, typed: tree.Context, env: Env, mode: Mode) -> Lowered:
    return context.record, NOTHING


def _variable(context: SqlContext, typed: tree.Variable, env: Env, mode: Mode) -> Lowered:
    if typed.slot not in env.names:
        raise NotCompiledError(
            message("the variable { $name } of an aggregate that is no quantifier", name=Verbatim(typed.name)), typed
        )
    return env.names[typed.slot], NOTHING


def _scope(context: SqlContext, typed: tree.Scope, env: Env, mode: Mode) -> Lowered:
    return env.names[SCOPE], NOTHING


def _definition(context: SqlContext, typed: tree.Definition, env: Env, mode: Mode) -> Lowered:
    compiled = context.environment.definition(typed.name)
    inner = context.only_scope(env)
    if mode:
        return context.told(compiled, inner)
    return context.lower(compiled.tree, inner, mode)


def _inlined(context: SqlContext, typed: tree.Inlined, env: Env, mode: Mode) -> Lowered:
    return context.lower(typed.body, env, mode)


def _constant(context: SqlContext, typed: tree.Constant, env: Env, mode: Mode) -> Lowered:
    return constants.constant(typed), NOTHING


def _interval(context: SqlContext, typed: tree.MakeInterval, env: Env, mode: Mode) -> Lowered:
    return constants.interval(typed), NOTHING


def _list(context: SqlContext, typed: tree.MakeList, env: Env, mode: Mode) -> Lowered:
    if not all(isinstance(element, tree.Constant) for element in typed.elements):
        raise NotCompiledError("a list that is made of what was recorded", typed)
    return Fixed(tuple(element.value for element in typed.elements if isinstance(element, tree.Constant))), NOTHING


def _let(context: SqlContext, typed: tree.Let, env: Env, mode: Mode) -> Lowered:
    raise NotCompiledError("let", typed)


def _call(context: SqlContext, typed: tree.Call, env: Env, mode: Mode) -> Lowered:
    junction = logic.LOGIC.get(typed.name)
    if junction is not None:
        return junction(context, typed, env, mode)
    lowered = [context.lower(operand, env, min(mode, Mode.READS)) for operand in typed.operands]
    value = operators.call(context, typed, [value for value, _ in lowered])
    trace = sequence(trace for _, trace in lowered)
    if typed.name in _CLOCK and context.cutoff is not None:
        code = context.code(context.cutoff)
        trace = when(context.now.unknown, read(code, context.now.unknown, None, is_part_of_list=False))
    if mode == Mode.LOGICAL and typed.type is BOOLEAN:
        assert isinstance(value, Value)
        trace = atom(trace, value.parts[0])
    return value, trace


def _property(context: SqlContext, typed: tree.Property, env: Env, mode: Mode) -> Lowered:
    value, trace = properties.read_property(context, typed, env, mode)
    if mode == Mode.LOGICAL:
        result = value.parts[0] if isinstance(value, Value) else nothing("Boolean").parts[0]
        trace = atom(trace, result)
    return value, trace


HANDLERS: Final[Handlers] = {
    tree.Context: _context,
    tree.Variable: _variable,
    tree.Scope: _scope,
    tree.Definition: _definition,
    tree.Inlined: _inlined,
    tree.Constant: _constant,
    tree.MakeInterval: _interval,
    tree.MakeList: _list,
    tree.Let: _let,
    tree.Call: _call,
    tree.Property: _property,
    tree.If: logic.choice,
    tree.Query: queries.query,
}
