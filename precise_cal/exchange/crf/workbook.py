"""The form as a workbook: a sheet for each table, linked by the participant's number and by what the site calls things.

Every cell is text, so that 0.80 stays 0.80, 001 stays 001, and a day stays as it was typed; what may stand in a cell is
checked while it is typed. Row 1 asks, row 2 says how to answer, row 3 has the names by which the map knows columns.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.crf.fill import filled
from precise_cal.exchange.crf.form import LABELS, UNKNOWN
from precise_cal.exchange.crf.workbook_checks import HEADER, TEXT, Checks, how
from precise_cal.exchange.form_map import Dialect, map_of
from precise_cal.exchange.forms import NONE, SOME
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.exchange.crf.form import Choice, Form, FormSheet, Question
    from precise_cal.exchange.forms import FormColumn, FormTable
    from precise_cal.language.wording import Language

_WIDTH: Final = 24
_NAME: Final = 31
"""Characters of the name of a sheet."""
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\']")
_DAYS: Final = ("iso", "yyyy-M-d", "yyyy/M/d", "yyyy年M月d日", "yyyy/M", "yyyy年M月")
_MOMENTS: Final = ("yyyy-M-d H:mm", "yyyy/M/d H:mm", "yyyy年M月d日 H:mm")


def sheet_names(form: Form, language: Language) -> dict[str, str]:
    """What the sheet of each table is called."""
    names: dict[str, str] = {}
    for one in form.sheets:
        short = _FORBIDDEN.sub(" ", one.label(language))[:_NAME].strip()
        taken = {name.lower() for name in names.values()}
        number = 2
        name = short
        while name.lower() in taken:
            name, number = f"{short[: _NAME - 3]} {number}", number + 1
        names[one.table.name] = name
    return names


def dialect_of(form: Form, language: Language) -> Dialect:
    """What stands in the cells: labels in the language of the form."""

    def codes(table: FormTable, column: FormColumn) -> Mapping[str, Any] | str:
        choices = form.sheet(table).of(column).choices
        return codes_of(choices, language) if choices and column.kind != "unit" else "as_is"

    none, some = list_labels(form, language)
    return Dialect(codes=codes, moments=(*_DAYS, *_MOMENTS), none=none, some=some)


def codes_of(choices: Sequence[Choice], language: Language) -> dict[str, Any]:
    """What each label is in the record."""
    return {one.label(language): one.value for one in choices}


def list_labels(form: Form, language: Language) -> tuple[str, str]:
    """What says of a list that it is empty, and that its own sheet has its items."""
    say = form.catalog(language)
    return say(LABELS[NONE]), say(LABELS[SOME])


def workbook_map(form: Form, language: Language, file: str) -> dict[str, Any]:
    """The map that reads the filled workbook."""
    names = sheet_names(form, language)
    missing = {form.catalog(language)(UNKNOWN): UNKNOWN}
    about = {"files": file, "format": "xlsx", "header": HEADER, "zone": form.zone, "missing": missing}
    sources = {one.table.name: {**about, "sheet": names[one.table.name]} for one in form.sheets}
    for one in form.sheets[1:]:
        sources[one.table.name]["may_be_empty"] = True
    return map_of(form.tables, sources, form.stated, dialect_of(form, language))


def workbook(form: Form, language: Language, rows: Mapping[str, Sequence[Mapping[str, str]]] | None = None) -> bytes:
    """The workbook.

    Args:
        form: what is asked.
        language: of questions and choices.
        rows: by table, what is filled in already: the text of each column by its name.
    """
    from openpyxl import Workbook

    book = Workbook()
    guide = book.active
    assert guide is not None
    _guide(guide, form, language)
    names = sheet_names(form, language)
    checks = Checks(form, language, names, book.create_sheet(form.catalog(language)("Choices")))
    for number, sheet in enumerate(form.sheets):
        page = book.create_sheet(names[sheet.table.name], index=number + 1)
        _page(page, sheet, form, language)
        _fill(page, sheet, (rows or {}).get(sheet.table.name, ()))
        for place, asked in enumerate(sheet.questions, 1):
            checks.add(page, place, asked)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _guide(page: Any, form: Form, language: Language) -> None:
    say = form.catalog(language)
    page.title = say("How to fill in")
    page.column_dimensions["A"].width = 110
    lines = (
        message("{ $study }: { $title }", study=form.study, title=form.title),
        "The first sheet has a row for each participant; the others have one for each item, such as a result.",
        "Leave empty what has not been asked yet; choose unknown where nobody can know it. Neither is taken for no.",
        message("Moments are written as 2026-03-09 14:05; without an offset they are at { $zone }.", zone=form.zone),
        "Days may be known in part: 1956-05, or 1956.",
        "Numbers are written as they were reported: 0.80 is not 0.8.",
        "Rows 1 to 3 of each sheet, and the names of sheets, stay as they are: the import map knows them.",
    )
    for line in lines:
        page.append([say(line)])
    _wrapped(page, 1, len(lines))


def _wrapped(page: Any, first: int, last: int) -> None:
    from openpyxl.styles import Alignment

    for row in page.iter_rows(min_row=first, max_row=last):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _page(page: Any, sheet: FormSheet, form: Form, language: Language) -> None:
    from openpyxl.styles import Font, PatternFill

    say = form.catalog(language)
    page.append([one.label(language) for one in sheet.questions])
    page.append([say(how(one)) for one in sheet.questions])
    page.append([one.column.name for one in sheet.questions])
    _wrapped(page, 1, HEADER - 1)
    for cell in page[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7F0")
    for row in (2, HEADER):
        for cell in page[row]:
            cell.font = Font(color="666666", size=9)
    page.freeze_panes = f"B{HEADER + 1}"


def _fill(page: Any, sheet: FormSheet, rows: Sequence[Mapping[str, str]]) -> None:
    """What is known already, as text; empty cells below it are text too, in whatever program they are typed."""
    from openpyxl.utils import get_column_letter

    for place, asked in enumerate(sheet.questions, 1):
        page.column_dimensions[get_column_letter(place)].number_format = TEXT
        page.column_dimensions[get_column_letter(place)].width = _WIDTH
        for number, row in enumerate(rows, HEADER + 1):
            cell = page.cell(number, place, row.get(asked.column.name) or None)
            cell.number_format, cell.data_type = TEXT, "s"


def as_rows(
    form: Form, language: Language, record: Mapping[str, Any], participant: str
) -> dict[str, list[dict[str, str]]]:
    """A record in the rows of the workbook.

    Args:
        form: what is asked.
        language: of the choices.
        record: as JSON.
        participant: the field that has the participant's number.
    """
    none, some = list_labels(form, language)
    of_lists = {NONE: none, SOME: some}

    def word(asked: Question, value: str) -> str:
        if value == UNKNOWN:
            return form.catalog(language)(UNKNOWN)
        labels = {one.word: one.label(language) for one in asked.choices}
        return labels.get(value) or (of_lists.get(value, value) if asked.column.is_list else value)

    return filled(form, record, participant, word)
