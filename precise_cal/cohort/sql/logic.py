"""The logical operators and ``if``, with what they leave on the trace (`engine.cql.codegen`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.expressions import FALSE, TRUE, and_, case, equal, is_false, is_null, is_true, not_, or_
from precise_cal.cohort.sql.names import has_query
from precise_cal.cohort.sql.traces import NO_CODE, NOTHING, Mode, Trace, kept, sequence, when
from precise_cal.cohort.sql.values import Env, Value, chosen
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.logic import operands_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.cohort.sql.traces import Lowered

NEEDED: Final = "needed"
"""The name of the condition under which an expression is looked at, among the names of an environment."""

Part = tuple["Expr", Trace]


def _and(context: SqlContext, typed: tree.Call, env: Env, mode: Mode) -> Lowered:
    return _junction(context, list(operands_of(typed, "And")), env, mode, deciding=False)


def _or(context: SqlContext, typed: tree.Call, env: Env, mode: Mode) -> Lowered:
    return _junction(context, list(operands_of(typed, "Or")), env, mode, deciding=True)


def _junction(context: SqlContext, operands: Sequence[tree.Tree], env: Env, mode: Mode, *, deciding: bool) -> Lowered:
    parts: list[Part] = []
    for operand in operands:
        inner = needing(context, env, parts, mode, deciding=deciding) if has_query(operand) else env
        parts.append(context.truth(operand, inner, mode))
    return joint(parts, mode, deciding=deciding)


def joint(parts: Sequence[Part], mode: Mode, *, deciding: bool) -> Lowered:
    """The answer of several, and what they leave: of the logic what made the answer, else what was looked at."""
    result = (or_ if deciding else and_)(*[answer for answer, _ in parts])
    if mode == Mode.LOGICAL:
        return Value("Boolean", (result,)), kept(parts, result)
    return Value("Boolean", (result,)), _until(parts, deciding=deciding) if mode else NOTHING


def _until(parts: Sequence[Part], *, deciding: bool) -> Trace:
    """The traces up to the first answer that decides."""
    told, open_ = [], TRUE
    for answer, trace in parts:
        told.append(when(open_, trace))
        open_ = and_(open_, not_((is_true if deciding else is_false)(answer)))
    return sequence(told)


def needing(context: SqlContext, env: Env, before: Sequence[Part], mode: Mode, *, deciding: bool) -> Env:
    """The environment of an operand that need not be looked at where one before it decides.

    One that decides without a reason of its own may still need those of the others.
    """
    wanted = TRUE
    for answer, trace in before:
        decides = (is_true if deciding else is_false)(answer)
        if mode == Mode.LOGICAL:
            reason = trace.first("atom")
            decides = and_(decides, not_(is_null(NO_CODE if reason is None else reason)))
        wanted = and_(wanted, not_(decides))
    if wanted is TRUE or wanted.grain is not env.grain:
        return env
    above = env.names.get(NEEDED)
    if isinstance(above, Value):
        wanted = and_(above.parts[0], wanted)
    names = {**env.names, NEEDED: Value("Boolean", (wanted,))}
    return context.env((NEEDED, id(env), wanted), lambda: Env(env.grain, names, env.left, env.right))


def needed(env: Env) -> Expr | None:
    """The condition under which what is lowered here is looked at."""
    found = env.names.get(NEEDED)
    return found.parts[0] if isinstance(found, Value) else None


def _implies(context: SqlContext, typed: tree.Call, env: Env, mode: Mode) -> Lowered:
    answer, trace = context.truth(typed.operands[0], env, mode)
    left = (not_(answer), trace)
    inner = needing(context, env, [left], mode, deciding=True) if has_query(typed.operands[1]) else env
    return joint([left, context.truth(typed.operands[1], inner, mode)], mode, deciding=True)


def _not(context: SqlContext, typed: tree.Call, env: Env, mode: Mode) -> Lowered:
    answer, trace = context.truth(typed.operands[0], env, mode)
    return Value("Boolean", (not_(answer),)), trace


def _xor(context: SqlContext, typed: tree.Call, env: Env, mode: Mode) -> Lowered:
    (one, first), (other, second) = (context.truth(operand, env, mode) for operand in typed.operands)
    return Value("Boolean", (not_(equal(one, other)),)), sequence([first, second])


LOGIC: Final[dict[str, Callable[[SqlContext, tree.Call, Env, Mode], Lowered]]] = {
    "And": _and,
    "Or": _or,
    "Implies": _implies,
    "Not": _not,
    "Xor": _xor,
}


# ---- if and case ----


def choice(context: SqlContext, typed: tree.If, env: Env, mode: Mode) -> Lowered:
    """A chain of conditions."""
    links, last = [], typed
    while True:
        links.append((last.condition, last.yes))
        if not isinstance(last.no, tree.If):
            break
        last = last.no
    conditions = [context.truth(condition, env, mode) for condition, _ in links]
    results = [context.lower(yes, env, mode) for _, yes in links]
    otherwise, rest = context.lower(last.no, env, mode)
    value = otherwise
    for (answer, _), (result, _) in zip(reversed(conditions), reversed(results), strict=True):
        value = chosen(answer, result, value)
    if not mode:
        return value, NOTHING
    told = [trace for _, trace in results]
    if mode == Mode.LOGICAL:
        literal = [isinstance(yes, tree.Constant) for _, yes in links]
        return value, _explained(conditions, told, rest, literal, ends_literally=isinstance(last.no, tree.Constant))
    return value, _looked_at(conditions, told, rest)


def _looked_at(conditions: Sequence[Part], results: Sequence[Trace], rest: Trace) -> Trace:
    told, open_ = [], TRUE
    for (answer, trace), result in zip(conditions, results, strict=True):
        told += [when(open_, trace), when(and_(open_, is_true(answer)), result)]
        open_ = and_(open_, not_(is_true(answer)))
    return sequence([*told, when(open_, rest)])


def _explained(
    conditions: Sequence[Part], results: Sequence[Trace], rest: Trace, literal: Sequence[bool], *, ends_literally: bool
) -> Trace:
    """A literal result is explained by its condition, the last one by those that were open, else by all."""
    ends = rest
    if ends_literally:
        open_ = sequence(when(is_null(answer), trace) for answer, trace in conditions)
        all_ = sequence(trace for _, trace in conditions)
        any_open = or_(FALSE, *[is_null(answer) for answer, _ in conditions])
        ends = sequence([_either(any_open, open_, all_), rest])
    for (answer, trace), result, is_literal in reversed(list(zip(conditions, results, literal, strict=True))):
        ends = _either(answer, sequence([trace, result]) if is_literal else result, ends)
    return ends


def _either(condition: Expr, yes: Trace, no: Trace) -> Trace:
    def find(what: str) -> Expr | None:
        one, other = yes.first(what), no.first(what)
        if one is None and other is None:
            return None
        return case(condition, NO_CODE if one is None else one, NO_CODE if other is None else other)

    return Trace(find)
