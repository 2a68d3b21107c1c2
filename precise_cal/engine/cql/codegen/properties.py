"""Reads: elements of record objects, and elements of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.bound import ElementOf
from precise_cal.engine.cql.types import DATE_TIME, ClassType, TupleType

if TYPE_CHECKING:
    from precise_cal.engine.cql import tree
    from precise_cal.engine.cql.codegen.context import CodeContext
    from precise_cal.engine.cql.codegen.entries import Reasoned
    from precise_cal.engine.cql.codegen.writer import Value
    from precise_cal.engine.cql.types import Element

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


def read_property(context: CodeContext, typed: tree.Property) -> Value:
    """A property that is read. A part of the record that is there needs no reason: what is read of it tells."""
    owner, kind = context.value(typed.source), typed.source.type
    assert isinstance(kind, ClassType)
    found = _read(context, owner, kind, typed.element)
    element = ElementOf(kind, typed.element.name)
    if not context.reasons or (isinstance(typed.type, ClassType) and not found.nullable):
        return found
    present = f"{owner.code} is not None" if owner.nullable else None
    if isinstance(typed.type, ClassType):
        present = f"{found.code} is None" + (f" and {present}" if present else "")
    context.tell_read(f"({owner.code}, {context.writer.constant(element)}, {found.code})", present)
    return found


def reasoned_read(context: CodeContext, typed: tree.Property, negated: bool) -> Reasoned:
    """A property that stands for itself is an atom."""
    with context.reads() as sink:
        found = read_property(context, typed)
    return context.atom(typed, ("true", "false"), found, found, sink, negated=negated)


def _read(context: CodeContext, owner: Value, kind: ClassType, element: Element) -> Value:
    writer, reader = context.writer, ElementOf(kind, element.name, is_read=True)
    if element.attribute is None:
        return _once(context, f"{writer.constant(reader)}({owner.code})", owner, always=element.always)
    found = owner
    for name in element.attribute.split("."):
        found = _once(context, f"{found.code}.{name}", found, always=element.always)
    if element.type is DATE_TIME:
        read = f"ensure_offset({writer.constant(reader)}({owner.code}), s.utc_offset_minutes)"
        with writer.block(f"if {found.code} is not None and {found.code}.offset_minutes != {element.offset}:"):
            writer.line(f"{found.code} = {read}")
    return found


def _once(context: CodeContext, read: str, owner: Value, *, always: bool) -> Value:
    """The value of a read, null where the owner is; the same for everyone in this block."""
    known = context.writer.known(read)
    if known is not None:
        return known
    text = f"None if {owner.code} is None else {read}" if owner.nullable else read
    return context.writer.know(read, context.writer.assign(text, nullable=owner.nullable or not always))


def part(context: CodeContext, typed: tree.Part) -> Value:
    """An element of a value."""
    source = context.value(typed.source)
    attribute = _PARTS.get(typed.name) if not isinstance(typed.source.type, TupleType) else None
    read = f"{source.code}.{attribute}" if attribute else f"{source.code}.elements.get({typed.name!r})"
    return context.writer.assign(f"None if {source.code} is None else {read}" if source.nullable else read)
