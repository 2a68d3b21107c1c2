"""Type specifiers, and the units of quantities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql import quantities
from precise_cal.engine.cql.errors import did_you_mean
from precise_cal.engine.cql.types import (
    SIMPLE,
    TERMINOLOGY,
    IntervalType,
    ListType,
    TupleType,
    Type,
    choice,
)
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.units import is_unit

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import CheckContext
    from precise_cal.engine.cql.syntax import Literal, TypeName


def type_of(context: CheckContext, name: TypeName) -> Type:
    """The type that a type specifier names."""
    if name.name in ("List", "Interval") and name.arguments:
        inner = type_of(context, name.arguments[0])
        return ListType(inner) if name.name == "List" else IntervalType(inner)
    if name.name == "Choice":
        return choice(frozenset(type_of(context, one) for one in name.arguments))
    if name.name == "Tuple":
        return TupleType.of({element: type_of(context, kind) for element, kind in name.elements})
    if name.name in TERMINOLOGY:
        raise context.unsupported(message("the type { $name }", name=Verbatim(name.name)), name)
    found = SIMPLE.get(name.name) or context.environment.classes.get(name.name)
    if found is None:
        known = [*SIMPLE, *context.environment.classes]
        raise context.error(
            message(
                '"{ $name }" is no type{ $did_you_mean }', name=name.name, did_you_mean=did_you_mean(name.name, known)
            ),
            name,
        )
    return found


def check_unit(context: CheckContext, node: Literal) -> None:
    """Refuse a quantity whose unit neither UCUM nor the calendar knows."""
    unit = node.value.unit
    if unit not in quantities.CALENDAR and not is_unit(unit):
        raise context.error(message("'{ $unit }' is no UCUM unit", unit=unit), node)
