"""Queries: lists that are narrowed, and quantifiers over them, built from two questions that SQL answers.

``aggregate found starting false: found or …`` is true where any element is, else unknown where any is unknown, else
false: is there an element that decides, and is there one whose answer is unknown? No aggregate of SQL that drops nulls
is asked for more than that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    and_,
    call,
    case,
    coalesce,
    equal,
    is_false,
    is_known,
    is_null,
    is_true,
    lit,
    not_,
    or_,
)
from precise_cal.cohort.sql.graph import LEFT, RIGHT, Expr, Grain
from precise_cal.cohort.sql.logic import needed
from precise_cal.cohort.sql.properties import ELEMENT
from precise_cal.cohort.sql.traces import NO_CODE, NOTHING, Mode, Trace, sequence, when
from precise_cal.cohort.sql.values import Elements, Env, Fixed, NotCompiledError, Object, Value, nothing, seen
from precise_cal.engine.cql.logic import quantified

if TYPE_CHECKING:
    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.traces import Lowered
    from precise_cal.cohort.sql.values import SqlValue
    from precise_cal.engine.cql import tree

_CODES: Final = 4096
"""More than there are fields: a position and a code make one number."""


def query(context: SqlContext, typed: tree.Query, env: Env, mode: Mode) -> Lowered:
    """A query of one list."""
    if len(typed.sources) != 1 or typed.sources[0].single or typed.lets or typed.relationships or typed.sort:
        raise NotCompiledError("a query with several sources, let, with, without or sort", typed)
    listed, before = context.lower(typed.sources[0].tree, env, min(mode, Mode.READS))
    if typed.aggregate is not None:
        if isinstance(listed, Fixed) and listed.value is None:
            return nothing("Boolean"), before
        if not isinstance(listed, Elements) or typed.where is not None or typed.aggregate.distinct:
            raise NotCompiledError("an aggregate with a condition of its own", typed)
        return _quantifier(context, typed, listed, env, mode, before)
    if isinstance(listed, Fixed) and listed.value is None:
        return listed, before
    if not isinstance(listed, Elements):
        raise NotCompiledError("a query over a list that is no list of the record", typed)
    return _narrowed(context, typed, listed, env, mode, before)


# ---- the elements of a list, in an environment ----


def bound(context: SqlContext, listed: Elements, env: Env, slot: int | str) -> tuple[Env, Expr]:
    """The environment in which a variable stands for an element, and which elements are meant."""
    direct = listed.grain.left is env.grain and listed.places == tuple(range(env.grain.keys)) and not needed(env)
    if direct:
        grain, keep = listed.grain, listed.keep
        element: SqlValue = listed.element
        right = None if listed.env.right is None else renamed(context, listed.env.right, slot)
    else:
        filtered = None if listed.keep is TRUE else listed.keep
        grain = context.combined(env.grain, listed.grain, listed.places, (needed(env), filtered))
        element, keep = seen(listed.element, grain, RIGHT), TRUE
        right = renamed(context, listed.env, slot)

    def create() -> Env:
        names: dict[int | str, SqlValue] = {
            name: seen(value, grain, LEFT) for name, value in env.names.items() if name != "needed"
        }
        names |= {slot: element, ELEMENT: element}
        return Env(grain, names, env, right)

    return context.env(("bound", grain, id(env), slot), create), keep


def renamed(context: SqlContext, env: Env, slot: int | str) -> Env:
    """The environment of a list's elements in which a variable stands for them; only the scope holds beside it."""
    right = None if env.right is None or ELEMENT not in env.right.names else renamed(context, env.right, slot)

    def create() -> Env:
        names: dict[int | str, SqlValue] = {slot: env.names[ELEMENT]}
        names |= {name: value for name, value in env.names.items() if name in (ELEMENT, "scope")}
        return Env(env.grain, names, env.left, right)

    return context.env(("renamed", id(env), slot), create)


def _narrowed(context: SqlContext, typed: tree.Query, listed: Elements, env: Env, mode: Mode, before: Trace) -> Lowered:
    """A list with a condition on its elements, or another value in place of each."""
    inner, keep = bound(context, listed, env, typed.sources[0].variable.slot)
    told = []
    if typed.where is not None:
        meant, _ = context.truth(typed.where, inner, Mode.QUIET)
        if mode:
            _, trace = context.lower(typed.where, inner, Mode.READS)
            told.append(when(and_(is_true(keep), is_null(meant)), trace))
        keep = and_(keep, meant)
    element = inner.names[ELEMENT]
    if typed.returning is not None:
        element, trace = context.lower(typed.returning, inner, min(mode, Mode.READS))
        told.append(when(is_true(keep), trace))
    trace = sequence([before, _each(inner.grain, sequence(told))])
    env_of = context.env(
        ("list", id(typed), id(inner)),
        lambda: Env(inner.grain, {**inner.names, ELEMENT: element}, inner.left, inner.right),
    )
    if typed.distinct and isinstance(element, Value) and element.kind == "String" and keep is TRUE:
        return _distinct(context, listed, inner, element), trace
    places = tuple(range(env.grain.keys))
    if not isinstance(element, Value | Object):
        raise NotCompiledError("a list of lists", typed)
    return Elements(inner.grain, element, keep, listed.unknown, places, env_of, typed.distinct), trace


def _distinct(context: SqlContext, listed: Elements, inner: Env, element: Value) -> Elements:
    """The words of a list, each once; it stands where it stood first."""
    left = inner.grain.left
    assert left is not None
    value = element.parts[0]
    grain = context.grain(("distinct", value), lambda: Grain(left.keys + 1, left=left, distinct=value))
    once = Value("String", (grain.column("value"),))
    env = context.env(("distinct", grain), lambda: Env(grain, {ELEMENT: once}, inner.left))
    return Elements(grain, once, TRUE, listed.unknown, tuple(range(left.keys)), env)


def _each(grain: Grain, trace: Trace) -> Trace:
    """What the rows leave, one after the other, seen in the coarser grain."""
    if trace is NOTHING:
        return NOTHING

    def find(what: str) -> Expr | None:
        found = _of_rows(trace, what)
        return None if found is None else _code(grain.gathered("min", _placed(grain, TRUE, found)))

    return Trace(find)


def _placed(grain: Grain, condition: Expr, code: Expr) -> Expr:
    """A code with the position of its row, as one number, where the condition is true."""
    return case(condition, call("add", call("mul", call("wide", grain.position), lit(_CODES)), code), NO_CODE)


def _code(number: Expr) -> Expr:
    return call("narrow", call("mod", number, lit(_CODES)))


# ---- quantifiers ----


def _quantifier(
    context: SqlContext, typed: tree.Query, listed: Elements, env: Env, mode: Mode, before: Trace
) -> Lowered:
    assert typed.aggregate is not None
    found = quantified(typed.aggregate)
    if found is None:
        raise NotCompiledError("an aggregate that is no quantifier", typed)
    deciding, condition = found
    inner, keep = bound(context, listed, env, typed.sources[0].variable.slot)
    answer, trace = context.truth(condition, inner, mode)
    grain = inner.grain
    decides = is_true(and_(keep, answer if deciding else not_(answer)))
    is_open = is_true(and_(keep, is_null(answer)))
    any_decides, any_open = (any_of(grain, one) for one in (decides, is_open))
    result = case(listed.unknown, NULL, case(any_decides, lit(deciding), case(any_open, NULL, lit(not deciding))))
    value = Value("Boolean", (result,))
    if mode == Mode.LOGICAL:
        rows = _Rows(grain, keep, answer, trace, any_decides, any_open, deciding)
        return value, sequence([before, Trace(rows.explained)])
    if mode:
        return value, sequence([before, _until_decided(grain, keep, decides, trace)])
    return value, NOTHING


def any_of(grain: Grain, condition: Expr) -> Expr:
    """Whether any row has it; false where there is none."""
    if condition is FALSE:
        return FALSE
    found = coalesce(grain.gathered("any", condition), FALSE)
    assert found is not None
    return found


class _Rows:
    """The rows of a quantifier whose answer is its result: what they leave stays."""

    def __init__(
        self, grain: Grain, keep: Expr, answer: Expr, trace: Trace, any_decides: Expr, any_open: Expr, deciding: bool
    ) -> None:
        self.grain = grain
        self.keep = is_true(keep)
        self.answer = answer
        self.trace = trace
        self.any_decides = any_decides
        self.any_open = any_open
        self.deciding = deciding

    def explained(self, what: str) -> Expr | None:
        """The first code among the rows that made the result: who decide, else the open ones, else the others."""
        code = _of_rows(self.trace, what)
        if code is None:
            return None
        if code.op == "lit":
            others = case(any_of(self.grain, self.keep), code, NO_CODE)
            return case(or_(self.any_decides, self.any_open), code, others)
        decides = (is_true if self.deciding else is_false)(self.answer)
        rank = case(decides, lit(0), case(is_null(self.answer), lit(1), lit(2)))
        return coded(self.grain.gathered("min", ranked(self.grain, self.keep, rank, code)))


def _until_decided(grain: Grain, keep: Expr, decides: Expr, trace: Trace) -> Trace:
    """What the rows leave up to the first that decides."""

    def find(what: str) -> Expr | None:
        code = _of_rows(trace, what)
        if code is None:
            return None
        first = grain.gathered("min", _placed(grain, is_true(keep), code))
        last = grain.gathered("min", case(decides, grain.position, NO_CODE))
        in_time = or_(is_null(last), call("le", call("div", first, lit(_CODES)), last))
        return case(in_time, _code(first), NO_CODE)

    return Trace(find)


def _of_rows(trace: Trace, what: str) -> Expr | None:
    """The code of a field of each row; None where another one, which atoms prefer, is there whenever this one is."""
    better = {"leaf": ("specific",), "any": ("specific", "leaf")}.get(what, ())
    for one in better:
        found = trace.first(one)
        if found is not None and is_known(found):
            return None
    return trace.first(what)


# ---- the best row that has a code, as one number ----

RANK: Final = 2**44
_NONE, _PLACE = 2**43, 2**12


def ranked(grain: Grain, meant: Expr, rank: Expr, code: Expr) -> Expr:
    """A number that is least for the first row, among those of the least rank, that has a code."""
    place = call("add", call("mul", call("wide", grain.position), lit(_PLACE)), coalesce(code, lit(0)) or lit(0))
    whole = call("add", call("mul", call("wide", rank), lit(RANK)), place)
    if not is_known(code):
        whole = call("add", whole, case(is_null(code), lit(_NONE), lit(0)))
    return case(meant, whole, lit(None, "bigint"))


def coded(number: Expr) -> Expr:
    """The code in such a number; null where the rows of the least rank have none."""
    has_code = equal(call("mod", call("div", number, lit(_NONE)), lit(2)), lit(0))
    return case(has_code, call("narrow", call("mod", number, lit(_PLACE))), NO_CODE)


# ---- what becomes of a list ----


def count_of(listed: Elements) -> Expr:
    """How many elements are known; an unknown list has none."""
    if listed.repeated:
        raise NotCompiledError("the number of distinct values")
    meant = [listed.keep]
    if isinstance(listed.element, Value):
        meant.append(not_(listed.element.unknown))
    number = case(and_(*meant), lit(1), lit(0))
    found = coalesce(listed.grain.gathered("sum", number), lit(0))
    assert found is not None
    return found
