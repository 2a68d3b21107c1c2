"""What the functions of the generator work on: where they write, what is bound, and what reads and atoms leave."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.budget import ELEMENT, is_bounded, is_flat
from precise_cal.engine.cql.codegen.entries import Reasoned, tuple_of
from precise_cal.engine.cql.codegen.sink import All, One, Sink
from precise_cal.engine.cql.codegen.writer import DEEPEST, Value, Writer
from precise_cal.engine.cql.state import AtomInfo
from precise_cal.engine.cql.types import BOOLEAN, NOTHING, ListType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.required import Texts

_LEAVES: Final = (tree.Constant, tree.Variable, tree.Context)


@dataclass(frozen=True, slots=True)
class Handlers:
    """For each kind of tree, what writes its value, and its value with reasons where it decides a rule."""

    value: Mapping[type[tree.Tree], Callable[[CodeContext, Any], Value]]
    reasoned: Mapping[type[tree.Tree], Callable[[CodeContext, Any, bool], Reasoned | None]]


class CodeContext:
    """The function of one expression or definition that is being written.

    Args:
        handlers: what writes each kind of tree.
        compiled: the expression.
        writer: where the function is written.
        reasons: whether it gives what decided beside the value.
    """

    def __init__(self, handlers: Handlers, compiled: Compiled, writer: Writer, *, reasons: bool) -> None:
        self.handlers = handlers
        self.compiled = compiled
        self.code = compiled.code
        self.writer = writer
        self.reasons = reasons
        self.variables: dict[int, Value] = {}
        """The variables that are bound, by slot."""
        self.sink = Sink("b0", 0)

    def value(self, typed: tree.Tree) -> Value:
        """Write what computes a tree, and say where its value is. What it reads is told to the sink."""
        if self.writer.depth > DEEPEST and not isinstance(typed, _LEAVES):
            return self._outlined(typed)
        return self.handlers.value[type(typed)](self, typed)

    def reasoned(self, typed: tree.Tree, *, negated: bool = False) -> Reasoned:
        """Write what computes a tree whose Boolean value decides a rule, and say what its reasons are.

        Args:
            typed: the tree.
            negated: whether it stands behind `not`.
        """
        write = self.handlers.reasoned.get(type(typed))
        if self.writer.depth > DEEPEST and not isinstance(typed, _LEAVES):
            return self._outlined_with_reasons(typed, negated)
        found = write(self, typed, negated) if write and (typed.type is BOOLEAN or typed.type is NOTHING) else None
        if found is None:
            with self.reads() as sink:
                value = self.value(typed)
            return Reasoned(value, sink.entries)
        return found

    def quietly(self, typed: tree.Tree) -> Value:
        """The value without reasons, of a part whose reasons nobody needs."""
        reasons, self.reasons = self.reasons, False
        found = self.value(typed)
        self.reasons = reasons
        return found

    def pair(self, typed: tree.Tree, *, negated: bool | None) -> str:
        """A value with its reasons, an expression; `negated` is None where the value decides no rule."""
        if negated is None:
            with self.reads() as sink:
                value = self.value(typed)
            return f"({value.code}, {sink.reads})"
        found = self.reasoned(typed, negated=negated)
        entries = tuple_of(found.entries, self.writer)
        return f"({found.value.code}, {entries})"

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
        name, slots = self.writer.function_name(), sorted(tree.slots_of(typed) & self.variables.keys())
        parameters = ", ".join(["s", *(self.variables[slot].code for slot in slots)])
        with self.writer.function(name, [parameters]):
            self.writer.line(f"return {write()}")
        return f"{name}({parameters})"

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
        self._tell(One(read), condition, f"{self.sink.name}.append({read})")

    def tell_reads(self, reads: str) -> None:
        """Tell of several reads, the expression of a tuple."""
        self._tell(All(reads), None, f"{self.sink.name}.extend({reads})")

    def _tell(self, part: One | All, condition: str | None, line: str) -> None:
        if not self.reasons:
            return
        sink = self.sink
        if self.writer.depth != sink.depth:
            sink.is_list = True
        sink.parts.append((condition, part))
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
