"""The map that reads filled forms, whatever format they were exported in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.forms import NONE, SEPARATOR, SOME
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from precise_cal.exchange.forms import FormColumn, FormTable

_CODED: Final = ("boolean", "words", "unit")


def _own_name(table: FormTable, column: FormColumn) -> str:
    del table
    return column.name


def _as_is(table: FormTable, column: FormColumn) -> str:
    del table, column
    return "as_is"


def _nothing(table: FormTable) -> Mapping[str, Any]:
    del table
    return {}


def _no_boxes(table: FormTable, column: FormColumn) -> Mapping[str, str]:
    del table, column
    return {}


@immutable()
class Dialect:
    """How a format names the columns of a form, and what stands in them.

    Attributes:
        column: the name of a column in the export.
        codes: of a column with choices, what each of its words is in the record, or ``as_is``.
        moments: the patterns of moments; days have those without a time.
        none: what says that a list is empty.
        some: what says that its own table has its rows.
        rows: further keys of a table of the map, such as which rows are meant.
        boxes: of a list of words, the column of each word's box, and under ``NONE`` that of the box for an empty list;
            nothing where the list stands in one cell.
        ticked: what boxes hold.
    """

    column: Callable[[FormTable, FormColumn], str] = _own_name
    codes: Callable[[FormTable, FormColumn], Mapping[str, Any] | str] = _as_is
    moments: tuple[str, ...] = ("iso",)
    none: str = NONE
    some: str = SOME
    rows: Callable[[FormTable], Mapping[str, Any]] = _nothing
    boxes: Callable[[FormTable, FormColumn], Mapping[str, str]] = _no_boxes
    ticked: tuple[tuple[str, bool], ...] = (("1", True), ("0", False))


PLAIN: Final = Dialect()


def map_of(
    tables: list[FormTable],
    sources: Mapping[str, Mapping[str, Any]],
    stated: Mapping[str, Any],
    dialect: Dialect = PLAIN,
    source_of: Callable[[FormTable], str] = lambda table: table.name,
) -> dict[str, Any]:
    """The map that reads filled forms.

    Args:
        tables: of the form.
        sources: by name, how each is read.
        stated: fields that are the same for every record.
        dialect: of the format.
        source_of: the name of the source that has the rows of a table; tables without a source are left out.
    """
    return {
        "sources": {name: dict(source) for name, source in sources.items()},
        "record": dict(stated),
        "tables": [_table(one, source_of(one), dialect) for one in tables if source_of(one) in sources],
    }


def _table(table: FormTable, source: str, dialect: Dialect) -> dict[str, Any]:
    units = {one.path: one for one in table.columns if one.of_unit}
    filled = [one for one in table.columns if one.field is not None and not one.of_unit]

    def fields(of_parent: bool) -> dict[str, Any]:
        return {
            one.path if not of_parent else one.field.name: _field(table, one, units.get(one.path), dialect)
            for one in filled
            if one.of_parent == of_parent and one.field is not None
        }

    found: dict[str, Any] = {
        "source": source,
        "participant": dialect.column(table, table.columns[0]),
        **dialect.rows(table),
        **({"into": table.name} if table.into else {}),
        **({"key": [table.key]} if table.key is not None else {}),
        "fields": fields(of_parent=False),
    }
    parent = fields(of_parent=True)
    return {**found, "parent": parent} if parent else found


def _field(table: FormTable, column: FormColumn, unit: FormColumn | None, dialect: Dialect) -> dict[str, Any]:
    boxes = dict(dialect.boxes(table, column)) if column.is_list and column.kind != "rows" else {}
    if boxes:
        empty = boxes.pop(NONE)
        words = {box: word for word, box in boxes.items()}
        return {"boxes": words, "none": empty, "codes": dict(dialect.ticked)}
    source: dict[str, Any] = {"from": dialect.column(table, column)}
    if column.kind == "rows":
        return source | {"none": dialect.none, "some": dialect.some}
    if column.is_list:
        codes = {"codes": dialect.codes(table, column)} if column.kind in _CODED else {}
        return source | {"split": SEPARATOR.strip(), "none": dialect.none} | codes
    if column.kind in _CODED:
        source["codes"] = dialect.codes(table, column)
    elif column.kind in ("date", "instant"):
        days = [one for one in dialect.moments if "H" not in one]
        source["format"] = days if column.kind == "date" else list(dialect.moments)
    elif column.kind == "quantity" and unit is not None:
        source["unit"] = {"from": dialect.column(table, unit), "codes": dialect.codes(table, unit)}
    return source
