"""REDCap's data dictionary beside its data: every choice of a mapped field is a code of the map, and no other is."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import fits
from precise_cal.exchange.errors import ExchangeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from precise_cal.exchange.form import Codes
    from precise_cal.exchange.plan import FieldPlan, Plan

_NAME: Final = "Variable / Field Name"
_TYPE: Final = "Field Type"
_CHOICES: Final = "Choices, Calculations, OR Slider Labels"
_FIXED: Final = {"yesno": ("1", "0"), "truefalse": ("1", "0")}
_CHOSEN: Final = frozenset({"radio", "dropdown", "checkbox"})
_BOX: Final = "___"


def check_dictionaries(plan: Plan, by_source: Mapping[str, Sequence[Path]]) -> None:
    """Hold the codes of the map against the dictionaries that it names.

    Raises:
        ExchangeError: a dictionary is absent, or the codes of a field are others than its choices.
    """
    for name, files in by_source.items():
        wanted = plan.form.sources[name].dictionary
        if wanted is None:
            continue
        found = sorted({one for file in files for one in file.parent.iterdir() if fits(one.name, wanted)})
        if len(found) != 1:
            where = files[0].parent
            raise ExchangeError(
                f"{where}: has {len(found)} files called {wanted}, the dictionary of {name}; expected one"
            )
        problems = list(_problems(plan, name, _choices(found[0])))
        if problems:
            raise ExchangeError("\n".join(f"{found[0].name}: {text}" for text in problems))


def _choices(path: Path) -> dict[str, tuple[str, ...]]:
    """The codes of every field that has choices."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ExchangeError(f"{path}: cannot be read as a dictionary of REDCap: {error}") from None
    if not rows or not {_NAME, _TYPE, _CHOICES} <= rows[0].keys():
        raise ExchangeError(
            f'{path}: is no dictionary of REDCap: it has no columns "{_NAME}", "{_TYPE}" and "{_CHOICES}"'
        )
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        kind = row[_TYPE]
        if kind in _FIXED:
            found[row[_NAME]] = _FIXED[kind]
        elif kind in _CHOSEN:
            found[row[_NAME]] = tuple(one.partition(",")[0].strip() for one in (row[_CHOICES] or "").split("|"))
    return found


def _problems(plan: Plan, source: str, choices: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for table in plan.of_source(source):
        for one in (*table.fields, *table.parent):
            codes = one.source.codes
            if isinstance(codes, dict) and one.source.columns:
                yield from _code_problems(one, codes, choices)
            for column in one.source.boxes:
                name, _, box = column.partition(_BOX)
                if name in choices and box not in choices[name]:
                    yield f'{column}: {name} has no choice "{box}"; it has {", ".join(choices[name])}'


def _code_problems(field: FieldPlan, codes: Codes, choices: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for column in field.source.columns:
        known = choices.get(column, ())
        for code in known:
            if code not in codes and code not in field.missing:
                yield f'{column}: the choice "{code}" has no code in the map'
        for code in codes if known else ():
            if code not in known:
                yield f'{column}: the map has the code "{code}"; the choices are {", ".join(known)}'
