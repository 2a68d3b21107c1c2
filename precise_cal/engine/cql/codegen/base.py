"""What the parts of the generator have in common: where they write, what is bound, and what reads and atoms leave."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.engine.cql.codegen.writer import Sink, Value, Writer
from precise_cal.engine.cql.state import AtomInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql import tree
    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.required import Texts


@dataclass(slots=True)
class Atom:
    """A Boolean leaf in the making: the value of its data side, and its result."""

    observed: Value
    result: Value


class BaseGenerator:
    """Writes the function of one expression or definition."""

    def __init__(self, compiled: Compiled, writer: Writer, *, reasons: bool) -> None:
        self.compiled = compiled
        self.code = compiled.code
        self.writer = writer
        self.reasons = reasons
        self.names: dict[int, str] = {}
        """The names of the variables that are bound, by slot."""
        self.sink = Sink("t", 0, is_list=True)

    @abstractmethod
    def value(self, typed: tree.Tree, *, logical: bool = False, negated: bool = False) -> Value:
        """Write what computes a tree (see `generator.Generator`)."""

    @abstractmethod
    def quietly(self, typed: tree.Tree) -> Value:
        """The same without reasons (see `generator.Generator`)."""

    def bind(self, variable: tree.Variable, code: str) -> str:
        """Give a variable its value."""
        name = self.names[variable.slot] = f"x{variable.slot}"
        self.writer.line(f"{name} = {code}")
        return name

    def listed(self) -> str:
        """The name of the list that reads are told to; it is made if it was not."""
        self.sink.is_list = True
        return self.sink.name

    def told(self, read: str, condition: str | None) -> None:
        """Tell of a read, an expression, if the condition holds."""
        sink = self.sink
        if self.writer.depth != sink.depth:
            sink.is_list = True
        sink.parts.append(f"({read},)" if condition is None else f"(({read},) if {condition} else ())")
        line = f"{sink.name}.append({read})"
        self.writer.told(sink, line if condition is None else f"if {condition}: {line}")

    @contextmanager
    def atom_of(self, typed: tree.Tree, required: Texts, logical: bool, negated: bool) -> Iterator[Atom]:
        """An atom, where it decides a rule: its reads become one entry, together with its value."""
        atom = Atom(Value("None"), Value("None"))
        if not logical:
            yield atom
            return
        outer = self.listed()
        before, self.sink = self.sink, Sink(self.writer.name("b"), self.writer.depth, is_list=False)
        self.writer.told(self.sink, f"{self.sink.name} = []")
        yield atom
        info = self.writer.constant(self._info(typed, required, negated=negated))
        self.writer.line(f"{outer}.append(atom({info}, {atom.observed.code}, {atom.result.code}, {self.sink.reads}))")
        self.sink = before

    def _info(self, typed: tree.Tree, required: Texts, *, negated: bool) -> AtomInfo:
        text = self.code.text[typed.start : typed.end]
        line, column = self.code.origin.position(self.code.text, typed.start)
        wanted, otherwise = reversed(required) if negated else required
        return AtomInfo(text, typed.start, typed.end, line, column, wanted, otherwise, self.compiled.name)
