"""Whose a row is, where no column says the participant's number itself: patients of FHIR, numbers of other systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.exchange.cells import Cell, Refusal, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.fhir import REFERENCE
from precise_cal.exchange.rows.reading import read_rows
from precise_cal.language.catalog import Verbatim, message, placed, words_of
from precise_cal.protocol.identifiers import read_identifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from precise_cal.exchange.form import LookUp, NumberList
    from precise_cal.exchange.plan import Plan, TablePlan
    from precise_cal.exchange.spool import Spool

_PATIENT = "Patient"


@dataclass(slots=True)
class Naming:
    """Finds the participant of a row, after all lists were read."""

    plan: Plan
    spool: Spool

    def read(self, by_source: Mapping[str, Sequence[Path]]) -> None:
        """Read who is who.

        Args:
            by_source: the files of each source.

        Raises:
            ExchangeError: a number is listed for two participants.
        """
        for one in self.plan.number_lists:
            for file in by_source[one.source]:
                self._list(one, file)
        ways = {one.look_up.patient for one in self.plan.tables if one.look_up is not None}
        for way in sorted(one for one in ways if one is not None):
            for source, files in by_source.items():
                if self.plan.form.sources[source].format == "fhir":
                    for file in files:
                        self._patients(way, source, file)

    def _list(self, numbers: NumberList, file: Path) -> None:
        for row in read_rows(file, self.plan.form.sources[numbers.source]):
            by, number = row.cells.get(numbers.by), row.cells.get(numbers.number)
            if by is not None and number is not None and not by.is_blank and not number.is_blank:
                self._note(_list_name(numbers), by.raw.strip(), number)

    def _patients(self, way: str, source: str, file: Path) -> None:
        for row in read_rows(file, self.plan.form.sources[source]):
            cell = row.cells.get(way)
            if row.kind == _PATIENT and cell is not None and not cell.is_blank:
                self._note(way, row.cells[REFERENCE].raw, cell)
                if "id" in row.cells:
                    self._note(way, f"{_PATIENT}/{row.cells['id'].raw}", cell)

    def _note(self, way: str, name: str, number: Cell) -> None:
        if number.problem is not None:
            raise ExchangeError(placed(number.place, Verbatim(number.shown) + " " + number.problem))
        before = self.spool.name(way, name, number.raw.strip())
        if before != number.raw.strip():
            raise ExchangeError(
                message(
                    '{ $place }: { $shown } is another number of "{ $name }", which has { $before } too',
                    place=number.place.words,
                    shown=number.shown,
                    name=name,
                    before=before,
                )
            )

    def of_row(self, table: TablePlan, row: Row) -> tuple[str, Cell] | Refusal | None:
        """The number of a row's participant with its cell; None for a row of somebody else, which the map leaves."""
        way = table.look_up
        columns = (str(table.form.participant),) if way is None else way.columns
        parts = []
        for name in columns:
            cell = row.cells.get(name)
            if cell is None or cell.is_blank:
                return Refusal(row.place_of(name), '""', "names no participant")
            if cell.problem is not None:
                return Refusal(cell.place, cell.shown, cell.problem)
            parts.append(cell)
        text = parts[0].raw.strip() if way is None else self._looked_up(way, parts)
        if text is None:
            return None if way is not None and way.others is not None else _unknown(way, parts[0])
        try:
            return read_identifier(text), parts[0]
        except ValueError as error:
            return Refusal(
                parts[0].place,
                parts[0].shown,
                message("as the number of a participant: { $error }", error=words_of(error)),
            )

    def _looked_up(self, way: LookUp, parts: Sequence[Cell]) -> str | None:
        texts = [one.raw.strip() for one in parts]
        if way.join is not None:
            return way.join.join(texts)
        return self.spool.named(way.patient or _list_name(way.listed), texts[0])


def _list_name(numbers: NumberList | None) -> str:
    return "" if numbers is None else f"{numbers.source}: {numbers.by} > {numbers.number}"


def _unknown(way: LookUp | None, cell: Cell) -> Refusal:
    if way is not None and way.listed is not None:
        text = message(
            "stands in no row of { $source }, column { $by }; others: leave leaves such rows",
            source=Verbatim(way.listed.source),
            by=Verbatim(way.listed.by),
        )
        return Refusal(cell.place, cell.shown, text)
    patient = "" if way is None else way.patient
    return Refusal(
        cell.place, cell.shown, message("refers to no patient of these files that has { $patient }", patient=patient)
    )
