"""What all parts of the compiler share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.frame import FIRST_SLOT, Closure, Frame
from precise_cal.engine.cql.types import BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.cql.tree import Tree


class BaseCompiler:
    """The text that is compiled, and which variables carry what was read for them.

    In reason mode a `let`, an operand of a function or the comparand of a `case` is evaluated once, and what it read
    is recorded wherever it is used.
    """

    def __init__(self, environment: Environment, code: Code, unit: str | None, *, reasons: bool) -> None:
        self.environment = environment
        self.code = code
        self.unit = unit
        self.reasons = reasons
        self.captured: set[int] = set()

    @abstractmethod
    def value(self, tree: Tree) -> Closure:
        """The closure of a tree in value position."""

    @abstractmethod
    def logic(self, tree: Tree) -> Closure:
        """The closure of a Boolean tree in logical position."""

    def binding(self, variable: t.Variable, tree: Tree) -> Closure:
        """The closure that evaluates the tree and puts the value into the variable's slot."""
        place = variable.slot + FIRST_SLOT
        if not self.reasons:
            evaluate = self.value(tree)

            def store(f: Frame) -> None:
                f[place] = evaluate(f)

            return store
        self.captured.add(variable.slot)
        evaluate = self.logic(tree) if tree.type is BOOLEAN else self.value(tree)

        def capture(f: Frame) -> None:
            trace = f[2]
            mark = len(trace)
            value = evaluate(f)
            f[place] = value, trace[mark:]
            del trace[mark:]

        return capture

    def let(self, tree: t.Let, compile_body: Callable[[Tree], Closure]) -> Closure:
        """Bindings, then the body; the body of a function has a text of its own."""
        bindings = [self.binding(variable, value) for variable, value in tree.bindings]
        outer = self.code
        self.code = tree.code or outer
        body = compile_body(tree.body)
        self.code = outer

        def evaluate(f: Frame) -> Any:
            for bind in bindings:
                bind(f)
            return body(f)

        return evaluate
