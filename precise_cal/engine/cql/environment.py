"""What names mean: the record's classes, parameters, definitions and functions; and expressions, compiled."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql.errors import Code, Origin
from precise_cal.engine.cql.module import Module
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


@immutable(eq=False)
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
    module: Module = field(default_factory=Module, compare=False, repr=False)
    """The functions of expressions that were asked for."""
    definition_sources: Mapping[str, DefinitionSource] = field(init=False, compare=False, repr=False)
    """The definitions as written, by name."""
    overloads: Mapping[str, tuple[FunctionSource, ...]] = field(init=False, compare=False, repr=False)
    """The functions of each name, which differ in their operands."""

    def __post_init__(self) -> None:
        sources = {one.name: one for one in reversed(self.definitions)}
        overloads: dict[str, tuple[FunctionSource, ...]] = {}
        for one in self.functions:
            overloads[one.name] = (*overloads.get(one.name, ()), one)
        object.__setattr__(self, "definition_sources", sources)
        object.__setattr__(self, "overloads", overloads)

    def definition(self, name: str) -> Compiled:
        """A definition that is named by what was compiled. Raises `KeyError` if there is none."""
        return self.compiled[name]


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
    """An expression ready to be evaluated.

    Rules that were kept (`rulebook.cache`) have its functions only: what asks for the meaning reads the rules anew.
    """

    code: Code
    meaning: Meaning | None = field(default=None, repr=False)
    name: str | None = None
    scope: str | None = None
    functions: dict[bool, Callable[..., Any]] = field(default_factory=dict, repr=False)
    """Of a state: False, to the value; True, to the value and its entries."""

    def _known(self) -> Meaning:
        if self.meaning is None:
            raise LookupError("these rules are kept without their meaning: read them with cache=False")
        return self.meaning

    @property
    def environment(self) -> Environment:
        """The names that it may use."""
        return self._known().environment

    @property
    def tree(self) -> Tree:
        """The typed tree."""
        return self._known().tree

    @property
    def parameters(self) -> frozenset[str]:
        """The paths of all parameters used, also through definitions."""
        return self._known().parameters

    @property
    def definitions(self) -> frozenset[str]:
        """The definitions named, also through others."""
        return self._known().definitions

    @property
    def type(self) -> Type:
        """The static type of the value."""
        return self.tree.type
