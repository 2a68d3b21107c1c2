"""A record in the rows of a form, to be completed or corrected there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.exchange.forms import NONE, SEPARATOR, SOME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from precise_cal.exchange.crf.form import Form, Question
    from precise_cal.exchange.forms import FormTable

    Row = dict[str, str]


def filled(
    form: Form, record: Mapping[str, Any], participant: str, word: Callable[[Question, str], str]
) -> dict[str, list[Row]]:
    """The rows of each table that a record fills.

    Args:
        form: the form.
        record: as JSON.
        participant: the field that has the participant's number.
        word: what a word of the record is called in the form.
    """
    rows: dict[str, list[Row]] = {}
    for sheet in form.sheets:
        found = rows.setdefault(sheet.table.name, [])
        for holders in _items(record, sheet.table):
            texts = {one.column.name: _text(one, holders, word) for one in sheet.questions[1:]}
            if not sheet.table.into or any(texts.values()):
                found.append({sheet.questions[0].column.name: str(record.get(participant) or ""), **texts})
    return rows


def _items(record: Mapping[str, Any], table: FormTable) -> Iterator[tuple[Any, ...]]:
    """Every item of a list, behind those that it stands in; the record itself for the first table."""
    found: list[tuple[Any, ...]] = [(record,)]
    for name in table.into:
        step: list[tuple[Any, ...]] = []
        for one in found:
            value = one[-1].get(name)
            if isinstance(value, list):
                step += [(*one, item) for item in value]
            elif value is not None:
                step.append((*one[:-1], value))
        found = step
    return iter(found)


def _text(asked: Question, holders: tuple[Any, ...], word: Callable[[Question, str], str]) -> str:
    column = asked.column
    path = [column.name.rpartition(".")[2]] if column.of_parent else column.path.split(".")
    value = holders[-2] if column.of_parent else holders[-1]
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = value.get("unit" if column.of_unit else "value")
    elif column.of_unit:
        value = None
    if value is None:
        return ""
    if column.kind == "rows":
        return word(asked, SOME if value else NONE)
    if isinstance(value, list):
        return SEPARATOR.join(word(asked, str(one)) for one in value) if value else word(asked, NONE)
    return word(asked, str(value).lower() if isinstance(value, bool) else str(value))
