"""The part of the generator that reads: elements of record objects, and elements of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.codegen.base import BaseGenerator
from precise_cal.engine.cql.types import DATE_TIME, ClassType, Element, TupleType

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql import tree
    from precise_cal.engine.cql.codegen.writer import Value

_PARTS: Final = {
    "value": "value",
    "unit": "unit",
    "numerator": "numerator",
    "denominator": "denominator",
    "low": "low",
    "high": "high",
    "lowClosed": "low_closed",
    "highClosed": "high_closed",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """The function that reads an element."""

    element: Element

    def link(self) -> Callable[[Any], Any]:
        """The function of a record object."""
        return self.element.read


class PropertyGenerator(BaseGenerator):
    """Writes reads."""

    def property(self, typed: tree.Property, logical: bool, negated: bool) -> Value:
        """A property that is read; an atom where it stands for itself."""
        with self.atom_of(typed, ("true", "false"), logical, negated) as atom:
            atom.observed = atom.result = self._property(typed)
        return atom.result

    def _property(self, typed: tree.Property) -> Value:
        """Reads a property. A part of the record that is there needs no reason: what is read of it tells."""
        owner, element = self.value(typed.source), typed.element
        found = self._read(owner, element)
        if self.reasons:
            present = f"{owner.code} is not None" if owner.nullable else None
            if isinstance(typed.type, ClassType):
                present = f"{found.code} is None" + (f" and {present}" if present else "")
            self.told(f"({owner.code}, {self.writer.constant(element)}, {found.code})", present)
        return found

    def _read(self, owner: Value, element: Element) -> Value:
        plain = element.attribute
        read = f"{owner.code}.{plain}" if plain else f"{self.writer.constant(Reader(element))}({owner.code})"
        found = self.writer.assign(f"None if {owner.code} is None else {read}" if owner.nullable else read)
        if element.type is DATE_TIME:
            elsewhere = f"{self.writer.constant(Reader(element))}({owner.code})" if plain else found.code
            with self.writer.block(f"if {found.code} is not None and {found.code}.offset_minutes != {element.offset}:"):
                self.writer.line(f"{found.code} = ensure_offset({elsewhere}, s.utc_offset_minutes)")
        return found

    def part(self, typed: tree.Part, logical: bool, negated: bool) -> Value:
        """An element of a value."""
        source = self.value(typed.source).code
        attribute = _PARTS.get(typed.name) if not isinstance(typed.source.type, TupleType) else None
        read = f".{attribute}" if attribute else f".elements.get({typed.name!r})"
        return self.writer.assign(f"None if {source} is None else {source}{read}")
