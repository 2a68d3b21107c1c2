"""Analysis datasets from rows: their variables with labels, and dates as SAS counts them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.reports.sdtm.dataset import Dataset, Note, Row, Value, Variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GUIDE: Final = "ADaMIG 1.3"
Form = tuple[str, str, Literal["text", "integer", "float", "date"], Note]
"""A variable: its name, label and type, and where it comes from."""
_DAY: Final = 10


def analysis(
    name: str, label: str, structure: str, kind: str, form: Sequence[Form], rows: Iterable[Row], keys: Sequence[str]
) -> Dataset:
    """An analysis dataset, sorted by its keys."""
    variables = tuple(
        Variable(
            one, told, type_, "", "Req" if one in keys else "Perm", (), keys.index(one) + 1 if one in keys else 0, note
        )
        for one, told, type_, note in form
    )
    ordered = sorted(rows, key=lambda row: tuple(str(row.get(key) or "") for key in keys))
    values = tuple(tuple(_held(row.get(one.name), one) for one in variables) for row in ordered)
    return Dataset(name, label, structure, kind, GUIDE, variables, values)


def _held(value: Value, variable: Variable) -> Value:
    return "" if value is None and variable.type == "text" else value


def day_of(moment: Value) -> str | None:
    """The calendar day of a moment as SDTM writes it; none where it is not complete."""
    text = str(moment or "")[:_DAY]
    return text if len(text) == _DAY else None


def days_between(start: str, end: str) -> int:
    """Days from one calendar day to another."""
    return (datetime.date.fromisoformat(end) - datetime.date.fromisoformat(start)).days


def taken(source: str) -> Note:
    """A variable that is one of SDTM."""
    return Note("Predecessor", source)


def derived(method: str) -> Note:
    """A variable that is computed."""
    return Note("Derived", method)
