"""REDCap's data dictionary beside its data: every choice of a mapped field is a code of the map, and no other is."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import fits
from precise_cal.exchange.errors import ExchangeError
from precise_cal.language.catalog import Verbatim, lines_of, message, placed, words_of

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
                message(
                    "{ $where }: has { $count } files called { $wanted }, the dictionary of { $name }; expected one",
                    where=where,
                    count=len(found),
                    wanted=wanted,
                    name=Verbatim(name),
                )
            )
        problems = list(_problems(plan, name, _choices(found[0])))
        if problems:
            raise ExchangeError(lines_of(placed(found[0].name, text) for text in problems))


def _choices(path: Path) -> dict[str, tuple[str, ...]]:
    """The codes of every field that has choices."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ExchangeError(
            message(
                "{ $path }: cannot be read as a dictionary of REDCap: { $error }",
                path=Verbatim(path),
                error=words_of(error),
            )
        ) from None
    if not rows or not {_NAME, _TYPE, _CHOICES} <= rows[0].keys():
        raise ExchangeError(
            message(
                '{ $path }: is no dictionary of REDCap: it has no columns "{ $name }", "{ $type }" and "{ $choices }"',
                path=Verbatim(path),
                name=_NAME,
                type=_TYPE,
                choices=_CHOICES,
            )
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
                    yield message(
                        '{ $column }: { $name } has no choice "{ $box }"; it has { $choices }',
                        column=Verbatim(column),
                        name=Verbatim(name),
                        box=box,
                        choices=", ".join(choices[name]),
                    )


def _code_problems(field: FieldPlan, codes: Codes, choices: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for column in field.source.columns:
        known = choices.get(column, ())
        for code in known:
            if code not in codes and code not in field.missing:
                yield message(
                    '{ $column }: the choice "{ $code }" has no code in the map', column=Verbatim(column), code=code
                )
        for code in codes if known else ():
            if code not in known:
                yield message(
                    '{ $column }: the map has the code "{ $code }"; the choices are { $known }',
                    column=Verbatim(column),
                    code=code,
                    known=Verbatim(", ".join(known)),
                )
