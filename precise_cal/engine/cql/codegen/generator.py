"""From the typed tree to Python functions.

A function takes the state and, with reasons, the list that they are told to. What can be decided by the static types
is decided here, once. With reasons, code leaves entries on the list (`state.AtomEntry`) and prunes them as
three-valued logic decides: of a false conjunction only what was false stays, of an unknown one only what was unknown.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.casts import make_interval
from precise_cal.engine.cql.codegen.calls import CallGenerator
from precise_cal.engine.cql.codegen.properties import PropertyGenerator
from precise_cal.engine.cql.codegen.queries import QueryGenerator
from precise_cal.engine.cql.codegen.sharing import SharingGenerator
from precise_cal.engine.cql.codegen.unit import Conversion
from precise_cal.engine.cql.codegen.writer import DEEPEST, ENTRY, Sink, Value, Writer
from precise_cal.engine.cql.types import BOOLEAN, DATE_TIME, NOTHING, QUANTITY, RATIO, IntervalType
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.cql.codegen.unit import Unit
    from precise_cal.engine.cql.environment import Compiled


class Generator(CallGenerator, QueryGenerator, PropertyGenerator, SharingGenerator):
    """Writes the function of one expression or definition."""

    def value(self, typed: tree.Tree, *, logical: bool = False, negated: bool = False) -> Value:
        """Write what computes a tree, and say where its value is.

        Args:
            typed: the tree.
            logical: whether it stands where its Boolean value decides a rule, so that it leaves atoms behind.
            negated: whether it stands behind `not`.
        """
        if self.writer.depth > DEEPEST and not isinstance(typed, tree.Constant | tree.Variable | tree.Context):
            return self.outlined(typed, logical=logical, negated=negated)
        return _GENERATORS[type(typed)](self, typed, logical and self.reasons, negated)

    def outlined(self, typed: tree.Tree, *, logical: bool, negated: bool) -> Value:
        """The value of a deeply nested part, computed by a function of its own."""
        name, slots = self.writer.name("f"), sorted(tree.slots_of(typed) & self.names.keys())
        parameters = [self.names[slot] for slot in slots]
        outer = self.sink
        if self.reasons:
            outer.is_list = True
        with self.writer.function(name, ["s", *(["t"] if self.reasons else []), *parameters]), self.told_to("t"):
            found = _GENERATORS[type(typed)](self, typed, logical and self.reasons, negated)
            self.writer.line(f"return {found.code}")
        return self.writer.assign(f"{name}({', '.join(['s', *([outer.name] if self.reasons else []), *parameters])})")

    @contextmanager
    def told_to(self, name: str) -> Iterator[None]:
        """Within, reads are told to the list of this name."""
        outer, self.sink = self.sink, Sink(name, 0, is_list=True)
        yield
        self.sink = outer

    def constant(self, typed: tree.Constant, logical: bool, negated: bool) -> Value:
        """A value; a date-time without offset takes that of the evaluation."""
        value = typed.value
        name = self.writer.constant(value)
        if isinstance(value, DateTime) and value.offset_minutes is None:
            return self.writer.assign(f"ensure_offset({name}, s.utc_offset_minutes)", nullable=False)
        return Value(name, value is None)

    def context(self, typed: tree.Context, logical: bool, negated: bool) -> Value:
        """The record."""
        return Value("r")

    def scope(self, typed: tree.Scope, logical: bool, negated: bool) -> Value:
        """The value of the scope variable."""
        return self.writer.assign(f"s.scopes[{typed.name!r}]")

    def variable(self, typed: tree.Variable, logical: bool, negated: bool) -> Value:
        """The value of a variable."""
        return Value(self.names.setdefault(typed.slot, f"x{typed.slot}"))

    def as_(self, typed: tree.As, logical: bool, negated: bool) -> Value:
        """A cast."""
        operand = self.value(typed.operand)
        return self.writer.assign(f"cast({operand.code}, {self.writer.constant(typed.type)}, {typed.strict})")

    def is_(self, typed: tree.Is, logical: bool, negated: bool) -> Value:
        """A test of the type."""
        with self.atom_of(typed, (f"a {typed.target}", f"no {typed.target}"), logical, negated) as found:
            one = self.value(typed.operand).code
            test = f"{one} is not None and is_of({one}, {self.writer.constant(typed.target)})"
            found.result = found.observed = self.writer.assign(test, nullable=False)
        return found.result

    def convert(self, typed: tree.Convert, logical: bool, negated: bool) -> Value:
        """An implicit conversion."""
        operand = self.value(typed.operand)
        change = self.writer.constant(Conversion(typed.operand.type, typed.type))
        return self.writer.assign(f"None if {operand.code} is None else {change}({operand.code})")

    def let(self, typed: tree.Let, logical: bool, negated: bool) -> Value:
        """Values bound to variables before the body runs."""
        for variable, value in typed.bindings:
            self.bind(variable, self.value(value).code)
        return self.value(typed.body, logical=logical, negated=negated)

    def if_(self, typed: tree.If, logical: bool, negated: bool) -> Value:
        """A chain of conditions. A literal result is explained by its condition, any other one by itself."""
        chain, last = chain_of(typed)
        literal = isinstance(last, tree.Constant)
        if not logical or (not literal and not any(isinstance(one.yes, tree.Constant) for one in chain)):
            return self._plain_chain(chain, last, logical, negated)
        return self._explained_chain(chain, last, negated)

    def _plain_chain(self, chain: list[tree.If], last: tree.Tree, logical: bool, negated: bool) -> Value:
        """Where it does not decide a rule, a condition is told like any other part; else its reasons are not wanted."""
        result, is_open = self.writer.name(), self.writer.name()
        self.writer.line(f"{is_open} = True")
        for one in chain:
            with self.writer.block(f"if {is_open}:"):
                condition = self.quietly(one.condition) if logical else self.value(one.condition)
                with self.writer.block(f"if {condition.code} is True:"):
                    self.writer.line(f"{result} = {self.value(one.yes, logical=logical, negated=negated).code}")
                    self.writer.line(f"{is_open} = False")
        with self.writer.block(f"if {is_open}:"):
            self.writer.line(f"{result} = {self.value(last, logical=logical, negated=negated).code}")
        return Value(result)

    def _explained_chain(self, chain: list[tree.If], last: tree.Tree, negated: bool) -> Value:
        writer, trace = self.writer, self.listed()
        result, is_open, first, here, kept = (writer.name() for _ in range(5))
        writer.line(f"{is_open}, {first}, {kept} = True, len({trace}), []")
        for one in chain:
            is_literal = isinstance(one.yes, tree.Constant)
            denies = is_literal and one.yes.value is False  # type: ignore[attr-defined]
            with writer.block(f"if {is_open}:"):
                writer.line(f"{here} = len({trace})")
                condition = self.value(one.condition, logical=True, negated=negated is not denies)
                with writer.block(f"if {condition.code} is True:"):
                    writer.line(f"del {trace}[{first}:{here if is_literal else ''}]")
                    writer.line(f"{result} = {self.value(one.yes, logical=True, negated=negated).code}")
                    writer.line(f"{is_open} = False")
                with writer.block(f"elif {condition.code} is None:"):
                    writer.line(f"{kept} += {trace}[{here}:]")
        with writer.block(f"if {is_open}:"):
            if not isinstance(last, tree.Constant):
                writer.line(f"del {trace}[{first}:]")
            else:
                writer.line(f"if {kept}: {trace}[{first}:] = {kept}")
            writer.line(f"{result} = {self.value(last, logical=True, negated=negated).code}")
        return Value(result)

    def quietly(self, typed: tree.Tree) -> Value:
        """The value without reasons, of a part whose reasons nobody needs."""
        reasons, self.reasons = self.reasons, False
        found = self.value(typed)
        self.reasons = reasons
        return found

    def make_list(self, typed: tree.MakeList, logical: bool, negated: bool) -> Value:
        """A list."""
        elements = [self.value(element).code for element in typed.elements]
        return self.writer.assign(f"({''.join(f'{one}, ' for one in elements)})", nullable=False)

    def make_tuple(self, typed: tree.MakeTuple, logical: bool, negated: bool) -> Value:
        """A tuple, quantity or ratio."""
        elements = [f"{name!r}: {self.value(value).code}" for name, value in typed.elements]
        build = "make_quantity" if typed.type == QUANTITY else "make_ratio" if typed.type == RATIO else "Tuple"
        return self.writer.assign(f"{build}({{{', '.join(elements)}}})")

    def make_interval(self, typed: tree.MakeInterval, logical: bool, negated: bool) -> Value:
        """An interval, made once where its bounds are constant."""
        assert isinstance(typed.type, IntervalType)
        point, closed = typed.type.point, (typed.low_closed, typed.high_closed)
        if isinstance(typed.low, tree.Constant) and isinstance(typed.high, tree.Constant) and point is not DATE_TIME:
            made = make_interval(typed.low.value, typed.high.value, *closed, point)
            return Value(self.writer.constant(made), made is None)
        low, high = self.value(typed.low).code, self.value(typed.high).code
        arguments = f"{low}, {high}, {closed[0]}, {closed[1]}, {self.writer.constant(point)}"
        return self.writer.assign(f"make_interval({arguments})")


def chain_of(typed: tree.If) -> tuple[list[tree.If], tree.Tree]:
    """The conditions of a chain with their results, and the result where none holds."""
    chain = [typed]
    while isinstance(chain[-1].no, tree.If):
        chain.append(chain[-1].no)
    return chain, chain[-1].no


_GENERATORS: Final[dict[type, Callable[[Generator, Any, bool, bool], Value]]] = {
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


def generate(compiled: Compiled, *, reasons: bool) -> Unit:
    """The function of a compiled expression; with reasons, a Boolean one leaves atoms on the list."""
    generator = Generator(compiled, Writer(), reasons=reasons)
    logical = reasons and compiled.tree.type in (BOOLEAN, NOTHING)
    with generator.writer.function(ENTRY, ["s", *(["t"] if reasons else [])]):
        found = generator.value(compiled.tree, logical=logical)
        generator.writer.line(f"return {found.code}")
    return generator.writer.unit(compiled.name or compiled.code.origin.source)
