"""Generated functions: Python code with the constants that it names, ready to be kept in a file and linked again."""

from __future__ import annotations

import marshal
from abc import abstractmethod
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import runtime
from precise_cal.engine.cql.comparison import not_after
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.operators.overload import Overload
    from precise_cal.engine.cql.types import Element, Type

ENTRY = "evaluate"
"""The function of a unit that others call."""


class Linkable:
    """A constant that stands for something that is made in each process."""

    __slots__ = ()

    @abstractmethod
    def link(self) -> Any:
        """What generated code sees."""


@dataclass(slots=True, eq=False)
class Unit(Linkable):
    """One generated function.

    `code` is Python's, marshalled; `constants` are the values of the names that the code uses.
    """

    code: bytes
    constants: dict[str, Any]
    function: Callable[..., Any] | None = field(default=None, init=False, repr=False)

    def link(self) -> Callable[..., Any]:
        """The function; it is made when it is first asked for."""
        if self.function is None:
            names = {name: one.link() if isinstance(one, Linkable) else one for name, one in self.constants.items()}
            namespace = {**runtime.NAMES, **names}
            exec(marshal.loads(self.code), namespace)  # noqa: S102, S302 - our own generator wrote it
            self.function = namespace[ENTRY]
        return self.function


_LEADING: Final = {Binding.STATE: ("s",), Binding.BUDGET: ("s",), Binding.OFFSET: ("s.utc_offset_minutes",)}


@immutable()
class Operator(Linkable):
    """The implementation of an operator as a function of what its binding asks for, and the operands."""

    overload: Overload
    type: Type
    precision: str | None

    def link(self) -> Any:
        """The function, or one for each offset (see `call`)."""
        binding, function, precision = self.overload.binding, self.overload.function, self.precision
        if binding is Binding.TYPE:
            return partial(function, self.type)
        if binding is Binding.RELATION and precision is None:
            return partial(function, not_after)
        if binding is Binding.RELATION:
            return runtime.ByOffset(lambda offset: partial(function, runtime.relation(precision or "", offset)))
        if binding is Binding.PRECISION:
            return runtime.ByOffset(lambda offset: function(precision, offset))
        return function

    def call(self, name: str, operands: list[str]) -> str:
        """The expression that calls it under a name."""
        binding = self.overload.binding
        if binding is Binding.PRECISION or (binding is Binding.RELATION and self.precision is not None):
            name = f"{name}[s.utc_offset_minutes]"
        return f"{name}({', '.join([*_LEADING.get(binding, ()), *operands])})"


@immutable()
class Conversion(Linkable):
    """An implicit conversion of values of one type to another."""

    source: Type
    target: Type

    def link(self) -> Callable[[Any], Any]:
        """The function of a value that is not null."""
        from precise_cal.engine.cql.casts import converter

        return converter(self.source, self.target)


@immutable()
class Reader(Linkable):
    """The function that reads an element."""

    element: Element

    def link(self) -> Callable[[Any], Any]:
        """The function of a record object."""
        return self.element.read
