"""Source text in the making: lines, names, constants, and what was read for a value."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql.budget import MAX_BLOCKS, MAX_LINES, MAX_LOOPS
from precise_cal.engine.cql.codegen.sink import ReadsLine
from precise_cal.engine.cql.errors import CqlError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.engine.cql.codegen.sink import Sink
    from precise_cal.engine.cql.module import Module

INDENT: Final = "    "
DEEPEST: Final = 12
"""Blocks within each other; what lies deeper becomes a function of its own, for Python allows 20 loops."""
_STATE: Final = {"r": "s.record", "m": "s.memo", "q": "s.quiet_memo"}
"""What functions take from the state, if they use it."""


class Value(NamedTuple):
    """A value in generated code: a name or literal that may be repeated, and whether it may be None."""

    code: str
    nullable: bool = True


class Writer:
    """Writes a function of a module, and those that its deeply nested parts become.

    Args:
        module: where it stands.
        label: its name.
    """

    def __init__(self, module: Module, label: str) -> None:
        self.module = module
        self.label = label
        self.lines: list[str | ReadsLine] = []
        self.depth = 1
        self._known: dict[str, Value] = {}
        """The values that were computed in this block or one around it, by their expressions."""
        self._count = 0
        self.cost = 0
        """The steps that were written so far: what runs once when the function runs."""
        self._loops = 0
        self._written = 0

    def line(self, text: str) -> None:
        """One line of the function that is being written.

        Raises:
            CqlError: the code becomes too long, or too deeply nested for Python.
        """
        self.cost += 1
        self._written += 1
        if self._written > MAX_LINES:
            raise CqlError(f"becomes more than {MAX_LINES:,} lines of code: nest fewer queries and functions")
        if self.depth > MAX_BLOCKS:
            raise CqlError(f"nests more than {MAX_BLOCKS} conditions, sources and relationships within each other")
        self.lines.append(INDENT * self.depth + text)

    def spend(self, steps: str) -> None:
        """Take steps, an expression, from the budget of the evaluation."""
        self.line(f"s.steps -= {steps}")
        self.line("if s.steps < 0: overspent()")

    def told(self, sink: Sink, text: str) -> None:
        """One line that is needed only if the sink is a list."""
        self.lines.append(ReadsLine(sink, INDENT * self.depth + text))

    def name(self, letter: str = "v") -> str:
        """A local name that is not yet used here."""
        self._count += 1
        return f"{letter}{self._count}"

    def function_name(self) -> str:
        """The name of a function that is a part of this one."""
        return self.module.unique(self.label, "part")

    def assign(self, expression: str, *, nullable: bool = True) -> Value:
        """The value of an expression."""
        name = self.name()
        self.line(f"{name} = {expression}")
        return Value(name, nullable)

    def known(self, expression: str) -> Value | None:
        """The value of an expression that was computed before; None where it was not."""
        return self._known.get(expression)

    def know(self, expression: str, value: Value) -> Value:
        """Remember the value of an expression within this block."""
        self._known[expression] = value
        return value

    def forget(self, name: str) -> None:
        """A name gets another value: what was computed from it holds no longer."""
        pattern = re.compile(rf"\b{name}\b")
        self._known = {text: value for text, value in self._known.items() if not pattern.search(text)}

    def constant(self, value: Any) -> str:
        """The name, or the literal, of a value that is known now."""
        return self.module.constant(value)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """A head line such as `if …:` and what stands under it."""
        self.line(head)
        known, self._known = self._known, dict(self._known)
        self.depth += 1
        before = len(self.lines)
        yield
        if not any(isinstance(line, str) for line in self.lines[before:]):
            self.line("pass")
        self.depth -= 1
        self._known = known

    @contextmanager
    def loop(self, name: str, values: str) -> Iterator[None]:
        """A loop over a tuple. What all its rounds take is taken from the budget before the first."""
        self._loops += 1
        if self._loops > MAX_LOOPS:
            raise CqlError(f"nests more than {MAX_LOOPS} loops over lists within each other")
        place = len(self.lines)
        self.spend("0")
        before = self.cost
        with self.block(f"for {name} in {values}:"):
            yield
        self.lines[place] = f"{INDENT * self.depth}s.steps -= {self.cost - before} * len({values})"
        self._loops -= 1

    @contextmanager
    def function(
        self, name: str, parameters: list[str], *, spends: bool = True, first: Sequence[str] = ()
    ) -> Iterator[None]:
        """A function of its own.

        Args:
            name: of the function.
            parameters: its parameters.
            spends: whether what it takes is taken from the budget when it is called.
            first: lines that may return before anything is taken.
        """
        outer = self.lines, self.depth, self._known, self.cost, self._loops
        self.lines, self.depth, self._known, self.cost, self._loops = [], 1, {}, 0, 0
        if spends:
            self.spend("0")
        yield
        if spends:
            self.lines[0] = f"{INDENT}s.steps -= {self.cost}"
        body = "\n".join(line for line in map(_rendered, self.lines) if line is not None)
        before = "\n".join(f"{INDENT}{line}" for line in first)
        early = _taken(before)
        late = [line for line in _taken(body) if line not in early]
        head = [*early, *([before] if first else []), *late]
        self.module.add("\n".join([f"\n\ndef {name}({', '.join(parameters)}):", *head, body, ""]))
        self.lines, self.depth, self._known, self.cost, self._loops = outer


def _taken(text: str) -> list[str]:
    """Lines that take from the state what a text uses of it."""
    return [f"{INDENT}{one} = {origin}" for one, origin in _STATE.items() if re.search(rf"\b{one}\b", text)]


def _rendered(line: str | ReadsLine) -> str | None:
    if isinstance(line, ReadsLine):
        return line.text if line.sink.is_list else None
    return line
