"""From the typed tree to Python functions.

A function takes the state and gives the value; with reasons, the value and its entries (`state.Entry`). What can be
decided by the static types is decided here, once. Where a value decides a rule, its Boolean leaves are atoms, and
three-valued logic says which of them are reasons: of a false conjunction only what was false, of an unknown one only
what was unknown. Elsewhere, whatever was read is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.budget import CALL, ELEMENT, is_flat
from precise_cal.engine.cql.casts import make_interval
from precise_cal.engine.cql.codegen.calls import CallGenerator
from precise_cal.engine.cql.codegen.chains import ChainGenerator
from precise_cal.engine.cql.codegen.entries import All, Reasoned
from precise_cal.engine.cql.codegen.properties import PropertyGenerator
from precise_cal.engine.cql.codegen.queries import QueryGenerator
from precise_cal.engine.cql.codegen.sharing import SharingGenerator
from precise_cal.engine.cql.codegen.unit import ENTRY, Conversion
from precise_cal.engine.cql.codegen.writer import DEEPEST, Value, Writer
from precise_cal.engine.cql.types import BOOLEAN, DATE_TIME, NOTHING, QUANTITY, RATIO, IntervalType
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.codegen.unit import Unit
    from precise_cal.engine.cql.environment import Compiled

_LEAVES: Final = (tree.Constant, tree.Variable, tree.Context)


class Generator(CallGenerator, ChainGenerator, QueryGenerator, PropertyGenerator, SharingGenerator):
    """Writes the function of one expression or definition."""

    def value(self, typed: tree.Tree) -> Value:
        """Write what computes a tree, and say where its value is. What it reads is told to the sink."""
        if self.writer.depth > DEEPEST and not isinstance(typed, _LEAVES):
            return self._outlined(typed)
        return _VALUES[type(typed)](self, typed)

    def reasoned(self, typed: tree.Tree, *, negated: bool = False) -> Reasoned:
        """Write what computes a tree whose Boolean value decides a rule, and say what its reasons are.

        Args:
            typed: the tree.
            negated: whether it stands behind `not`.
        """
        write = _REASONED.get(type(typed))
        if self.writer.depth > DEEPEST and not isinstance(typed, _LEAVES):
            return self._outlined_with_reasons(typed, negated)
        found = write(self, typed, negated) if write and (typed.type is BOOLEAN or typed.type is NOTHING) else None
        if found is None:
            with self.reads() as sink:
                value = self.value(typed)
            return Reasoned(value, All(sink.reads))
        return found

    def quietly(self, typed: tree.Tree) -> Value:
        """The value without reasons, of a part whose reasons nobody needs."""
        reasons, self.reasons = self.reasons, False
        found = self.value(typed)
        self.reasons = reasons
        return found

    def _outlined(self, typed: tree.Tree) -> Value:
        """The value of a deeply nested part, computed by a function of its own."""
        if not self.reasons:
            return self.writer.assign(self._function(typed, lambda: self.value(typed).code))
        pair = self.writer.assign(self._function(typed, lambda: self.pair(typed, negated=None))).code
        self.tell_reads(f"{pair}[1]")
        return self.writer.assign(f"{pair}[0]")

    def _outlined_with_reasons(self, typed: tree.Tree, negated: bool) -> Reasoned:
        pair = self.writer.assign(self._function(typed, lambda: self.pair(typed, negated=negated))).code
        return Reasoned(self.writer.assign(f"{pair}[0]"), All(f"{pair}[1]"))

    def _function(self, typed: tree.Tree, write: Callable[[], str]) -> str:
        """The call of a new function of the state and the variables that are bound here."""
        name, slots = self.writer.name("f"), sorted(tree.slots_of(typed) & self.variables.keys())
        parameters = ", ".join(["s", *(self.variables[slot].code for slot in slots)])
        with self.writer.function(name, [parameters]):
            self.writer.line(f"return {write()}")
        return f"{name}({parameters})"

    def constant(self, typed: tree.Constant) -> Value:
        """A value; a date-time without offset takes that of the evaluation."""
        value = typed.value
        name = self.writer.constant(value)
        if isinstance(value, DateTime) and value.offset_minutes is None:
            return self.writer.assign(f"ensure_offset({name}, s.utc_offset_minutes)", nullable=False)
        return Value(name, value is None)

    def context(self, typed: tree.Context) -> Value:
        """The record. Without one, an environment has no names that read it."""
        return Value("r", nullable=False)

    def scope(self, typed: tree.Scope) -> Value:
        """The value of the scope variable."""
        text = f"s.scopes[{typed.name!r}]"
        return self.writer.known(text) or self.writer.know(text, self.writer.assign(text))

    def variable(self, typed: tree.Variable) -> Value:
        """The value of a variable."""
        return self.variables[typed.slot]

    def as_(self, typed: tree.As) -> Value:
        """A cast."""
        operand = self.value(typed.operand)
        self.look([(typed.operand, operand)])
        return self.writer.assign(f"cast({operand.code}, {self.writer.constant(typed.type)}, {typed.strict})")

    def is_(self, typed: tree.Is) -> Value:
        """A test of the type."""
        operand = self.value(typed.operand)
        self.look([(typed.operand, operand)])
        one, kind = operand.code, self.writer.constant(typed.target)
        return self.writer.assign(f"{one} is not None and is_of({one}, {kind})", nullable=False)

    def reasoned_is(self, typed: tree.Is, negated: bool) -> Reasoned:
        """A test of the type is an atom."""
        with self.reads() as sink:
            result = self.is_(typed)
        required = (f"a {typed.target}", f"no {typed.target}")
        return self.atom(typed, required, result, result, sink, negated=negated)

    def convert(self, typed: tree.Convert) -> Value:
        """An implicit conversion."""
        operand = self.value(typed.operand)
        change = self.writer.constant(Conversion(typed.operand.type, typed.type))
        return self.made(typed, self.writer.assign(f"None if {operand.code} is None else {change}({operand.code})"))

    def let(self, typed: tree.Let) -> Value:
        """Values bound to variables before the body runs."""
        for variable, value in typed.bindings:
            self.bind(variable, self.value(value))
        return self.value(typed.body)

    def reasoned_let(self, typed: tree.Let, negated: bool) -> Reasoned:
        """Values bound to variables before the body, which has the reasons, runs; what they read is told too."""
        with self.reads() as sink:
            for variable, value in typed.bindings:
                self.bind(variable, self.value(value))
        found = self.reasoned(typed.body, negated=negated)
        return self.together(All(sink.reads), found)

    def make_list(self, typed: tree.MakeList) -> Value:
        """A list."""
        elements = [self.value(element).code for element in typed.elements]
        self.writer.cost += ELEMENT * len(elements)
        made = self.writer.assign(f"({''.join(f'{one}, ' for one in elements)})", nullable=False)
        return made if is_flat(typed.type) else self.made(typed, made)

    def make_tuple(self, typed: tree.MakeTuple) -> Value:
        """A tuple, quantity or ratio."""
        elements = [f"{name!r}: {self.value(value).code}" for name, value in typed.elements]
        build = "make_quantity" if typed.type == QUANTITY else "make_ratio" if typed.type == RATIO else "Tuple"
        self.writer.cost += ELEMENT * len(elements)
        return self.made(typed, self.writer.assign(f"{build}({{{', '.join(elements)}}})"))

    def make_interval(self, typed: tree.MakeInterval) -> Value:
        """An interval, made once where its bounds are constant."""
        assert isinstance(typed.type, IntervalType)
        point, closed = typed.type.point, (typed.low_closed, typed.high_closed)
        if isinstance(typed.low, tree.Constant) and isinstance(typed.high, tree.Constant) and point is not DATE_TIME:
            made = make_interval(typed.low.value, typed.high.value, *closed, point)
            return Value(self.writer.constant(made), made is None)
        low, high = self.value(typed.low).code, self.value(typed.high).code
        arguments = f"{low}, {high}, {closed[0]}, {closed[1]}, {self.writer.constant(point)}"
        self.writer.cost += CALL
        return self.writer.assign(f"make_interval({arguments})")


_VALUES: Final[dict[type, Callable[[Generator, Any], Value]]] = {
    tree.Constant: Generator.constant,
    tree.Context: Generator.context,
    tree.Scope: Generator.scope,
    tree.Variable: Generator.variable,
    tree.Definition: Generator.definition,
    tree.Property: Generator.property,
    tree.Part: Generator.part,
    tree.Call: Generator.call,
    tree.As: Generator.as_,
    tree.Is: Generator.is_,
    tree.Convert: Generator.convert,
    tree.Inlined: Generator.inlined,
    tree.Let: Generator.let,
    tree.If: Generator.if_,
    tree.MakeList: Generator.make_list,
    tree.MakeTuple: Generator.make_tuple,
    tree.MakeInterval: Generator.make_interval,
    tree.Query: Generator.query,
}
_REASONED: Final[dict[type, Callable[[Generator, Any, bool], Reasoned | None]]] = {
    tree.Definition: Generator.reasoned_definition,
    tree.Property: Generator.reasoned_property,
    tree.Call: Generator.reasoned_call,
    tree.Is: Generator.reasoned_is,
    tree.Inlined: Generator.reasoned_inlined,
    tree.Let: Generator.reasoned_let,
    tree.If: Generator.reasoned_if,
    tree.Query: Generator.reasoned_query,
}


def generate(compiled: Compiled, *, reasons: bool) -> Unit:
    """The function of a compiled expression: of the state, to its value; with reasons, to the value and its entries."""
    generator = Generator(compiled, Writer(), reasons=reasons)
    decides = compiled.tree.type in (BOOLEAN, NOTHING)
    with generator.writer.function(ENTRY, ["s"], spends=False):
        if reasons:
            found = generator.pair(compiled.tree, negated=False if decides else None)
        else:
            found = generator.value(compiled.tree).code
        generator.writer.line(f"return {found}")
    return generator.writer.unit(compiled.code.origin)
