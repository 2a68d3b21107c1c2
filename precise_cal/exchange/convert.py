"""Cells to values of the record, by the plan of a field. Nothing is rounded, defaulted or dropped."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.cells import Cell, Refusal
from precise_cal.exchange.form import UnitSource
from precise_cal.exchange.moments import MomentError, read_moment, read_pattern
from precise_cal.exchange.numbers import NumberError, read_censored, read_decimal, read_integer, read_upper_limit
from precise_cal.language.catalog import Verbatim, message, words_of
from precise_cal.protocol.schema.tree import ListOf, QuantityKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.exchange.cells import Place
    from precise_cal.exchange.form import Codes, FieldSource
    from precise_cal.exchange.plan import FieldPlan, Path

_FIRST_YEAR, _LAST_YEAR = 1890, 2100
"""The years in which people of a trial live; systems write 1111 or 2996 for a missing day."""
_TYPED: Final = tuple(map(read_pattern, ("iso", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm")))
"""How days and moments stand that the file itself holds as such."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the record: `json` is None, with a reason, where the export says why there is none."""

    path: Path
    json: Any
    cell: Cell | None
    reason: str | None = None


class _RefusedError(Exception):
    def __init__(self, cell: Cell, text: str) -> None:
        self.refusal = Refusal(cell.place, cell.shown, text)


def convert(field: FieldPlan, cells: Mapping[str, Cell]) -> list[Value] | Refusal:
    """The values that a row gives for a field; none where its cells are blank.

    Args:
        field: the plan.
        cells: of the row, by column; a column that the row does not have is blank.
    """
    source = field.source
    if source.value is not None:
        return [Value(field.path, _stated(field, source.value), None)]
    try:
        if source.boxes:
            return _boxes(field, cells)
        return _read(field, [cells[name] for name in source.columns if name in cells], cells)
    except _RefusedError as error:
        return error.refusal


def _stated(field: FieldPlan, value: str | bool | int) -> Any:
    is_measured = isinstance(field.type, QuantityKind)
    return {"value": str(value), "unit": field.source.unit} if is_measured else value


def _read(field: FieldPlan, cells: Sequence[Cell], row: Mapping[str, Cell]) -> list[Value]:
    for cell in cells:
        if cell.problem is not None:
            raise _RefusedError(cell, cell.problem)
    filled = [one for one in cells if not one.is_blank]
    if not filled:
        return []
    for one in filled:
        reason = field.missing.get(one.raw.strip())
        if reason is not None:
            return [Value(field.path, None, one, reason)]
    cell = _joined(filled)
    if isinstance(field.type, ListOf):
        return _list(field, cell)
    if field.source.codes is not None:
        value = _coded(field.source.codes, cell)
        return [Value(field.path, value, cell, "the code means unknown" if value is None else None)]
    if isinstance(field.type, QuantityKind):
        unit = _unit(field, row)
        number = _number(field.source, cell, cell.raw.strip())
        return [Value(field.path, {"value": number, "unit": unit}, cell)]
    return _scalar(field, cell)


def _list(field: FieldPlan, cell: Cell) -> list[Value]:
    """A list in one cell, or what a cell says of one whose items stand elsewhere."""
    source, text = field.source, cell.raw.strip()
    if text in source.none:
        return [Value(field.path, [], cell)]
    if source.split is not None:
        parts = [one.strip() for one in text.split(source.split)]
        return [Value(field.path, [_coded(source.codes or "as_is", Cell(one, cell.place)) for one in parts], cell)]
    if text in source.some:
        return []
    words = ", ".join((*source.none, *source.some))
    raise _RefusedError(
        cell, message("is no word that the map lists in none or some: { $words }", words=Verbatim(words))
    )


def _joined(cells: Sequence[Cell]) -> Cell:
    """Several cells as one text, with the place of the first."""
    if len(cells) == 1:
        return cells[0]
    typed = " ".join(one.typed or "" for one in cells) if all(one.typed for one in cells) else None
    first = cells[0].place
    place = type(first)(first.file, first.sheet, first.row, " + ".join(one.place.column for one in cells))
    return Cell(" ".join(one.raw.strip() for one in cells), place, typed)


def _scalar(field: FieldPlan, cell: Cell) -> list[Value]:
    assert field.scalar is not None
    kind, source, text = field.scalar.kind, field.source, cell.raw.strip()
    if kind in ("date", "instant"):
        return [Value(field.path, _moment(field, cell), cell)]
    if kind == "integer" and source.parse in (None, "integer"):
        try:
            return [Value(field.path, _within(source, cell, read_integer(text)), cell)]
        except NumberError as error:
            raise _RefusedError(cell, words_of(error)) from None
    if source.parse == "censored_decimal":
        try:
            found = read_censored(text, source.decimal_mark)
        except NumberError as error:
            raise _RefusedError(cell, words_of(error)) from None
        values = [Value(field.path, _within(source, cell, found.value), cell)]
        assert source.sign is not None
        beside = (*field.path[:-1], source.sign)
        return values if found.sign is None else [*values, Value(beside, found.sign, cell)]
    if kind == "decimal":
        return [Value(field.path, _number(source, cell, text), cell)]
    return [Value(field.path, text, cell)]


def _number(source: FieldSource, cell: Cell, text: str) -> str:
    read = read_upper_limit if source.parse == "upper_limit" else read_decimal
    try:
        return str(_within(source, cell, read(text, source.decimal_mark)))
    except NumberError as error:
        raise _RefusedError(cell, words_of(error)) from None


def _within(source: FieldSource, cell: Cell, number: Any) -> Any:
    if source.within is not None:
        low, high = map(Decimal, source.within)
        if not low <= Decimal(str(number)) <= high:
            raise _RefusedError(
                cell, message("lies outside { $low } to { $high }, which the map calls plausible", low=low, high=high)
            )
    return number


def _moment(field: FieldPlan, cell: Cell) -> str:
    assert field.scalar is not None
    try:
        if cell.typed is not None:
            found = read_moment(cell.typed.replace("T", " "), _TYPED)
        elif field.patterns:
            found = read_moment(cell.raw.strip(), field.patterns)
        else:
            raise _RefusedError(cell, "is text, no date of the workbook; name its format in the map")
    except MomentError as error:
        raise _RefusedError(cell, words_of(error)) from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise _RefusedError(
            cell,
            message(
                "lies in the year { $year }, in no year of a trial; a code for a missing value stands in missing",
                year=found.year,
            ),
        )
    if found.time is not None and (found.offset or field.zone) and field.local is not None:
        found = found.at_offset(field.zone, field.local)
    if field.scalar.kind == "date" and found.time is not None:
        if field.source.parse != "date":
            raise _RefusedError(
                cell, "has a time of day, and the field is a day: say parse: date to take the day alone"
            )
        return found.day
    if found.time is not None and found.offset is None and field.zone is None:
        raise _RefusedError(cell, 'has no offset from UTC, and the map names no zone, such as zone: "+08:00"')
    return found.iso(field.zone)


def _coded(codes: Codes | str, cell: Cell) -> Any:
    text = cell.raw.strip()
    if not isinstance(codes, dict):
        return {"true": True, "false": False}.get(text, text)
    if text not in codes:
        raise _RefusedError(cell, message("is no code that the map lists; it lists { $codes }", codes=", ".join(codes)))
    return codes[text]


def _unit(field: FieldPlan, row: Mapping[str, Cell]) -> str | None:
    source = field.source
    if not isinstance(source.unit, UnitSource):
        return source.unit
    cell = row.get(source.unit.column)
    if cell is None or cell.is_blank:
        return None
    if cell.problem is not None:
        raise _RefusedError(cell, cell.problem)
    if cell.raw.strip() in field.missing:
        return None
    unit = _coded(source.unit.codes, cell)
    return None if unit is None else str(unit)


def _boxes(field: FieldPlan, cells: Mapping[str, Cell]) -> list[Value]:
    codes = field.source.codes
    assert isinstance(codes, dict)
    ticked: list[str | None] = []
    first = None
    for column, word in (*field.source.boxes.items(), *((name, None) for name in field.source.none)):
        cell = cells.get(column)
        if cell is None or cell.is_blank:
            continue
        if cell.problem is not None:
            raise _RefusedError(cell, cell.problem)
        if _coded(codes, cell) is True:
            ticked.append(word)
            first = first or cell
    if None in ticked and len(ticked) > 1:
        assert first is not None
        said = ", ".join(field.source.none)
        raise _RefusedError(first, message("is ticked, and so is { $said }, which says that there is none", said=said))
    return [Value(field.path, [one for one in ticked if one is not None], first)] if ticked else []


def origin_of(value: Value) -> Place | None:
    """Where a value comes from; None for one that the map states."""
    return None if value.cell is None else value.cell.place
