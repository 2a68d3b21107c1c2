"""From rows to what they say of participants: chosen, converted, and kept until all files were read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from precise_cal.exchange.cells import Cell, Place, Refusal, Row
from precise_cal.exchange.columns import ColumnWatch
from precise_cal.exchange.convert import convert
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.fhir import REFERENCE
from precise_cal.exchange.rows.reading import read_rows
from precise_cal.protocol.identifiers import read_identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from precise_cal.exchange.convert import Value
    from precise_cal.exchange.counts import Counts, TableCount
    from precise_cal.exchange.form import Items, LookUp, SourceForm
    from precise_cal.exchange.plan import FieldPlan, Plan, TablePlan
    from precise_cal.exchange.spool import Spool

_OTHERS = "*"


def origin_of(cell: Cell) -> tuple[str, str, int, str, str]:
    """Where a cell stands, and its text."""
    place = cell.place
    return place.file, place.sheet, place.row, place.column, cell.raw


@dataclass(slots=True)
class Gather:
    """Reads sources into a spool."""

    plan: Plan
    spool: Spool
    counts: Counts

    def read(self, source: str, files: Iterable[Path]) -> None:
        """Read the files of a source.

        Raises:
            ExchangeError: one is not as the map says.
        """
        form = self.plan.form.sources[source]
        for file in files:
            self._file(source, form, file)
        if form.items is not None:
            for row in self._long_rows(source, form.items):
                self._row(source, row, {})

    def _file(self, source: str, form: SourceForm, file: Path) -> None:
        watch = ColumnWatch(self.plan, source, of_long_file=form.items is not None)
        patients = _patients(self.plan.of_source(source), file, self.plan)
        where, number = f"{file.name}!{form.sheet}" if form.sheet else file.name, 0
        for row in read_rows(file, form):
            if all(one.is_blank for one in row.cells.values()):
                self.counts.blank_rows[where] += 1
                continue
            number += 1
            heeded = watch.heed(row)
            if number == 1:
                watch.check(file.name, at_end=False)
            if heeded and form.items is not None:
                self._keep_item(source, form.items, row)
            elif heeded:
                self._row(source, row, patients)
        self.counts.rows[where] = number
        if number:
            watch.check(file.name, at_end=True)
        elif not form.may_be_empty:
            text = f"has no rows; where that is in order, the source {source} says may_be_empty: true"
            raise ExchangeError(f"{where}: {text}")
        self.counts.ignored[source] |= watch.ignored

    def _row(self, source: str, row: Row, patients: Mapping[str, str]) -> None:
        for table in self.plan.of_source(source):
            if table.form.kind and row.kind not in table.form.kind:
                continue
            count = self.counts.tables[table.number]
            refusal = self._left(table, row, count)
            if refusal is None:
                continue
            if isinstance(refusal, Refusal):
                self.counts.refuse(refusal)
                continue
            count.taken += 1
            participant = self._participant(table, row, patients)
            if isinstance(participant, Refusal):
                self.counts.refuse(participant)
            else:
                self._fill(table, row, *participant, count)

    def _left(self, table: TablePlan, row: Row, count: TableCount) -> Refusal | bool | None:
        """None for a row that the map leaves; a refusal for one of which it says nothing; else True."""
        for column, wanted in table.form.take.items():
            cell = row.cells.get(column)
            raw = "" if cell is None else cell.raw.strip()
            if cell is not None and cell.problem is not None:
                return Refusal(cell.place, cell.shown, cell.problem)
            left = table.form.leave.get(column, ())
            if raw in wanted or (_OTHERS in wanted and raw not in left):
                continue
            if raw in left or _OTHERS in left:
                count.left += 1
                return None
            place = cell.place if cell else Place("", "", row.number, column)
            return Refusal(
                place, f'"{raw}"', f"is neither among the rows to take nor among those to leave ({', '.join(wanted)})"
            )
        return True

    def _participant(self, table: TablePlan, row: Row, patients: Mapping[str, str]) -> tuple[int, str] | Refusal:
        named: str | LookUp = table.form.participant
        columns = (named,) if isinstance(named, str) else named.columns
        parts = [row.cells.get(name) for name in columns]
        cell = next((one for one in parts if one is None or one.is_blank or one.problem is not None), parts[0])
        column = columns[parts.index(cell)]
        if cell is None or cell.is_blank:
            place = (
                cell.place if cell else Place(next(iter(row.cells.values())).place.file, row.kind, row.number, column)
            )
            return Refusal(place, '""', "names no participant")
        if cell.problem is not None:
            return Refusal(cell.place, cell.shown, cell.problem)
        identifier = cell.raw.strip()
        if not isinstance(named, str) and named.join is not None:
            identifier = named.join.join(one.raw.strip() for one in parts if one is not None)
        if not isinstance(named, str) and named.patient is not None:
            if identifier not in patients:
                return Refusal(cell.place, cell.shown, f"refers to no patient of this file that has {named.patient}")
            identifier = patients[identifier]
        try:
            identifier = read_identifier(identifier)
        except ValueError as error:
            return Refusal(cell.place, cell.shown, f"as the number of a participant: {error}")
        number = self.spool.participant(identifier, origin_of(cell), lists=table.number == 0)
        return number, identifier

    def _fill(self, table: TablePlan, row: Row, number: int, identifier: str, count: TableCount) -> None:
        values = self._converted(table, table.fields, row, identifier, count)
        parents = self._converted(table, table.parent, row, identifier, count)
        if not any(one.cell is not None and one.json is not None for one in values):
            count.empty += 1
            values = [one for one in values if one.reason is not None] if not table.into else []
        parent = _identity(parents, [one.path for one in table.parent])
        if table.outer and parent is None and values:
            cell = next(iter(row.cells.values()))
            named = ", ".join(column for one in table.parent for column in one.source.columns)
            self.counts.refuse(
                Refusal(Place(cell.place.file, cell.place.sheet, row.number, named), '""', "names no parent"),
                identifier,
            )
            return
        if values:
            kept = [
                (".".join(one.path), one.json, one.reason, origin_of(one.cell) if one.cell else None) for one in values
            ]
            self.spool.put(number, ".".join(table.into), self._item(table, row, values), parent or "", kept)

    def _converted(
        self, table: TablePlan, fields: Iterable[FieldPlan], row: Row, identifier: str, count: TableCount
    ) -> list[Value]:
        values: list[Value] = []
        for one in fields:
            found, name = convert(one, row.cells), ".".join(one.path)
            if isinstance(found, Refusal):
                self.counts.refuse(found, identifier)
                count.fields[name].refused += 1
                continue
            if not found:
                count.fields[name].blank += 1
            for value in found:
                if value.reason is not None:
                    count.fields[name].missing[value.reason] += 1
                elif value.cell is not None:
                    count.fields[".".join(value.path)].mapped += 1
            values += found
        return values

    def _item(self, table: TablePlan, row: Row, values: list[Value]) -> str:
        if not table.into:
            return ""
        if table.form.key:
            key = _identity(values, [tuple(name.split(".")) for name in table.form.key])
            if key is not None:
                return key
        place = next(iter(row.cells.values())).place
        return json.dumps([table.number, place.file, place.sheet, row.number], ensure_ascii=False)

    def _keep_item(self, source: str, items: Items, row: Row) -> None:
        """Put a row of a long table aside, under what tells its wide row apart."""
        missing = [name for name in (items.name, items.value, *items.per) if name not in row.cells]
        if missing:
            raise ExchangeError(f'{source}: has no column "{missing[0]}", which the map names')
        grouping = json.dumps([row.cells[name].raw.strip() for name in items.per], ensure_ascii=False)
        shared = {name: _packed(row.cells[name]) for name in items.per}
        self.spool.put_cell(
            source, grouping, [row.number, row.cells[items.name].raw.strip(), _packed(row.cells[items.value]), shared]
        )

    def _long_rows(self, source: str, items: Items) -> Iterator[Row]:
        """The wide rows of a long table."""
        watch = ColumnWatch(self.plan, source)
        file = ""
        for group in self.spool.grouped(source):
            cells = {name: _unpacked(one) for name, one in group[0][3].items()}
            for _, name, packed, _ in group:
                cell = _unpacked(packed)
                before = cells.get(name)
                if before is not None and before.raw != cell.raw:
                    cell = Cell(
                        cell.raw,
                        cell.place,
                        problem=f"stands twice for the same {', '.join(items.per)}: {before.shown} ({before.place})",
                    )
                cells[name] = cell
            row = Row(int(group[0][0]), cells)
            watch.heed(row)
            file = next(iter(cells.values())).place.file
            yield row
        if file:
            watch.check(file, at_end=True)


def _packed(cell: Cell) -> list[Any]:
    place = cell.place
    return [cell.raw, place.file, place.sheet, place.row, place.column, cell.typed, cell.problem]


def _unpacked(packed: list[Any]) -> Cell:
    raw, file, sheet, row, column, typed, problem = packed
    return Cell(raw, Place(file, sheet, row, column), typed, problem)


def _identity(values: Iterable[Value], names: list[tuple[str, ...]]) -> str | None:
    """What tells an item apart: the values of its key, as JSON; None where one of them is not known."""
    known = {one.path: one.json for one in values if one.json is not None}
    if not names or any(name not in known for name in names):
        return None
    return json.dumps([[".".join(name), known[name]] for name in sorted(names)], ensure_ascii=False)


def _patients(tables: Iterable[TablePlan], file: Path, plan: Plan) -> dict[str, str]:
    """What patients of a file of FHIR are called, by every way in which others refer to them."""
    named = [one.form.participant for one in tables if not isinstance(one.form.participant, str)]
    found: dict[str, str] = {}
    for column in {one.patient for one in named if one.patient is not None}:
        for row in read_rows(file, plan.form.sources[next(iter(tables)).source]):
            cell = row.cells.get(column)
            if row.kind == "Patient" and cell is not None and not cell.is_blank and cell.problem is None:
                found[row.cells[REFERENCE].raw] = cell.raw.strip()
                if "id" in row.cells:
                    found[f"Patient/{row.cells['id'].raw}"] = cell.raw.strip()
    return found
