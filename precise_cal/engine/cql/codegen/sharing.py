"""The part of the generator that names: definitions, and functions whose answer is asked for more than once.

Many rules ask the same of the same visit, sample or event. A call is told apart by its function and by what its
arguments are made of: constants, and properties of record objects. Record objects live as long as the evaluation,
so that their identity stands for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.codegen.base import BaseGenerator
from precise_cal.engine.cql.codegen.unit import Named
from precise_cal.engine.cql.codegen.writer import ENTRY, Value, Writer
from precise_cal.engine.cql.types import ClassType

if TYPE_CHECKING:
    from precise_cal.engine.cql.codegen.unit import Unit

_SMALL: Final = 9
"""The nodes of a body whose answer is not looked up."""


class SharedCall(NamedTuple):
    """What tells a call apart: a hashable part that is known beforehand, and what is looked up in the frame."""

    form: tuple[Any, ...]
    slots: tuple[int, ...]
    """The variables that hold record objects."""
    scope: str | None
    """The scope variable that the function reads."""


class SharingGenerator(BaseGenerator):
    """Writes names."""

    def definition(self, typed: tree.Definition, logical: bool, negated: bool) -> Value:
        """The value is computed once for a record, or for each item of a scope; its entries are told again."""
        compiled = self.compiled.environment.definition(typed.name)
        writer, reasons = self.writer, self.reasons
        key = repr(typed.name) if compiled.scope is None else f"({typed.name!r}, id(s.scopes[{compiled.scope!r}]))"
        compute = writer.constant(Named(compiled, reasons))
        name = writer.name("h")
        if compiled.scope is not None:
            key = writer.assign(key).code
        writer.line(f"{name} = m.get({key})")
        if not reasons:
            writer.line(f"if {name} is None: {name} = q.get({key})")
        writer.line(f"if {name} is None: {name} = {compute}(s, {key})")
        if reasons:
            writer.line(f"if {name}[1]: {self.listed()}.extend({name}[1])")
        return writer.assign(f"{name}[0]")

    def inlined(self, typed: tree.Inlined, logical: bool, negated: bool) -> Value:
        """A function: its body in place of the call, or, where it may be asked again, a function of its own."""
        call = shared_call(typed)
        if call is None:
            return self._body(typed, logical=logical, negated=negated)
        unit = self.writer.constant(self._unit(typed, call, logical, negated))
        arguments = ["s", *([self.listed()] if self.reasons else []), *(self.names[slot] for slot in call.slots)]
        return self.writer.assign(f"{unit}({', '.join(arguments)})")

    def _body(self, typed: tree.Inlined, *, logical: bool, negated: bool) -> Value:
        outer, self.code = self.code, typed.code
        found = self.value(typed.body, logical=logical, negated=negated)
        self.code = outer
        return found

    def _unit(self, typed: tree.Inlined, call: SharedCall, logical: bool, negated: bool) -> Unit:
        """The function, the same for every expression of the environment."""
        units: dict[Any, Unit] = self.compiled.environment.cache.setdefault("units", {})
        key = call.form, self.reasons, logical, negated
        if key not in units:
            generator = type(self)(self.compiled, Writer(), reasons=self.reasons)
            units[key] = generator.shared(typed, call, logical, negated)
        return units[key]

    def shared(self, typed: tree.Inlined, call: SharedCall, logical: bool, negated: bool) -> Unit:
        """The unit of a call, which looks for the answer before it evaluates."""
        writer, reasons = self.writer, self.reasons
        self.names = {slot: f"p{index}" for index, slot in enumerate(call.slots)}
        form, told_form = repr(call.form), repr((call.form, logical, negated))
        places = [
            *([f"id(s.scopes[{call.scope!r}])"] if call.scope else []),
            *(f"id({n})" for n in self.names.values()),
        ]
        with writer.function(ENTRY, ["s", *(["t"] if reasons else []), *self.names.values()]):
            place = ", ".join(places)
            writer.line(f"key = ({writer.constant(told_form if reasons else form)}, {place})")
            writer.line(f"hit = {'m' if reasons else 'q'}.get(key)")
            with writer.block("if hit is not None:"):
                if reasons:
                    writer.line("t.extend(hit[1])")
                writer.line("return hit[0]")
            if reasons:
                writer.line("first = len(t)")
            found = self._body(typed, logical=logical, negated=negated).code
            if reasons:
                writer.line(f"m[key] = ({found}, tuple(t[first:]))")
            writer.line(f"q[{writer.constant(form)}, {place}] = ({found}, ())")
            writer.line(f"return {found}")
        return writer.unit(typed.code.origin.source)


def shared_call(typed: tree.Inlined) -> SharedCall | None:
    """How a call is told apart; None where that does not pay, or an argument may differ from call to call."""
    slots: list[int] = []
    forms = [_form(argument, slots) for argument in typed.arguments]
    if None in forms or len(set(slots)) < len(slots) or not (slots or typed.scope) or _is_small(typed.body):
        return None
    return SharedCall((typed.code.origin, typed.code.text, *forms), tuple(slots), typed.scope)


def _is_small(body: tree.Tree) -> bool:
    """Whether a body costs less than looking its answer up."""
    found = list(tree.nodes(body))
    return len(found) <= _SMALL and not any(isinstance(one, tree.Query | tree.Inlined) for one in found)


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
