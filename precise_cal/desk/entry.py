"""The form of the gate: only what its rules read, made from the trial's record; answers to it, and records, as one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from precise_cal.desk.errors import DeskError
from precise_cal.desk.numbers import number_of
from precise_cal.desk.trial import Held, Trial
from precise_cal.exchange.crf.answers import AnswerReader
from precise_cal.exchange.crf.form import LABELS, UNKNOWN, form_of
from precise_cal.exchange.crf.needed import gate_fields
from precise_cal.exchange.crf.workbook import list_labels
from precise_cal.exchange.crf.workbook_checks import how
from precise_cal.exchange.forms import NONE
from precise_cal.protocol.pointer import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.desk.origins import Traced
    from precise_cal.exchange.crf.answers import Answers
    from precise_cal.exchange.crf.form import Form, FormSheet, Question
    from precise_cal.language.wording import Language

_MARK = ":"


@dataclass(frozen=True, slots=True)
class Field:
    """An input of the page."""

    name: str
    """``table:row:column``."""
    label: str
    hint: str
    options: tuple[str, ...]
    """What may be chosen; empty where text is typed."""
    value: str
    unit: str | None
    traced: Traced | None
    """Where the value comes from, where that is known."""


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs that stand together: what a participant has once, or an item of a list."""

    legend: str
    number: int | None
    is_new: bool
    """Whether it is an item that is not there yet."""
    fields: tuple[Field, ...]


def reader_of(trial: Trial, language: Language) -> AnswerReader:
    """Reads answers to the gate's form in a language."""
    return _reader(trial.book.sha256, language, Held(trial))


@cache
def _reader(_sha256: str, language: Language, held: Held) -> AnswerReader:
    book = held.trial.book
    return AnswerReader(form_of(book, fields=_asked(held.trial)), book.records, language)


def _asked(trial: Trial) -> frozenset[tuple[str, ...]]:
    """What the gate reads, but when somebody was randomized: that is known here."""
    enrolled = trial.book.schema.role_path("enrolled_at") or ()
    return gate_fields(trial.book) - {enrolled[:length] for length in range(1, len(enrolled) + 1)}


def groups(trial: Trial, language: Language, answers: Answers, origins: Mapping[str, Traced]) -> list[Group]:
    """The inputs of the page, filled with what is known; of every list one item more than there are.

    Args:
        trial: whose records.
        language: of the page.
        answers: what is known.
        origins: where values come from, by the name of their input.
    """
    reader = reader_of(trial, language)
    subject, site = _name(reader.form, trial, "participant"), _name(reader.form, trial, "site")
    found: list[Group] = []
    for sheet in reader.form.sheets:
        rows = answers.get(sheet.table.name) or []
        for number, row in enumerate(rows or [{}] if sheet.table.into == () else [*rows, {}]):
            fields = tuple(_fields(reader, sheet, number, row, {subject, site}, origins))
            is_list = sheet.table.into != ()
            is_new = is_list and number == len(rows)
            found.append(Group(sheet.label(language), number + 1 if is_list else None, is_new, fields))
    return found


def _name(form: Form, trial: Trial, role: str) -> str:
    path = trial.book.schema.role_path(role)
    return ".".join(path) if path and role != "participant" else form.sheets[0].questions[0].column.name


def _fields(
    reader: AnswerReader,
    sheet: FormSheet,
    number: int,
    row: Mapping[str, str],
    left_out: set[str],
    origins: Mapping[str, Traced],
) -> Iterator[Field]:
    say = reader.form.catalog(reader.language)
    for asked in sheet.questions:
        column = asked.column
        if column.name in left_out or (column.kind == "unit" and len(asked.choices) == 1):
            continue
        labels = [one.label(reader.language) for one in asked.choices]
        if column.kind == "rows":
            labels = [list_labels(reader.form, reader.language)[0]]
        is_several = column.is_list and column.kind != "rows"
        options = () if is_several or not labels else ("", *labels, say(UNKNOWN))
        value = row.get(column.name, "")
        if value == list_labels(reader.form, reader.language)[1]:
            value = ""
        name = _MARK.join((sheet.table.name, str(number), column.name))
        yield Field(
            name=name,
            label=asked.label(reader.language),
            hint="" if options else say(how(asked)),
            options=options,
            value=value,
            unit=_unit(sheet, asked),
            traced=origins.get(name),
        )


def _unit(sheet: FormSheet, asked: Question) -> str | None:
    """The one unit of a number, as it is written beside it."""
    name = f"{asked.column.name} unit" if asked.column.kind == "quantity" else "unit"
    if asked.column.kind not in ("quantity", "decimal"):
        return None
    for one in sheet.questions:
        if one.column.name == name and one.column.kind == "unit" and len(one.choices) == 1:
            return one.choices[0].word
    return None


def answers_of(trial: Trial, language: Language, posted: Mapping[str, str], subject_id: str, site: str) -> Answers:
    """What was typed, with the participant, the site and the units that stand beside the numbers."""
    form = reader_of(trial, language).form
    answers: Answers = {}
    for sheet in form.sheets:
        rows: dict[int, dict[str, str]] = {}
        for name, value in posted.items():
            table, number, column = name.split(_MARK, 2)
            row_number = number_of(number)
            if table == sheet.table.name and row_number is not None and value.strip():
                if column not in {asked.column.name for asked in sheet.questions}:
                    raise DeskError("The form has no such input.")
                rows.setdefault(row_number, {})[column] = value.strip()
        answers[sheet.table.name] = [_with_units(sheet, row) for _, row in sorted(rows.items())]
    first = answers[form.sheets[0].table.name] or [{}]
    first[0][_name(form, trial, "site")] = site
    answers[form.sheets[0].table.name] = first
    for sheet in form.sheets:
        who = sheet.questions[0].column.name
        for row in answers[sheet.table.name]:
            row[who] = subject_id
    _say_of_lists(form, language, answers)
    return answers


def _with_units(sheet: FormSheet, row: dict[str, str]) -> dict[str, str]:
    units = {asked.column.name: _unit(sheet, asked) for asked in sheet.questions}
    for name, unit in units.items():
        if unit and row.get(name):
            kind = next(one.column.kind for one in sheet.questions if one.column.name == name)
            row[f"{name} unit" if kind == "quantity" else "unit"] = unit
    return row


def _say_of_lists(form: Form, language: Language, answers: Answers) -> None:
    """A list that has items says so; one of which nothing was said stays unknown."""
    none, some = list_labels(form, language)
    for sheet in form.sheets[1:]:
        rows = answers[sheet.table.name]
        above = next((one for one in form.sheets if one.table.into and _is_in(sheet, one)), form.sheets[0])
        column = ".".join(sheet.table.into[len(above.table.into) :])
        parent = next((one.column.name for one in sheet.questions if one.column.of_parent), None)
        for row in answers[above.table.name]:
            own = [one for one in rows if parent is None or one.get(parent) == row.get(above.table.key or "")]
            if own and row.get(column) != none:
                row[column] = some


def _is_in(sheet: FormSheet, other: FormSheet) -> bool:
    into = other.table.into
    return sheet.table.into != into and sheet.table.into[: len(into)] == into


def record_of(
    trial: Trial, language: Language, posted: Mapping[str, str], subject_id: str, site: str, base: bytes | None
) -> bytes:
    """The record that was typed, laid over one that was read from a file.

    Args:
        trial: whose records.
        language: in which was answered.
        posted: what the page sent.
        subject_id: the participant.
        site: of the user.
        base: the record of a file; what the form does not ask stays as it is there.

    Raises:
        DeskError: an answer is none.
    """
    answers = answers_of(trial, language, posted, subject_id, site)
    with trial.judging:
        record, problems = reader_of(trial, language).record(answers)
    if record is None:
        raise DeskError("\n".join(problems) or "no participant was named")
    if base is None:
        return _bytes(record)
    return _bytes(_laid_over(json.loads(base, parse_float=str), record))


def _bytes(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=False, indent=1).encode()


def _laid_over(below: Any, above: Any) -> Any:
    """What is said above, and beside it what only stands below; items of lists by their place."""
    if isinstance(below, dict) and isinstance(above, dict):
        names = [*below, *(name for name in above if name not in below)]
        return {
            name: _laid_over(below[name], above[name]) if name in below and name in above else (above | below)[name]
            for name in names
        }
    if isinstance(below, list) and isinstance(above, list) and all(isinstance(one, dict) for one in above):
        rest = below[len(above) :] if len(below) > len(above) else above[len(below) :]
        return [_laid_over(old, new) for old, new in zip(below, above, strict=False)] + rest
    return above


def known_of(trial: Trial, language: Language, record: bytes) -> Answers:
    """As much of a record as the form asks for."""
    return reader_of(trial, language).known_of(json.loads(record, parse_float=str))


def field_at(trial: Trial, pointer: str, language: Language, record: bytes) -> str | None:
    """The input for a place of a record."""
    document = json.loads(record, parse_float=str)
    steps = steps_of(pointer)
    names, numbers = [one for one in steps if not one.isdecimal()], [one for one in steps if one.isdecimal()]
    for sheet in sorted(reader_of(trial, language).form.sheets, key=lambda one: -len(one.table.into)):
        into = sheet.table.into
        if tuple(names[: len(into)]) != into:
            continue
        rest = ".".join(names[len(into) :])
        items = [*_items(document, into, ())]
        found = next((number for number, item in enumerate(items) if item == steps[: len(item)]), None)
        number = numbers[-1] if found is None and into and numbers else str(found or 0)
        for asked in sheet.questions:
            if rest and (asked.column.name == rest or rest.startswith(f"{asked.column.name}.")
                         or asked.column.name.startswith(f"{rest}.")):  # fmt: skip
                return _MARK.join((sheet.table.name, number, asked.column.name))
    return None


def _items(value: Any, into: tuple[str, ...], here: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The places of the items of a table, in the order of its rows."""
    if not into:
        yield here
        return
    inner = value.get(into[0]) if isinstance(value, dict) else None
    if isinstance(inner, list):
        for number, one in enumerate(inner):
            yield from _items(one, into[1:], (*here, into[0], str(number)))
    elif inner is not None:
        yield from _items(inner, into[1:], (*here, into[0]))


def choices_at(trial: Trial, language: Language, name: str) -> tuple[str, ...]:
    """What may be chosen at an input, unknown among it; empty where text is typed."""
    reader = reader_of(trial, language)
    table, _, column = name.split(_MARK, 2)
    sheet = next(one for one in reader.form.sheets if one.table.name == table)
    found = next(one for one in _fields(reader, sheet, 0, {}, set(), {}) if one.name.endswith(f"{_MARK}{column}"))
    return found.options[1:]


def inputs_of(answers: Answers) -> dict[str, str]:
    """Answers as a page sends them, by the names of their inputs."""
    return {
        _MARK.join((table, str(number), column)): value
        for table, rows in answers.items()
        for number, row in enumerate(rows)
        for column, value in row.items()
    }


def unknown(language: Language, trial: Trial) -> str:
    """The choice that nobody knows."""
    return reader_of(trial, language).form.catalog(language)(UNKNOWN)


def none_label(language: Language, trial: Trial) -> str:
    """What says that a list has no items."""
    return reader_of(trial, language).form.catalog(language)(LABELS[NONE])
