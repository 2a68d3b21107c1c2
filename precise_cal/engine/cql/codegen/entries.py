"""The reasons of a value that decides a rule, before they are told: nothing is made that would be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from precise_cal.engine.cql.codegen.sink import All, One, Some

if TYPE_CHECKING:
    from precise_cal.engine.cql.codegen.sink import Entries
    from precise_cal.engine.cql.codegen.writer import Value, Writer


class Reasoned(NamedTuple):
    """A value with its reasons."""

    value: Value
    entries: Entries


def together(first: Entries, found: Reasoned) -> Reasoned:
    """A value whose reasons follow others."""
    return Reasoned(found.value, Some(((None, first), (None, found.entries))))


def tell(entries: Entries, target: str, writer: Writer) -> None:
    """Write what adds the entries to a list."""
    if isinstance(entries, One):
        writer.line(f"{target}.append({entries.code})")
    elif isinstance(entries, All) and not entries.parts:
        if entries.code != "()":
            writer.line(f"{target}.extend({entries.code})")
    else:
        for condition, inner in entries.parts if isinstance(entries, All) else entries.choices:
            if condition is None:
                tell(inner, target, writer)
            else:
                with writer.block(f"if {condition}:"):
                    tell(inner, target, writer)


def tuple_of(entries: Entries, writer: Writer) -> str:
    """Write what makes a tuple of the entries, and give its expression."""
    if isinstance(entries, One):
        return f"({entries.code},)"
    if isinstance(entries, All):
        return entries.code
    target = writer.name("e")
    writer.line(f"{target} = []")
    tell(entries, target, writer)
    return f"tuple({target})"
