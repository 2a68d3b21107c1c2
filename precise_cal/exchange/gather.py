"""From rows to what they say of participants: chosen, converted, and kept until all files were read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from precise_cal.exchange.cells import Cell, Place, Refusal, Row
from precise_cal.exchange.columns import ColumnWatch
from precise_cal.exchange.convert import convert
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.reading import read_rows
from precise_cal.exchange.spool import TAKEN_BACK
from precise_cal.language.catalog import Verbatim, message, placed

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from precise_cal.exchange.convert import Value
    from precise_cal.exchange.counts import Counts, TableCount
    from precise_cal.exchange.form import Items, SourceForm
    from precise_cal.exchange.naming import Naming
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
    naming: Naming
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
                self._row(source, row)

    def _file(self, source: str, form: SourceForm, file: Path) -> None:
        watch = ColumnWatch(self.plan, source, of_long_file=form.items is not None)
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
                self._row(source, row)
        self.counts.rows[where] = number
        if number:
            watch.check(file.name, at_end=True)
        elif not form.may_be_empty:
            text = message(
                "has no rows; where that is in order, the source { $source } says may_be_empty: true",
                source=Verbatim(source),
            )
            raise ExchangeError(placed(where, text))
        self.counts.ignored[source] |= watch.ignored

    def _row(self, source: str, row: Row) -> None:
        for table in self.plan.of_source(source):
            if table.form.kind and row.kind not in table.form.kind:
                continue
            is_taken, takes_back = _is_taken(table, row), _takes_back(table, row)
            who = self.naming.of_row(table, row) if is_taken or takes_back else None
            if isinstance(is_taken, Refusal):
                self.counts.refuse(is_taken)
            elif isinstance(who, Refusal):
                self.counts.refuse(who)
            elif who is None:
                self.counts.tables[table.number].left += 1
            else:
                self._of_participant(table, row, *who, is_taken=is_taken, takes_back=takes_back)

    def _of_participant(
        self, table: TablePlan, row: Row, identifier: str, cell: Cell, *, is_taken: bool, takes_back: bool
    ) -> None:
        count = self.counts.tables[table.number]
        number = self.spool.participant(identifier, origin_of(cell), lists=table.number == 0)
        if takes_back:
            self._take_back(table, row, number, identifier)
        if is_taken:
            count.taken += 1
            self._fill(table, row, number, identifier, count)
        else:
            count.left += 1

    def _take_back(self, table: TablePlan, row: Row, number: int, identifier: str) -> None:
        """What earlier rows said of the item of this row no longer holds."""
        keys = [convert(one, row.cells) for one in table.fields if ".".join(one.path) in table.form.key]
        refused = next((one for one in keys if isinstance(one, Refusal)), None)
        values = [value for one in keys if not isinstance(one, Refusal) for value in one]
        item = _identity(values, [tuple(name.split(".")) for name in table.form.key])
        if item is not None:
            self.spool.put(number, ".".join(table.into), item, "", [TAKEN_BACK])
            return
        named = ", ".join(table.form.key)
        text = message(
            "corrects or takes back an earlier row, and does not say which: { $named }", named=Verbatim(named)
        )
        column = next(iter(table.form.replaces))
        self.counts.refuse(refused or Refusal(row.place_of(column), row.cells[column].shown, text), identifier)

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
            self.spool.put(number, ".".join(table.into), _item(table, row, values), parent or "", kept)

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

    def _keep_item(self, source: str, items: Items, row: Row) -> None:
        """Put a row of a long table aside, under what tells its wide row apart."""
        missing = [name for name in (items.name, items.value, *items.per) if name not in row.cells]
        if missing:
            raise ExchangeError(
                message(
                    '{ $source }: has no column "{ $missing }", which the map names',
                    source=Verbatim(source),
                    missing=missing[0],
                )
            )
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
                        problem=message(
                            "stands twice for the same { $per }: { $shown } ({ $place })",
                            per=Verbatim(", ".join(items.per)),
                            shown=before.shown,
                            place=before.place.words,
                        ),
                    )
                cells[name] = cell
            row = Row(int(group[0][0]), cells)
            watch.heed(row)
            file = next(iter(cells.values())).place.file
            yield row
        if file:
            watch.check(file, at_end=True)


def _is_taken(table: TablePlan, row: Row, but: Container[str] = ()) -> Refusal | bool:
    """Whether the map takes a row; a refusal for one of which it says nothing.

    Args:
        table: the table.
        row: the row.
        but: columns that are not looked at.
    """
    for column, wanted in table.form.take.items():
        if column in but:
            continue
        cell = row.cells.get(column)
        raw = "" if cell is None else cell.raw.strip()
        if cell is not None and cell.problem is not None:
            return Refusal(cell.place, cell.shown, cell.problem)
        left = table.form.leave.get(column, ())
        if raw in wanted or (_OTHERS in wanted and raw not in left):
            continue
        if raw in left or _OTHERS in left:
            return False
        text = message(
            "is neither among the rows to take nor among those to leave ({ $wanted })", wanted=", ".join(wanted)
        )
        return Refusal(row.place_of(column), f'"{raw}"', text)
    return True


def _takes_back(table: TablePlan, row: Row) -> bool:
    """Whether a row, taken or left, corrects or takes back an earlier one that the map takes."""
    found = (name in row.cells and row.cells[name].raw.strip() in words for name, words in table.form.replaces.items())
    return any(found) and _is_taken(table, row, table.form.replaces) is True


def _packed(cell: Cell) -> list[Any]:
    place = cell.place
    return [cell.raw, place.file, place.sheet, place.row, place.column, cell.typed, cell.problem]


def _unpacked(packed: list[Any]) -> Cell:
    raw, file, sheet, row, column, typed, problem = packed
    return Cell(raw, Place(file, sheet, row, column), typed, problem)


def _item(table: TablePlan, row: Row, values: list[Value]) -> str:
    """What tells the item apart that a row is of: its key, what its format says, or where it stands."""
    if not table.into:
        return ""
    if table.form.key:
        key = _identity(values, [tuple(name.split(".")) for name in table.form.key])
        if key is not None:
            return key
    if row.identity:
        return json.dumps([table.number, row.identity], ensure_ascii=False)
    place = next(iter(row.cells.values())).place
    return json.dumps([table.number, place.file, place.sheet, row.number], ensure_ascii=False)


def _identity(values: Iterable[Value], names: list[tuple[str, ...]]) -> str | None:
    """What tells an item apart: the values of its key, as JSON; None where one of them is not known."""
    known = {one.path: one.json for one in values if one.json is not None}
    if not names or any(name not in known for name in names):
        return None
    return json.dumps([[".".join(name), known[name]] for name in sorted(names)], ensure_ascii=False)
