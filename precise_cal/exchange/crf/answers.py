"""Answers to a form as a record: they are read by the map of the form, like any other export."""

from __future__ import annotations

import csv
import json
import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.cells import Cell, Place, Refusal
from precise_cal.exchange.convert import convert
from precise_cal.exchange.crf.form import UNKNOWN
from precise_cal.exchange.crf.workbook import as_rows, dialect_of
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.form import MapForm
from precise_cal.exchange.form_map import map_of
from precise_cal.exchange.plan import make_plan
from precise_cal.exchange.run import Import
from precise_cal.language.catalog import message
from precise_cal.protocol.from_json import HOUSE_KEYS
from precise_cal.protocol.pointer import pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.exchange.crf.form import Form, Question
    from precise_cal.exchange.forms import FormTable
    from precise_cal.exchange.plan import FieldPlan
    from precise_cal.language.wording import Language
    from precise_cal.protocol.from_json import RecordReader

Answers = dict[str, list[dict[str, str]]]
"""By table, rows of texts by the names of columns."""
_PLACE: Final = Place("", "", 0, "")


class AnswerReader:
    """Reads answers in a language.

    Args:
        form: what was asked.
        reader: of the trial's records.
        language: of the choices.
    """

    def __init__(self, form: Form, reader: RecordReader, language: Language) -> None:
        self.form, self.language = form, language
        self._reader = reader
        source = {
            "format": "csv",
            "encoding": "utf-8",
            "delimiter": ",",
            "zone": form.zone,
            "missing": {form.catalog(language)(UNKNOWN): UNKNOWN},
            "may_be_empty": True,
        }
        sources = {one.table.name: {**source, "files": f"{one.code}.csv"} for one in form.sheets}
        document = map_of(form.tables, sources, form.stated, dialect_of(form, language))
        plan, problems = make_plan(MapForm.model_validate(document), reader.schema)
        if plan is None:
            raise ExchangeError("\n".join(text for _, text in problems))
        self._plan = plan
        self._fields = {
            (table.source, column): field
            for table in plan.tables
            for field in (*table.fields, *table.parent)
            for column in field.source.columns
        }

    def problem(self, table: FormTable, asked: Question, text: str) -> str | None:
        """Why a text is no answer to a question; None where it is one."""
        field: FieldPlan | None = self._fields.get((table.name, asked.column.name))
        if field is None:
            return None
        found = convert(field, {asked.column.name: Cell(text, _PLACE)})
        return f"{found.value} {found.text}" if isinstance(found, Refusal) else None

    def record(self, answers: Answers) -> tuple[dict[str, Any] | None, list[str]]:
        """The record that answers make, or None with what is wrong."""
        with tempfile.TemporaryDirectory(prefix="precise-new-") as name:
            folder, files = Path(name), []
            for sheet in self.form.sheets:
                files.append(folder / f"{sheet.code}.csv")
                with files[-1].open("w", encoding="utf-8", newline="") as file:
                    columns = [one.column.name for one in sheet.questions]
                    writer = csv.DictWriter(file, columns, restval="")
                    writer.writeheader()
                    writer.writerows(answers.get(sheet.table.name, ()))
            job, out = Import(self._plan, self._reader, files), BytesIO()
            job.run(out, None)
        problems = [f"{one.value} {one.text}" for one in job.counts.refusals]
        lines = out.getvalue().splitlines()
        return (json.loads(lines[0]) if lines and not problems else None), problems

    def known_of(self, record: Mapping[str, Any]) -> Answers:
        """As much of a record as the form has a place for, as answers."""
        return as_rows(self.form, self.language, record, self._plan.subject)

    def answers_of(self, record: Mapping[str, Any]) -> Answers:
        """A record as answers.

        Raises:
            ExchangeError: the form has no place for some of its values.
        """
        answers = self.known_of(record)
        again, problems = self.record(answers)
        lost = problems or sorted({*_leaves(record, ())} - {*_leaves(again or {}, ())})
        if lost:
            raise ExchangeError(
                message("the form has no place for { $lost }; change the file itself", lost=", ".join(lost[:8]))
            )
        return answers


def _leaves(value: Any, place: tuple[str | int, ...]) -> Iterator[str]:
    """The pointers of all that a record says, apart from what is unknown."""
    if value is None or value == UNKNOWN:
        return
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*place, name)) if name not in HOUSE_KEYS else ()
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*place, number))
    elif not isinstance(value, dict):
        yield pointer_of(place)
