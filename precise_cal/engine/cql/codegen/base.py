"""What the parts of the generator have in common: where they write, what is bound, and what reads and atoms leave."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.budget import ELEMENT, is_bounded, is_flat
from precise_cal.engine.cql.codegen.entries import One, Reasoned
from precise_cal.engine.cql.codegen.writer import Sink, Value, Writer
from precise_cal.engine.cql.state import AtomInfo
from precise_cal.engine.cql.types import ListType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.required import Texts


class BaseGenerator:
    """Writes the function of one expression or definition."""

    def __init__(self, compiled: Compiled, writer: Writer, *, reasons: bool) -> None:
        self.compiled = compiled
        self.code = compiled.code
        self.writer = writer
        self.reasons = reasons
        self.variables: dict[int, Value] = {}
        """The variables that are bound, by slot."""
        self.sink = Sink("b0", 0)

    @abstractmethod
    def value(self, typed: tree.Tree) -> Value:
        """Write what computes a tree (see `generator.Generator`)."""

    @abstractmethod
    def reasoned(self, typed: tree.Tree, *, negated: bool = False) -> Reasoned:
        """The same where the value decides a rule (see `generator.Generator`)."""

    @abstractmethod
    def quietly(self, typed: tree.Tree) -> Value:
        """The same without reasons (see `generator.Generator`)."""

    def bind(self, variable: tree.Variable, value: Value) -> Value:
        """Give a variable its value."""
        bound = self.declare(variable, nullable=value.nullable)
        self.writer.line(f"{bound.code} = {value.code}")
        return bound

    def declare(self, variable: tree.Variable, *, nullable: bool = True) -> Value:
        """The name of a variable that gets a value."""
        bound = self.variables[variable.slot] = Value(f"x{variable.slot}", nullable)
        self.writer.forget(bound.code)
        return bound

    def look(self, operands: Iterable[tuple[tree.Tree, Value]]) -> None:
        """Take from the budget what looking at values takes; what is constant is counted now."""
        lengths: list[Value] = []
        deep: list[Value] = []
        for typed, value in operands:
            if isinstance(typed, tree.Constant):
                self.writer.cost += len(typed.value) if isinstance(typed.value, tuple) else 0
            elif not is_bounded(typed.type, text=isinstance(typed, tree.Property)):
                (lengths if is_flat(typed.type) else deep).append(value)
        if lengths:
            self.writer.spend(" + ".join(f"len({one.code}{' or ()' if one.nullable else ''})" for one in lengths))
        if deep:
            self.writer.line(f"s.weigh({', '.join(one.code for one in deep)})")

    def made(self, typed: tree.Tree, value: Value) -> Value:
        """Take from the budget what a value that was just made takes."""
        if is_flat(typed.type):
            each = f"{ELEMENT} * " if isinstance(typed.type, ListType) else ""
            self.writer.spend(f"{each}len({value.code}{' or ()' if value.nullable else ''})")
        elif not is_bounded(typed.type):
            self.writer.line(f"s.weigh({value.code})")
        return value

    @contextmanager
    def reads(self) -> Iterator[Sink]:
        """Within, reads are told to a sink of their own."""
        outer, self.sink = self.sink, Sink(self.writer.name("b"), self.writer.depth)
        self.writer.told(self.sink, f"{self.sink.name} = []")
        yield self.sink
        self.sink = outer

    def tell_read(self, read: str, condition: str | None) -> None:
        """Tell of a read, an expression, if the condition holds."""
        line = f"{self.sink.name}.append({read})"
        self._tell(f"({read},)", condition, line)

    def tell_reads(self, reads: str) -> None:
        """Tell of several reads, the expression of a tuple."""
        self._tell(reads, None, f"{self.sink.name}.extend({reads})")

    def _tell(self, part: str, condition: str | None, line: str) -> None:
        if not self.reasons:
            return
        sink = self.sink
        if self.writer.depth != sink.depth:
            sink.is_list = True
        sink.parts.append(part if condition is None else f"({part} if {condition} else ())")
        self.writer.told(sink, line if condition is None else f"if {condition}: {line}")

    def atom(
        self, typed: tree.Tree, required: Texts, observed: Value, result: Value, sink: Sink, *, negated: bool
    ) -> Reasoned:
        """A Boolean leaf: its reads become one entry, together with its value."""
        text = self.code.text[typed.start : typed.end]
        line, column = self.code.origin.position(self.code.text, typed.start)
        wanted, otherwise = reversed(required) if negated else required
        info = AtomInfo(text, typed.start, typed.end, line, column, wanted, otherwise, self.compiled.name)
        fields = f"{self.writer.constant(info)}, {observed.code}, {result.code}, {sink.reads}"
        return Reasoned(result, One(f"new(Atom, ({fields}))"))
