"""What names mean: the record's classes, parameters, definitions and functions; and how an expression is compiled."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql.budget import MAX_STEPS
from precise_cal.engine.cql.errors import Code, CqlError, EvaluationError, Origin
from precise_cal.engine.later import Later
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from precise_cal.engine.cql.codegen.unit import Unit
    from precise_cal.engine.cql.state import Entry, State
    from precise_cal.engine.cql.tree import Tree
    from precise_cal.engine.cql.types import ClassType, Type


@immutable()
class DefinitionSource:
    """A named definition as written. `scope` names the scope variable it may use, if it has one."""

    name: str
    text: str
    origin: Origin = field(default_factory=Origin)
    scope: str | None = None


@immutable()
class FunctionSource:
    """A named function as written: `operands` are names with their types as written, such as `List<Integer>`."""

    name: str
    operands: tuple[tuple[str, str], ...]
    text: str
    origin: Origin = field(default_factory=Origin)
    scope: str | None = None


@immutable()
class Environment:
    """The names an expression may use. Immutable; what is compiled once is kept.

    `context` is the class whose elements are visible as bare names, `parameters` maps a name to its type and value,
    `scopes` the name of a scope variable to its type, `classes` further classes that may be named as types.
    """

    context: ClassType | None = None
    parameters: Mapping[str, tuple[Type, Any]] = field(default_factory=dict)
    definitions: tuple[DefinitionSource, ...] = ()
    functions: tuple[FunctionSource, ...] = ()
    scopes: Mapping[str, Type] = field(default_factory=dict)
    classes: Mapping[str, ClassType] = field(default_factory=dict)
    compiled: dict[str, Compiled] = field(default_factory=dict, compare=False, repr=False)
    """Definitions that were checked and compiled, by name."""
    units: dict[Any, Unit] = field(default_factory=dict, compare=False, repr=False)
    """Functions that several expressions call, as they were generated."""

    def compile(
        self,
        text: str,
        *,
        expected: Type | None = None,
        scope: str | None = None,
        source: str = "expression",
        line: int = 1,
        column: int = 1,
    ) -> Compiled:
        """Read, check and compile an expression.

        `expected` is the type that it has to have or convert to, `scope` the scope variable it may use; `source`,
        `line` and `column` say where its first character stands. Raises `CqlError`.
        """
        from precise_cal.engine.cql.checker.check import check

        code = Code(text, Origin(source, line, column))
        try:
            checked = check(self, code, scope=scope, expected=expected)
        except RecursionError:
            raise code.error("the expression and the definitions it uses are nested too deeply", 0) from None
        return Compiled(code, Later(Meaning(self, checked.tree, checked.parameters, checked.definitions)))

    def definition(self, name: str) -> Compiled:
        """A definition, compiled. Raises `CqlError` if it is wrong or refers to itself, `KeyError` if there is none."""
        from precise_cal.engine.cql.checker.check import check_definition

        return self.compiled.get(name) or check_definition(self, name)

    def check(self) -> None:
        """Compile every definition. Raises `CqlError` for the first that is wrong."""
        for one in self.definitions:
            self.definition(one.name)


@immutable(eq=False)
class Meaning:
    """What an expression means: its typed tree, and the names that it uses.

    `parameters` are the paths of all parameters used, also through definitions; `definitions` the definitions named.
    """

    environment: Environment = field(repr=False)
    tree: Tree
    parameters: frozenset[str]
    definitions: frozenset[str]


@immutable(eq=False)
class Compiled:
    """An expression ready to be evaluated. Of one that was kept in a file, the meaning is read when it is asked for."""

    code: Code
    meaning: Later[Meaning] = field(repr=False)
    name: str | None = None
    scope: str | None = None
    units: dict[bool, Unit] = field(default_factory=dict, repr=False)
    functions: dict[bool, Callable[..., Any]] = field(default_factory=dict, init=False, repr=False)

    @property
    def environment(self) -> Environment:
        """The names that it may use."""
        return self.meaning.value.environment

    @property
    def tree(self) -> Tree:
        """The typed tree."""
        return self.meaning.value.tree

    @property
    def parameters(self) -> frozenset[str]:
        """The paths of all parameters used, also through definitions."""
        return self.meaning.value.parameters

    @property
    def definitions(self) -> frozenset[str]:
        """The definitions named, also through others."""
        return self.meaning.value.definitions

    @property
    def type(self) -> Type:
        """The static type of the value."""
        return self.tree.type

    def function(self, *, reasons: bool) -> Callable[..., Any]:
        """The generated function of a state, to the value; with reasons, to the value and its entries."""
        found = self.functions.get(reasons)
        if found is None:
            unit = self.units.get(reasons)
            if unit is None:
                from precise_cal.engine.cql.codegen.generator import generate

                try:
                    unit = self.units[reasons] = generate(self, reasons=reasons)
                except (CqlError, RecursionError) as problem:
                    raise self._placed(problem) from None
            found = self.functions[reasons] = unit.link()
        return found

    def evaluate(self, state: State) -> Any:
        """The value for a record. Raises `EvaluationError` where CQL defines a run-time error."""
        state.steps = MAX_STEPS
        try:
            return (self.functions.get(False) or self.function(reasons=False))(state)
        except (CqlError, RecursionError) as problem:
            raise self._placed(problem) from None

    def explain(self, state: State) -> tuple[Any, tuple[Entry, ...]]:
        """The value for a record, and what decided it. Raises `EvaluationError` as `evaluate` does."""
        state.steps = MAX_STEPS
        try:
            found: tuple[Any, tuple[Entry, ...]] = (self.functions.get(True) or self.function(reasons=True))(state)
        except (CqlError, RecursionError) as problem:
            raise self._placed(problem) from None
        return found

    def _placed(self, problem: CqlError | RecursionError) -> CqlError:
        if isinstance(problem, RecursionError):
            problem = EvaluationError("the definitions used are nested too deeply")
        if problem.line:
            return problem
        origin = self.code.origin
        return type(problem)(problem.message, origin.source, origin.line, origin.column)
