"""Datasets as SAS transport files have them: ASCII, at most 200 bytes a value; what is longer goes on elsewhere."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from precise_cal.reports.sdtm.dataset import SAS_DATE, Dataset, Row, Variable, dataset
from precise_cal.reports.sdtm.deviations import SUPPLEMENTAL_KEYS
from precise_cal.reports.sdtm.text import LABEL, MOST, ascii_text, pieces, shortened
from precise_cal.reports.sdtm.xport import Column, xport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.reports.sdtm.dataset import Value

_CODE: Final = 8
"""Characters of the name of a variable or qualifier."""
_ELSEWHERE: Final = "see define.xml"
_CUT: Final = ("IETEST", "USUBJID", "SUBJID")
"""What is cut: the words of a criterion stand whole in the description, an identifier in the other format."""


def transportable(made: Mapping[str, Dataset]) -> dict[str, Dataset]:
    """The datasets with every value as a transport file can hold it; supplemental datasets take what is too long."""
    kept: dict[str, Dataset] = {}
    rest: dict[str, list[Row]] = {}
    for name, one in made.items():
        if name.startswith("SUPP"):
            rest.setdefault(name, []).extend(row for each in one.records for row in _qualifier(each))
        elif name == "TS":
            kept[name] = _widened(one, "TSVAL")
        else:
            kept[name] = replace(one, rows=tuple(_shown(one, row) for row in one.rows))
            if not name.startswith("AD"):
                rest.setdefault(f"SUPP{name}", []).extend(_rest(one))
    for name, rows in rest.items():
        if rows:
            one = dataset(name, rows, SUPPLEMENTAL_KEYS)
            kept[name] = replace(one, rows=tuple(_shown(one, row) for row in one.rows))
    return kept


def _shown(one: Dataset, row: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(_first(variable, value) for variable, value in zip(one.variables, row, strict=True))


def _first(variable: Variable, value: Value) -> Value:
    if not isinstance(value, str) or len(ascii_text(value)) <= MOST:
        return value
    if variable.name in _CUT:
        return shortened(value)
    return _ELSEWHERE if variable.name == "TIRL" else pieces(value)[0]


def _rest(one: Dataset) -> Iterator[Row]:
    """Of values that are too long, the further pieces, as qualifiers of their record."""
    sequence = f"{one.name}SEQ"
    if not any(variable.name == sequence for variable in one.variables):
        return
    for row in one.records:
        for variable in one.variables:
            value = row[variable.name]
            if isinstance(value, str) and variable.name not in _CUT:
                for number, piece in enumerate(pieces(value)[1:], start=1):
                    yield {
                        "STUDYID": row["STUDYID"],
                        "RDOMAIN": one.name,
                        "USUBJID": row.get("USUBJID"),
                        "IDVAR": sequence,
                        "IDVARVAL": str(row[sequence]),
                        "QNAM": _numbered(variable.name, number),
                        "QLABEL": _continued(variable.label, number),
                        "QVAL": piece,
                        "QORIG": variable.note.origin,
                        "QEVAL": "",
                    }


def _qualifier(row: Mapping[str, Value]) -> Iterator[Row]:
    first, *others = pieces(str(row["QVAL"]))
    yield {**row, "QVAL": first}
    for number, piece in enumerate(others, start=1):
        more = {"QNAM": _numbered(str(row["QNAM"]), number), "QLABEL": _continued(str(row["QLABEL"]), number)}
        yield {**row, **more, "QVAL": piece}


def _numbered(name: str, number: int) -> str:
    return f"{name[: _CODE - len(str(number))]}{number}"


def _continued(label: str, number: int) -> str:
    told = f", part {number + 1}"
    return f"{label[: LABEL - len(told)]}{told}"


def _widened(one: Dataset, name: str) -> Dataset:
    """The dataset with as many further variables (TSVAL1 …) as the longest value needs."""
    place = [variable.name for variable in one.variables].index(name)
    parted = [pieces(str(row[place] or "")) for row in one.rows]
    more = max(map(len, parted), default=1) - 1
    variable = one.variables[place]
    further = tuple(
        replace(variable, name=f"{name}{number}", label=f"{variable.label} {number}", core="Perm")
        for number in range(1, more + 1)
    )
    rows = tuple(
        (*row[:place], *found, *[""] * (more + 1 - len(found)), *row[place + 1 :])
        for row, found in zip(one.rows, parted, strict=True)
    )
    return replace(one, variables=(*one.variables[: place + 1], *further, *one.variables[place + 1 :]), rows=rows)


_EPOCH: Final = datetime.date(1960, 1, 1)


def _sas_day(text: str) -> int:
    return (datetime.date.fromisoformat(text) - _EPOCH).days


def as_xpt(one: Dataset) -> bytes:
    """A SAS transport file, version 5, of a dataset that is transportable."""
    columns = [_column(variable, [row[place] for row in one.rows]) for place, variable in enumerate(one.variables)]
    return xport(one.name, one.label[:LABEL], columns)


def _column(variable: Variable, values: Sequence[Value]) -> Column:
    label = variable.label[:LABEL]
    if variable.type == "text":
        return Column(variable.name, label, [ascii_text(str(value)) for value in values], is_text=True)
    if variable.type == "date":
        days = [None if value is None else _sas_day(str(value)) for value in values]
        return Column(variable.name, label, days, is_text=False, format=SAS_DATE)
    numbers = [None if value is None else float(value) for value in values]
    return Column(variable.name, label, numbers, is_text=False)
