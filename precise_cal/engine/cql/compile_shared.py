"""Function calls whose answer is the same wherever a rule asks: one record, one function, the same arguments.

Many rules ask the same of the same visit, sample or event. A call is told apart by its function and by what its
arguments are made of: constants, and properties of record objects. Record objects live as long as the evaluation,
so that their identity stands for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.types import ClassType

if TYPE_CHECKING:
    from collections.abc import Callable

    Closure = Callable[[list[Any]], Any]


class SharedCall(NamedTuple):
    """What tells a call apart: a hashable part that is known beforehand, and what is looked up in the frame."""

    form: tuple[Any, ...]
    slots: tuple[int, ...]
    """The variables that hold record objects."""
    scope: str | None
    """The scope variable that the function reads."""


def shared_call(typed: tree.Inlined) -> SharedCall | None:
    """How a call is told apart; None where an argument is computed, so that it may differ from call to call."""
    slots: list[int] = []
    forms = [_form(argument, slots) for argument in typed.arguments]
    if None in forms:
        return None
    return SharedCall((typed.code.origin, typed.code.text, *forms), tuple(slots), typed.scope)


def _form(typed: tree.Tree, slots: list[int]) -> tuple[Any, ...] | None:
    if isinstance(typed, tree.Constant):
        return type(typed.value).__name__, repr(typed.value)
    if isinstance(typed, tree.Context):
        return ("context",)
    if isinstance(typed, tree.Variable) and isinstance(typed.type, ClassType):
        slots.append(typed.slot)
        return ("variable",)
    if isinstance(typed, tree.Property):
        source = _form(typed.source, slots)
        return None if source is None else (typed.element.name, source)
    if isinstance(typed, tree.Call):
        forms = [_form(operand, slots) for operand in typed.operands]
        return None if None in forms else (typed.name, typed.precision, *forms)
    return None


def _place(call: SharedCall) -> Closure:
    """Which objects a call is about, as a hashable value."""
    slots, scope = call.slots, call.scope
    if scope is not None:
        return lambda frame: (id(frame[0].scopes[scope]), *[id(frame[slot]) for slot in slots])
    if len(slots) == 1:
        slot = slots[0]
        return lambda frame: id(frame[slot])
    return lambda frame: tuple([id(frame[slot]) for slot in slots])


def quietly_shared(call: SharedCall, number: int, body: Closure) -> Closure:
    """The closure of a call without reasons, which looks for the answer before it evaluates."""
    place = _place(call)

    def run(frame: list[Any]) -> Any:
        memo = frame[0].quiet_memo
        key = number, place(frame)
        hit = memo.get(key)
        if hit is None:
            hit = memo[key] = (body(frame), ())
        return hit[0]

    return run


def told_shared(call: SharedCall, number: int, quiet_number: int, body: Closure) -> Closure:
    """The closure of a call with reasons: what the first evaluation told is told again."""
    place = _place(call)

    def run(frame: list[Any]) -> Any:
        state, trace = frame[0], frame[2]
        here = place(frame)
        hit = state.memo.get((number, here))
        if hit is not None:
            trace.extend(hit[1])
            return hit[0]
        first = len(trace)
        value = body(frame)
        state.memo[number, here] = (value, tuple(trace[first:]))
        state.quiet_memo[quiet_number, here] = (value, ())
        return value

    return run
