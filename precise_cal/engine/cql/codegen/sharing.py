"""Names: definitions, and functions whose answer is asked for more than once.

Many rules ask the same of the same visit, sample or event. A call is told apart by its function and by what its
arguments are made of: constants, and properties of record objects. Record objects live as long as the evaluation,
so that their identity stands for them.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.budget import ELEMENT
from precise_cal.engine.cql.codegen.context import CodeContext
from precise_cal.engine.cql.codegen.entries import Reasoned
from precise_cal.engine.cql.codegen.sink import All
from precise_cal.engine.cql.codegen.writer import Value, Writer
from precise_cal.engine.cql.types import ClassType

if TYPE_CHECKING:
    from collections.abc import Iterator


_SMALL: Final = 9
"""The nodes of a body that costs less than looking its answer up."""


class SharedCall(NamedTuple):
    """What tells a call apart: a hashable part that is known beforehand, and the record objects it is about."""

    form: tuple[Any, ...]
    slots: tuple[int, ...]
    """The variables that hold record objects."""
    scope: str | None
    """The scope variable that the function reads."""


def definition(context: CodeContext, typed: tree.Definition) -> Value:
    """The value is computed once for a record, or for each item of a scope."""
    hit = _hit(context, typed)
    context.tell_reads(f"{hit}[1]")
    return context.writer.assign(f"{hit}[0]")


def reasoned_definition(context: CodeContext, typed: tree.Definition, negated: bool) -> Reasoned:
    """The entries of a definition are told again."""
    hit = _hit(context, typed)
    return Reasoned(context.writer.assign(f"{hit}[0]"), All(f"{hit}[1]"))


def _hit(context: CodeContext, typed: tree.Definition) -> str:
    """The name of value and entries."""
    compiled = context.compiled.environment.definition(typed.name)
    writer, name = context.writer, repr(typed.name)
    known = writer.known(name + str(context.reasons))
    if known is not None:
        return known.code
    key = name if compiled.scope is None else f"({name}, id(s.scopes[{compiled.scope!r}]))"
    if compiled.scope is not None:
        key = writer.assign(key).code
    hit = writer.assign(f"m.get({key})").code
    if not context.reasons:
        writer.line(f"if {hit} is None: {hit} = q.get({key})")
    keep = "remember_reasons" if context.reasons else "remember"
    function = writer.module.function_of(compiled, reasons=context.reasons)
    writer.line(f"if {hit} is None: {hit} = {keep}(s, {key}, {function})")
    return writer.know(name + str(context.reasons), Value(hit)).code


def inlined(context: CodeContext, typed: tree.Inlined) -> Value:
    """A function: its body in place of the call, or, where it may be asked again, a function of its own."""
    call = _shared_call(context, typed)
    if call is None:
        with _told_in(context, typed):
            return context.value(typed.body)
    name = _call_of(context, typed, call, negated=None)
    if not context.reasons:
        return context.writer.assign(name)
    hit = context.writer.assign(name).code
    context.tell_reads(f"{hit}[1]")
    return context.writer.assign(f"{hit}[0]")


def reasoned_inlined(context: CodeContext, typed: tree.Inlined, negated: bool) -> Reasoned:
    """The same where it decides a rule."""
    call = _shared_call(context, typed)
    if call is None:
        with _told_in(context, typed):
            return context.reasoned(typed.body, negated=negated)
    hit = context.writer.assign(_call_of(context, typed, call, negated=negated)).code
    return Reasoned(context.writer.assign(f"{hit}[0]"), All(f"{hit}[1]"))


@contextmanager
def _told_in(context: CodeContext, typed: tree.Inlined) -> Iterator[None]:
    """Within, places are told in the text of the function."""
    outer, context.code = context.code, typed.code
    yield
    context.code = outer


def _call_of(context: CodeContext, typed: tree.Inlined, call: SharedCall, *, negated: bool | None) -> str:
    """The call of the function, which is the same for every expression of the environment."""
    module, environment = context.writer.module, context.compiled.environment
    key = environment, call.form, context.reasons, negated
    name = module.names.get(key)
    if name is None:
        form = module.named((environment, call.form), typed.name, "of")
        name = module.unique(form, *(["reasons"] if context.reasons else []), *(["not"] if negated else []))
        inner = CodeContext(context.handlers, context.compiled, Writer(module, name), reasons=context.reasons)
        inner.variables = {
            slot: Value(f"p{index}", context.variables[slot].nullable) for index, slot in enumerate(call.slots)
        }
        _write_shared(inner, typed, call, form, negated)
        module.names[key] = name
    return f"{name}({', '.join(['s', *(context.variables[slot].code for slot in call.slots)])})"


def _write_shared(context: CodeContext, typed: tree.Inlined, call: SharedCall, form: str, negated: bool | None) -> None:
    """The function of a call, which looks for the answer before it evaluates. With reasons it gives those too.

    `form` tells the call apart in what is kept.
    """
    writer, reasons, names = context.writer, context.reasons, [one.code for one in context.variables.values()]
    scope = [f"id(s.scopes[{call.scope!r}])"] if call.scope else []
    place = ", ".join([*scope, *(f"id({name})" for name in names)])
    known = [
        f"key = ({form!r}, {f'{negated}, ' if reasons else ''}{place})",
        f"hit = {'m' if reasons else 'q'}.get(key)",
        f"if hit is not None: return hit{'' if reasons else '[0]'}",
    ]
    with writer.function(writer.label, ["s", *names], first=known):
        if not reasons:
            with _told_in(context, typed):
                found = context.value(typed.body).code
            writer.line(f"q[key] = ({found}, ())")
            writer.line(f"return {found}")
        else:
            with _told_in(context, typed):
                writer.line(f"hit = m[key] = {context.pair(typed.body, negated=negated)}")
            writer.spend(f"{ELEMENT} * len(hit[1])")
            writer.line(f"q[{form!r}, {place}] = hit")
            writer.line("return hit")


def _shared_call(context: CodeContext, typed: tree.Inlined) -> SharedCall | None:
    """How a call is told apart; None where that does not pay, or an argument may differ from call to call."""
    slots: list[int] = []
    forms = [_form(context, argument, slots) for argument in typed.arguments]
    if None in forms or len(set(slots)) < len(slots) or not (slots or typed.scope) or _is_small(typed.body):
        return None
    return SharedCall((str(typed.code.origin), typed.code.text, *forms), tuple(slots), typed.scope)


def _form(context: CodeContext, typed: tree.Tree, slots: list[int]) -> tuple[Any, ...] | None:
    if isinstance(typed, tree.Constant):
        return type(typed.value).__name__, repr(typed.value)
    if isinstance(typed, tree.Context):
        return ("context",)
    if isinstance(typed, tree.Variable) and isinstance(typed.type, ClassType):
        slots.append(typed.slot)
        return "variable", context.variables[typed.slot].nullable
    if isinstance(typed, tree.Property):
        source = _form(context, typed.source, slots)
        return None if source is None else (typed.element.name, source)
    if isinstance(typed, tree.Call):
        forms = [_form(context, operand, slots) for operand in typed.operands]
        return None if None in forms else (typed.name, typed.precision, *forms)
    return None


def _is_small(body: tree.Tree) -> bool:
    first = list(islice(tree.nodes(body), _SMALL + 1))
    return len(first) <= _SMALL and not any(isinstance(one, tree.Query | tree.Inlined) for one in first)
