"""What generated code calls under a name: operators, conversions, and what reads an element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import casts, runtime
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from precise_cal.engine.cql.module import Module
    from precise_cal.engine.cql.operators.overload import Overload
    from precise_cal.engine.cql.types import ClassType, Type

_LEADING: Final = {Binding.STATE: ("s",), Binding.BUDGET: ("s",), Binding.OFFSET: ("s.utc_offset_minutes",)}


@immutable()
class Operator:
    """The implementation of an operator as a function of what its binding asks for, and the operands."""

    overload: Overload
    type: Type
    precision: str | None

    @property
    def label(self) -> str:
        """What its name tells."""
        return f"{self.overload.name} {self.precision or ''}"

    def expression(self, module: Module) -> str:
        """The expression of the function, or of one for each offset (see `call`)."""
        binding, name = self.overload.binding, self.overload.name
        given: list[tuple[str, Any]] = [("", name), ("", OPERATORS[name].index(self.overload))]
        if binding is Binding.TYPE:
            given.append(("type", self.type))
        if binding in (Binding.PRECISION, Binding.RELATION) and self.precision is not None:
            given.append(("precision", self.precision))
        return module.call(runtime.operator, given)

    def call(self, name: str, operands: list[str]) -> str:
        """The expression that calls it under a name."""
        binding = self.overload.binding
        if binding is Binding.PRECISION or (binding is Binding.RELATION and self.precision is not None):
            name = f"{name}[s.utc_offset_minutes]"
        return f"{name}({', '.join([*_LEADING.get(binding, ()), *operands])})"


@immutable()
class Conversion:
    """An implicit conversion of values of one type to another."""

    source: Type
    target: Type

    @property
    def label(self) -> str:
        """What its name tells."""
        return f"{self.source} to {self.target}"

    def expression(self, module: Module) -> str:
        """The expression of the function of a value that is not null."""
        return module.call(casts.converter, [("", self.source), ("", self.target)])


@immutable()
class ElementOf:
    """An element of a class of record objects; `is_read`: the function that reads it."""

    owner: ClassType
    name: str
    is_read: bool = False

    @property
    def label(self) -> str:
        """What its name tells."""
        return f"{self.owner.name} {self.name}"

    def expression(self, module: Module) -> str:
        """The expression of the element, or of its function of a record object."""
        return f"{module.expression(self.owner)}.elements[{self.name!r}]{'.read' if self.is_read else ''}"
