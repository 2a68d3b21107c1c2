"""The part of the checker that knows names: variables, definitions, parameters, the record, its properties, types."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import quantities, tree
from precise_cal.engine.cql.budget import MAX_NODES, MAX_TYPE
from precise_cal.engine.cql.errors import CqlError, did_you_mean
from precise_cal.engine.cql.types import (
    BOOLEAN,
    DECIMAL,
    QUANTITY,
    SIMPLE,
    STRING,
    TERMINOLOGY,
    ClassType,
    IntervalType,
    ListType,
    TupleType,
    Type,
    choice,
)
from precise_cal.engine.cql.values import Tuple
from precise_cal.protocol.units import is_unit

if TYPE_CHECKING:
    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.cql.syntax import Literal, Member, Name, Node, TypeName

FIRST_SLOT: Final = 3
"""A frame begins with the state, the record and the trace."""
_PARTS: Final[dict[Type, dict[str, Type]]] = {QUANTITY: {"value": DECIMAL, "unit": STRING}}


@dataclass(slots=True)
class Shared:
    """What the checks of an expression and of the functions within it have in common."""

    parameters: set[str] = field(default_factory=set)
    definitions: set[str] = field(default_factory=set)
    slots: int = 0
    nodes: int = 0
    path: list[str] = field(default_factory=list)
    """The functions that are being inlined."""


class NameChecker:
    """Resolves names within one text."""

    def __init__(self, environment: Environment, code: Code, scope: str | None, shared: Shared | None = None) -> None:
        self.environment = environment
        self.code = code
        self.scope = scope
        self.shared = shared or Shared()
        self.variables: dict[str, tree.Tree] = {}
        self.implicit: tree.Variable | None = None
        """The element of a query whose properties a `sort by` sees as bare names."""

    @abstractmethod
    def typed(self, node: Node) -> tree.Tree:
        """The typed tree of a node (see `check.Checker`)."""

    def error(self, message: str, node: Node | tree.Tree, construct: str | None = None) -> CqlError:
        """The error at a node."""
        return self.code.error(message, node.start, construct)

    def unsupported(self, construct: str, node: Node) -> CqlError:
        """The refusal of what the rule language leaves out."""
        return self.error(f"{construct} is not supported by the rule language", node, construct)

    def count(self, node: Node, kind: Type) -> None:
        """Count one node. Raises `CqlError` where it, or its type, makes the expression too large."""
        if kind.size > MAX_TYPE:
            raise self.error(f"the type of this value has more than {MAX_TYPE:,} parts", node)
        self.shared.nodes += 1
        if self.shared.nodes > MAX_NODES:
            message = f"the expression has more than {MAX_NODES:,} parts, those of the functions that it calls included"
            raise self.error(message, node)

    def variable(self, name: str, kind: Type, node: Node) -> tree.Variable:
        """A new variable, in a slot of its own."""
        slot = FIRST_SLOT + self.shared.slots
        self.shared.slots += 1
        return tree.Variable(kind, node.start, node.end, name, slot)

    # ---- names ----

    def name(self, node: Name) -> tree.Tree:
        """What a name stands for."""
        found = self._find(node)
        if isinstance(found, tree.Constant) and found.parameter is not None:
            self._use(found)
        return found

    def _find(self, node: Name) -> tree.Tree:
        name = node.name
        if self.implicit is not None and name != "$this":
            element = self._part(self.implicit, name, node)
            if element is not None:
                return element
        if name in self.variables:
            return self.variables[name]
        if name == self.scope:
            return tree.Scope(self.environment.scopes[name], node.start, node.end, name)
        if any(one.name == name for one in self.environment.definitions):
            return self._definition(node)
        if name in self.environment.parameters:
            kind, value = self.environment.parameters[name]
            return tree.Constant(kind, node.start, node.end, value, name)
        context = self.environment.context
        if context is not None and name in context.elements:
            element_ = context.elements[name]
            record = tree.Context(context, node.start, node.end)
            return tree.Property(element_.type, node.start, node.end, record, element_)
        raise self.error(self._unknown(name), node)

    def _unknown(self, name: str) -> str:
        if name in self.environment.scopes:
            return f'"{name}" is known only in rules that are judged for each {name}'
        known = [
            *self.variables,
            *self.environment.parameters,
            *(one.name for one in self.environment.definitions),
        ]
        known += self.environment.context.elements if self.environment.context else ()
        return f'"{name}" is not known{did_you_mean(name, known)}'

    def _definition(self, node: Name) -> tree.Tree:
        found = self.environment.definition(node.name)
        if found.scope is not None and found.scope != self.scope:
            raise self.error(f'"{node.name}" is defined for each {found.scope}, and cannot be used here', node)
        self.shared.parameters |= found.parameters
        self.shared.definitions |= {node.name, *found.definitions}
        return tree.Definition(found.type, node.start, node.end, node.name)

    def _use(self, constant: tree.Constant) -> None:
        assert constant.parameter is not None
        if isinstance(constant.value, Tuple):
            self.shared.parameters |= {f"{constant.parameter}.{name}" for name in constant.value.elements}
        else:
            self.shared.parameters.add(constant.parameter)

    def member(self, node: Member) -> tree.Tree:
        """A property of a record object, or an element of a value."""
        from precise_cal.engine.cql.syntax import Name as NameNode

        source = self._find(node.source) if isinstance(node.source, NameNode) else self.typed(node.source)
        found = self._part(source, node.name, node)
        if found is None:
            raise self.error(self._no_part(source.type, node.name), node)
        if isinstance(found, tree.Constant) and found.parameter is not None:
            self._use(found)
        return found

    def _part(self, source: tree.Tree, name: str, node: Node) -> tree.Tree | None:
        kind = source.type
        if isinstance(kind, ClassType):
            element = kind.elements.get(name)
            return tree.Property(element.type, node.start, node.end, source, element) if element else None
        if isinstance(kind, TupleType):
            inner = kind.element(name)
            if inner is None:
                return None
            if isinstance(source, tree.Constant):
                path = f"{source.parameter}.{name}" if source.parameter else None
                return tree.Constant(inner, node.start, node.end, source.value.elements[name], path)
            return tree.Part(inner, node.start, node.end, source, name)
        parts = _parts_of(kind)
        return tree.Part(parts[name], node.start, node.end, source, name) if name in parts else None

    def _no_part(self, kind: Type, name: str) -> str:
        if isinstance(kind, ClassType):
            known: list[str] = list(kind.elements)
        elif isinstance(kind, TupleType):
            known = [element for element, _ in kind.elements]
        else:
            known = list(_parts_of(kind))
        listed = f"; it has {', '.join(known)}" if known and not did_you_mean(name, known) else ""
        return f'{kind} has no "{name}"{did_you_mean(name, known)}{listed}'

    # ---- types ----

    def type(self, name: TypeName) -> Type:
        """The type that a type specifier names."""
        if name.name in ("List", "Interval") and name.arguments:
            inner = self.type(name.arguments[0])
            return ListType(inner) if name.name == "List" else IntervalType(inner)
        if name.name == "Choice":
            return choice(frozenset(map(self.type, name.arguments)))
        if name.name == "Tuple":
            return TupleType.of({element: self.type(kind) for element, kind in name.elements})
        if name.name in TERMINOLOGY:
            raise self.unsupported(f"the type {name.name}", name)
        found = SIMPLE.get(name.name) or self.environment.classes.get(name.name)
        if found is None:
            known = [*SIMPLE, *self.environment.classes]
            raise self.error(f'"{name.name}" is no type{did_you_mean(name.name, known)}', name)
        return found

    def check_unit(self, node: Literal) -> None:
        """Refuse a quantity whose unit neither UCUM nor the calendar knows."""
        unit = node.value.unit
        if unit not in quantities.CALENDAR and not is_unit(unit):
            raise self.error(f"'{unit}' is no UCUM unit", node)


def _parts_of(kind: Type) -> dict[str, Type]:
    if isinstance(kind, IntervalType):
        return {"low": kind.point, "high": kind.point, "lowClosed": BOOLEAN, "highClosed": BOOLEAN}
    if kind.name == "Ratio":
        return {"numerator": QUANTITY, "denominator": QUANTITY}
    return _PARTS.get(kind, {})
