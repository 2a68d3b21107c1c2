"""Data of the record: from a property to the columns that hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cohort.layout.exact import DAY_WIDTH
from precise_cal.cohort.layout.tables import Field, Table
from precise_cal.cohort.sql.expressions import FALSE, TRUE, and_, call, is_empty, is_null, less, lit, not_
from precise_cal.cohort.sql.graph import Grain
from precise_cal.cohort.sql.traces import NOTHING, Mode, read, read_list, sequence, when
from precise_cal.cohort.sql.values import (
    WORDS,
    Elements,
    Env,
    Fixed,
    NotCompiledError,
    Object,
    Value,
    column_of,
    nothing,
)
from precise_cal.engine.cql.types import ClassType, ListType, StringType, plain
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.cohort.sql.traces import Lowered, Trace
    from precise_cal.engine.cql import tree
    from precise_cal.engine.cql.types import Type

ELEMENT: Final = "element"
"""The name of the element of a list, before a variable stands for it."""


def read_property(context: SqlContext, typed: tree.Property, env: Env, mode: Mode) -> Lowered:
    """A property that is read; `Mode.LOGICAL` tells what `Mode.READS` does."""
    source, before = context.lower(typed.source, env, min(mode, Mode.READS))
    if not isinstance(source, Object):
        raise NotCompiledError(
            message("the property { $name } of what is no part of the record", name=Verbatim(typed.element.name)), typed
        )
    path = (*source.path, typed.element.field or typed.element.name)
    if source.there is FALSE:
        return _absent(typed), before
    value: Value | Object | Elements
    if Field(path, "list") in source.table.fields and isinstance(_element(typed.type), StringType):
        value, trace = _words(context, source, path)
    elif isinstance(typed.type, ListType):
        value, trace = _list(context, typed, source, env, path)
    elif isinstance(typed.type, ClassType):
        value, trace = _part(context, typed, source, path)
    else:
        value, trace = _datum(context, typed, source, path)
    return value, sequence([before, when(source.there, trace)]) if mode else NOTHING


def _absent(typed: tree.Property) -> Value | Object | Fixed:
    if isinstance(typed.type, ListType | ClassType):
        return Fixed(None)
    return nothing(str(plain(typed.type)))


def _datum(context: SqlContext, typed: tree.Property, owner: Object, path: tuple[str, ...]) -> tuple[Value, Trace]:
    wanted = path if typed.element.field else (*owner.path, typed.element.name)
    found = next((field for field in owner.table.fields if field.path == wanted), None)
    if found is None or found.kind in ("list", "instead", "presence"):
        raise NotCompiledError(message("the property { $path }", path=Verbatim(".".join(path))), typed)
    value = _VALUES[found.kind](owner, found, str(plain(typed.type)))
    code = context.code(field_path(context, owner.table, owner.path if not typed.element.field else path))
    return value, read(code, value.unknown, _vague(value), is_part_of_list=len(owner.table.keys) > 1)


def field_path(context: SqlContext, table: Table, path: tuple[str, ...]) -> str:
    """Where a field stands in the record, the places in lists left out: ``lesions.modification.type``."""
    return ".".join((*_owners(context.record.table, table), *path))


def _owners(root: Table, table: Table) -> tuple[str, ...]:
    def search(here: Table, above: tuple[str, ...]) -> tuple[str, ...] | None:
        if here is table:
            return above
        found = (search(child, (*above, *child.path)) for child in here.children)
        return next((one for one in found if one is not None), None)

    return search(root, ()) or ()


def _simple(owner: Object, field: Field, kind: str) -> Value:
    column = column_of(owner, field.name)
    return Value(kind, (column, column) if kind == "Integer" else (column,))


def _decimal(owner: Object, field: Field, kind: str) -> Value:
    return Value(
        kind,
        (
            column_of(owner, f"{field.name}_exact"),
            column_of(owner, f"{field.name}_places"),
        ),
    )


def _quantity(owner: Object, field: Field, kind: str) -> Value:
    return Value(kind, tuple(column_of(owner, f"{field.name}_{end}") for end in ("exact", "places", "in")))


def _bounds(owner: Object, field: Field, kind: str) -> Value:
    low, high = column_of(owner, f"{field.name}_low"), column_of(owner, f"{field.name}_high")
    return Value(kind, (low, high) if kind == "Date" else (low, high, low, high))


_VALUES: Final = {
    "text": _simple,
    "boolean": _simple,
    "integer": _simple,
    "decimal": _decimal,
    "quantity": _quantity,
    "derived": _quantity,
    "date": _bounds,
    "instant": _bounds,
}


def _vague(value: Value) -> Expr | None:
    """Whether a date is partial, or an instant has no time of day (`reasons._is_exact`)."""
    if value.kind == "Date":
        return less(value.parts[0], value.parts[1])
    if value.kind == "DateTime":
        return not_(less(call("sub", value.parts[1], value.parts[0]), lit(DAY_WIDTH)))
    return None


def _part(context: SqlContext, typed: tree.Property, owner: Object, path: tuple[str, ...]) -> tuple[Object, Trace]:
    """A part of the record; only one that may be absent leaves a reason, where it is."""
    if Field(path, "instead") in owner.table.fields:
        raise NotCompiledError(
            message("the part { $path }, in whose place a value may stand", path=Verbatim(".".join(path))), typed
        )
    recorded = Field((*path, "recorded"), "presence")
    there = TRUE
    if recorded in owner.table.fields:
        there = column_of(owner, recorded.name)
    found = Object(owner.table, path, owner.grain, and_(owner.there, there), owner.pick, owner.grains)
    if there is TRUE:
        return found, NOTHING
    code = context.code(field_path(context, owner.table, path))
    absent = not_(there)
    told = read(code, absent, None, is_part_of_list=len(owner.table.keys) > 1)
    return found, when(absent, told)


def _element(kind: Type) -> Type:
    return kind.element if isinstance(kind, ListType) else kind


def _words(context: SqlContext, owner: Object, path: tuple[str, ...]) -> tuple[Value, Trace]:
    """A list of words in one column; one that is empty is no datum, as a list of parts is none."""
    column = column_of(owner, Field(path, "list").name)
    code, listed = context.code(field_path(context, owner.table, path)), len(owner.table.keys) > 1
    empty = is_empty(column)
    as_list = when(empty, read_list(code, FALSE, is_part_of_list=listed))
    as_datum = when(not_(empty), read(code, is_null(column), None, is_part_of_list=listed))
    return Value(WORDS, (column,)), sequence([as_list, as_datum])


def _list(
    context: SqlContext, typed: tree.Property, owner: Object, env: Env, path: tuple[str, ...]
) -> tuple[Elements, Trace]:
    table = next((child for child in owner.table.children if child.path == path), None)
    if table is None or owner.pick:
        raise NotCompiledError(message("the list { $path }", path=Verbatim(".".join(path))), typed)
    unknown = is_null(column_of(owner, table.count))
    trace = read_list(
        context.code(field_path(context, owner.table, path)), unknown, is_part_of_list=len(owner.table.keys) > 1
    )
    return natural(context, table, owner.grain, unknown), trace


def natural(context: SqlContext, table: Table, owner: Grain, unknown: Expr) -> Elements:
    """All rows of a table that belong to an owner, which is a row of a table itself."""
    grain = context.grain(("table", table, owner), lambda: Grain(len(table.keys), left=owner, table=table))
    element = Object(table, (), grain, TRUE)
    inner = context.env(("table", grain), lambda: Env(grain, {ELEMENT: element}, bare(context, owner)))
    return Elements(grain, element, TRUE, unknown, tuple(range(owner.keys)), inner)


def bare(context: SqlContext, grain: Grain) -> Env:
    """The environment of a table where no name holds."""
    if grain.left is None:
        return context.root
    above = bare(context, grain.left)
    return context.env(("bare", grain), lambda: Env(grain, {}, above))
