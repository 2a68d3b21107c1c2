"""The form as a data dictionary of REDCap: an instrument for each table, those of lists repeating.

REDCap cannot nest instruments: an item within an item names the outer one in a field of its own. Days and moments are
text, for REDCap's own kinds know no day that is known in part.
"""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.crf.form import LABELS, UNKNOWN
from precise_cal.exchange.crf.workbook_checks import how
from precise_cal.exchange.form_map import Dialect, map_of
from precise_cal.exchange.forms import NONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.exchange.crf.form import Choice, Form, FormSheet, Question
    from precise_cal.exchange.forms import FormColumn, FormTable
    from precise_cal.language.wording import Language

ID: Final = "record_id"
_REPEAT: Final = "redcap_repeat_instrument"
_HEAD: Final = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
_VALIDATION: Final = {"decimal": "number", "quantity": "number", "integer": "integer"}
_BOOLEAN: Final = {"true": "1", "false": "0"}


def dictionary(form: Form, language: Language) -> str:
    """The data dictionary, as REDCap reads it."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEAD)
    for sheet in form.sheets:
        for asked in sheet.questions:
            if asked.column.field is None and sheet.table.into:
                continue
            writer.writerow(_row(form, sheet, asked, language))
    return out.getvalue()


def _row(form: Form, sheet: FormSheet, asked: Question, language: Language) -> list[str]:
    say, column = form.catalog(language), asked.column
    boxes = _has_boxes(column)
    kind = "checkbox" if boxes else "dropdown" if _is_chosen(asked) else "text"
    end = (NONE, say(LABELS[NONE])) if boxes else (UNKNOWN, say(UNKNOWN))
    chosen = [(_code(asked, one), one.label(language)) for one in asked.choices]
    choices = " | ".join(f"{code}, {label}" for code, label in [*chosen, end]) if kind != "text" else ""
    low, high = asked.range
    valid = _VALIDATION.get(column.kind, "")
    bounds = [low or "", high or ""] if valid else ["", ""]
    note = say(how(asked)) if kind == "text" else ""
    first = ["", kind, asked.label(language), choices, note, valid, *bounds, "", "", "", "", "", "", "", ""]
    return [_name(asked), sheet.code, *first]


def _name(asked: Question) -> str:
    return ID if asked.column.field is None else asked.code


def _is_chosen(asked: Question) -> bool:
    return bool(asked.choices) and (not asked.column.is_list or asked.column.kind == "rows")


def _has_boxes(column: FormColumn) -> bool:
    return column.is_list and column.kind == "words"


def _code(asked: Question, choice: Choice) -> str:
    """The code of a choice: its word, where REDCap takes it as one."""
    if asked.column.kind == "boolean":
        return _BOOLEAN[choice.word]
    plain = re.fullmatch("[A-Za-z0-9_]+", choice.word) is not None
    return choice.word if plain else f"c{asked.choices.index(choice) + 1}"


def redcap_map(form: Form) -> dict[str, Any]:
    """The map that reads the project's data, exported as raw CSV."""

    def name(table: FormTable, column: FormColumn) -> str:
        return _name(form.sheet(table).of(column))

    def codes(table: FormTable, column: FormColumn) -> Mapping[str, Any] | str:
        asked = form.sheet(table).of(column)
        return {_code(asked, one): one.value for one in asked.choices} or "as_is"

    def rows(table: FormTable) -> Mapping[str, Any]:
        code = form.sheet(table).code if table.into else ""
        return {"take": {_REPEAT: [code]}, "leave": {_REPEAT: ["*"]}}

    def boxes(table: FormTable, column: FormColumn) -> Mapping[str, str]:
        if not _has_boxes(column):
            return {}
        asked = form.sheet(table).of(column)
        named = {one.word: f"{asked.code}___{_code(asked, one).lower()}" for one in asked.choices}
        return {**named, NONE: f"{asked.code}___{NONE}"}

    source = {
        "files": ["*DATA*.csv", "data*.csv"],
        "format": "csv",
        "encoding": "utf-8",
        "delimiter": ",",
        "zone": form.zone,
        "missing": {UNKNOWN: UNKNOWN},
        "ignore": ["redcap_*", "*_complete", "*_timestamp"],
    }
    dialect = Dialect(column=name, codes=codes, rows=rows, boxes=boxes, moments=("iso", "yyyy-M-d H:mm"))
    return map_of(form.tables, {"project": source}, form.stated, dialect, lambda _: "project")
