"""The part of the generator that names: definitions, and functions whose answer is asked for more than once.

Many rules ask the same of the same visit, sample or event. A call is told apart by its function and by what its
arguments are made of: constants, and properties of record objects. Record objects live as long as the evaluation,
so that their identity stands for them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.budget import ELEMENT
from precise_cal.engine.cql.codegen.base import BaseGenerator
from precise_cal.engine.cql.codegen.entries import All, Reasoned, tuple_of
from precise_cal.engine.cql.codegen.unit import ENTRY, Named, Unit
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


class SharingGenerator(BaseGenerator):
    """Writes names."""

    def definition(self, typed: tree.Definition) -> Value:
        """The value is computed once for a record, or for each item of a scope."""
        hit = self._hit(typed)
        self.tell_reads(f"{hit}[1]")
        return self.writer.assign(f"{hit}[0]")

    def reasoned_definition(self, typed: tree.Definition, negated: bool) -> Reasoned:
        """The entries of a definition are told again."""
        hit = self._hit(typed)
        return Reasoned(self.writer.assign(f"{hit}[0]"), All(f"{hit}[1]"))

    def _hit(self, typed: tree.Definition) -> str:
        """The name of value and entries."""
        compiled = self.compiled.environment.definition(typed.name)
        writer, name = self.writer, repr(typed.name)
        known = writer.known(name + str(self.reasons))
        if known is not None:
            return known.code
        key = name if compiled.scope is None else f"({name}, id(s.scopes[{compiled.scope!r}]))"
        if compiled.scope is not None:
            key = writer.assign(key).code
        hit = writer.assign(f"m.get({key})").code
        if not self.reasons:
            writer.line(f"if {hit} is None: {hit} = q.get({key})")
        writer.line(f"if {hit} is None: {hit} = {writer.constant(Named(compiled, self.reasons))}(s, {key})")
        return writer.know(name + str(self.reasons), Value(hit)).code

    def inlined(self, typed: tree.Inlined) -> Value:
        """A function: its body in place of the call, or, where it may be asked again, a function of its own."""
        call = self._shared_call(typed)
        if call is None:
            with self._told_in(typed):
                return self.value(typed.body)
        name = self._unit_of(typed, call, negated=None)
        if not self.reasons:
            return self.writer.assign(name)
        hit = self.writer.assign(name).code
        self.tell_reads(f"{hit}[1]")
        return self.writer.assign(f"{hit}[0]")

    def reasoned_inlined(self, typed: tree.Inlined, negated: bool) -> Reasoned:
        """The same where it decides a rule."""
        call = self._shared_call(typed)
        if call is None:
            with self._told_in(typed):
                return self.reasoned(typed.body, negated=negated)
        hit = self.writer.assign(self._unit_of(typed, call, negated=negated)).code
        return Reasoned(self.writer.assign(f"{hit}[0]"), All(f"{hit}[1]"))

    @contextmanager
    def _told_in(self, typed: tree.Inlined) -> Iterator[None]:
        """Within, places are told in the text of the function."""
        outer, self.code = self.code, typed.code
        yield
        self.code = outer

    def _unit_of(self, typed: tree.Inlined, call: SharedCall, *, negated: bool | None) -> str:
        """The call of the function, which is the same for every expression of the environment."""
        units = self.compiled.environment.units
        key = call.form, self.reasons, negated
        if key not in units:
            generator = type(self)(self.compiled, Writer(), reasons=self.reasons)
            generator.variables = {
                slot: Value(f"p{index}", self.variables[slot].nullable) for index, slot in enumerate(call.slots)
            }
            units[key] = generator.shared(typed, call, negated)
        arguments = ["s", *(self.variables[slot].code for slot in call.slots)]
        return f"{self.writer.constant(units[key])}({', '.join(arguments)})"

    def shared(self, typed: tree.Inlined, call: SharedCall, negated: bool | None) -> Unit:
        """The unit of a call, which looks for the answer before it evaluates. With reasons it gives those too."""
        writer, reasons, names = self.writer, self.reasons, [one.code for one in self.variables.values()]
        form, told_form = repr(call.form), repr((call.form, negated))
        scope = [f"id(s.scopes[{call.scope!r}])"] if call.scope else []
        place = ", ".join([*scope, *(f"id({name})" for name in names)])
        with writer.function(ENTRY, ["s", *names]):
            writer.line(f"key = ({writer.constant(told_form if reasons else form)}, {place})")
            writer.line(f"hit = {'m' if reasons else 'q'}.get(key)")
            writer.line(f"if hit is not None: return hit{'' if reasons else '[0]'}")
            if not reasons:
                with self._told_in(typed):
                    found = self.value(typed.body).code
                writer.line(f"q[key] = ({found}, ())")
                writer.line(f"return {found}")
            else:
                with self._told_in(typed):
                    writer.line(f"hit = m[key] = {self.pair(typed.body, negated=negated)}")
                writer.spend(f"{ELEMENT} * len(hit[1])")
                writer.line(f"q[{writer.constant(form)}, {place}] = hit")
                writer.line("return hit")
        return writer.unit(typed.code.origin)

    def pair(self, typed: tree.Tree, *, negated: bool | None) -> str:
        """A value with its reasons, an expression; `negated` is None where the value decides no rule."""
        if negated is None:
            with self.reads() as sink:
                value = self.value(typed)
            return f"({value.code}, {sink.reads})"
        found = self.reasoned(typed, negated=negated)
        entries = tuple_of(found.entries, self.writer)
        return f"({found.value.code}, {entries})"

    def _shared_call(self, typed: tree.Inlined) -> SharedCall | None:
        """How a call is told apart; None where that does not pay, or an argument may differ from call to call."""
        slots: list[int] = []
        forms = [self._form(argument, slots) for argument in typed.arguments]
        if None in forms or len(set(slots)) < len(slots) or not (slots or typed.scope) or _is_small(typed.body):
            return None
        return SharedCall((str(typed.code.origin), typed.code.text, *forms), tuple(slots), typed.scope)

    def _form(self, typed: tree.Tree, slots: list[int]) -> tuple[Any, ...] | None:
        if isinstance(typed, tree.Constant):
            return type(typed.value).__name__, repr(typed.value)
        if isinstance(typed, tree.Context):
            return ("context",)
        if isinstance(typed, tree.Variable) and isinstance(typed.type, ClassType):
            slots.append(typed.slot)
            return "variable", self.variables[typed.slot].nullable
        if isinstance(typed, tree.Property):
            source = self._form(typed.source, slots)
            return None if source is None else (typed.element.name, source)
        if isinstance(typed, tree.Call):
            forms = [self._form(operand, slots) for operand in typed.operands]
            return None if None in forms else (typed.name, typed.precision, *forms)
        return None


def _is_small(body: tree.Tree) -> bool:
    found = list(tree.nodes(body))
    return len(found) <= _SMALL and not any(isinstance(one, tree.Query | tree.Inlined) for one in found)
