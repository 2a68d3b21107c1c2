"""Datasets that a trial takes from its records, as its report.yaml declares; what follows from a value is added."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.sdtm import datasets, test_of
from precise_cal.protocol.temporal import Date, DateTime
from precise_cal.reports.sdtm.dataset import Dataset, Note, Row, Value, dataset, usubjid
from precise_cal.reports.sdtm.timing import by_day
from precise_cal.reports.sdtm.units import in_unit, submission_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.protocol.sdtm import StandardDataset
    from precise_cal.reports.case import Trial
    from precise_cal.reports.sdtm.timing import Clock

_MARKED: Final = "LOBXFL"
_DATES: Final = (("STDTC", "STDY"), ("ENDTC", "ENDY"), ("DTC", "DY"))
_LIMITS: Final = ("ORNRLO", "ORNRHI")
_DAY: Final = 10


def collected(clocks: Sequence[Clock], name: str, exposed: Mapping[str, str]) -> Dataset:
    """A dataset of observations.

    Args:
        clocks: the participants.
        name: the dataset.
        exposed: the first exposure of each participant, by study number; for the last observation before it.
    """
    rows: list[Row] = []
    for clock in clocks:
        found = [_completed(clock, name, dict(row)) for row in declared(clock, name)]
        ordered = sorted(found, key=lambda row: by_day(_moment(row, name)))
        numbered = [{**row, f"{name}SEQ": number} for number, row in enumerate(ordered, start=1)]
        rows += _marked(numbered, name, exposed.get(clock.case.id, ""))
    return dataset(name, rows, ("STUDYID", "USUBJID", f"{name}SEQ"), notes(clocks[0].trial, name) if clocks else {})


def declared(clock: Clock, name: str) -> Iterator[Row]:
    """The rows that the trial declares of one dataset for a participant."""
    form = datasets()[name]
    for dataset_name, values in clock.declared:
        if dataset_name == name:
            row: dict[str, Value] = {}
            for variable, value in values.items():
                if not (isinstance(value, Quantity) and variable.endswith(_LIMITS)):
                    row |= _written(clock, form, variable, value)
            yield {**row, **_limits(name, row, values)}


def _limits(name: str, row: Row, values: Mapping[str, Any]) -> dict[str, Value]:
    """Limits of the normal range in the unit of the result; one that cannot be had in it is left out."""
    unit = str(row.get(f"{name}ORRESU") or "")
    found: dict[str, Value] = {}
    for variable, value in values.items():
        if isinstance(value, Quantity) and variable.endswith(_LIMITS):
            number = in_unit(value.value, submission_unit(value.unit or ""), unit)
            found[variable] = "" if number is None else f"{number:f}"
    return found


def _written(clock: Clock, form: StandardDataset, variable: str, value: Any) -> dict[str, Value]:
    """A value as SDTM writes it; the unit of a measured result stands beside it."""
    is_number = next(one.is_number for one in form.variables if one.name == variable)
    if isinstance(value, bool):
        return {variable: "Y" if value else "N"}
    if isinstance(value, Date | DateTime):
        return {variable: clock.text(value)}
    if isinstance(value, Quantity):
        unit = {f"{variable}U": submission_unit(value.unit)} if f"{variable}U" in form.names and value.unit else {}
        return {variable: float(value.value) if is_number else f"{value.value:f}", **unit}
    if isinstance(value, Decimal):
        return {variable: float(value) if is_number else f"{value:f}"}
    if isinstance(value, int) and is_number:
        return {variable: value}
    return {variable: submission_unit(str(value)) if variable.endswith("ORRESU") else str(value)}


def _completed(clock: Clock, name: str, row: dict[str, Value]) -> dict[str, Value]:
    form = datasets()[name]
    full: dict[str, Value] = {
        "STUDYID": clock.trial.study.id,
        "DOMAIN": name,
        "USUBJID": usubjid(clock.trial, clock.case),
        **row,
    }
    if form.kind == "FINDINGS":
        full = {**full, **_of_finding(name, full)}
    return {**full, **_times(clock, form, full)}


def _of_finding(name: str, row: Row) -> dict[str, Value]:
    """The test that a short name stands for, and the result in standard form."""
    result, unit = row.get(f"{name}ORRES"), str(row.get(f"{name}ORRESU") or "")
    code = str(row.get(f"{name}TESTCD") or "")
    found: dict[str, Value] = {f"{name}TEST": test_of(name, code) or row.get(f"{name}TEST") or code}
    if result in (None, ""):
        return found
    wanted = str(row.get(f"{name}STRESU") or unit)
    reported = _number(str(result))
    if in_unit(reported, unit, wanted) is None:
        wanted = unit
    number = in_unit(reported, unit, wanted)
    high = in_unit(_number(str(row.get(f"{name}ORNRHI") or "")), unit, wanted)
    found[f"{name}STRESC"] = str(result) if number is None else f"{number:f}"
    found[f"{name}STRESN"] = None if number is None else _plain(number)
    found[f"{name}STRESU"] = wanted
    if high is not None:
        found[f"{name}STNRHI"] = _plain(high)
        if number is not None:
            found[f"{name}NRIND"] = "HIGH" if number > high else "NORMAL"
    return found


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _number(text: str) -> Decimal | None:
    """The number that a result is; none of one that is censored or in words."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _times(clock: Clock, form: StandardDataset, row: Row) -> dict[str, Value]:
    """Study days, the epoch, and the planned visit, as far as the dataset has them."""
    name, found = form.name, dict[str, Value]()
    for date, day in _DATES:
        at = str(row.get(f"{name}{date}") or "")
        if f"{name}{day}" in form.names:
            found[f"{name}{day}"] = clock.day(at)
    at = _moment(row, name)
    if "EPOCH" in form.names and "EPOCH" not in row:
        found["EPOCH"] = clock.epoch(at)
    visit = clock.visit(at) if "VISITNUM" in form.names else None
    if visit is not None:
        found |= {"VISITNUM": visit.number, "VISIT": visit.name, "VISITDY": visit.day}
    return found


def _moment(row: Row, name: str) -> str:
    return str(row.get(f"{name}STDTC") or row.get(f"{name}DTC") or "")


def _marked(rows: Sequence[Row], name: str, exposed: str) -> list[Row]:
    """The rows, with the last one of each test and place before the first exposure marked, where the dataset can."""
    flag = f"{name}{_MARKED}"
    if flag not in datasets()[name].names or not exposed:
        return list(rows)
    last: dict[tuple[Value, ...], int] = {}
    for place, row in enumerate(rows):
        at = _moment(row, name)
        length = min(len(at), len(exposed))
        if length >= _DAY and at[:length] < exposed[:length] and row.get(f"{name}ORRES") not in (None, ""):
            last[tuple(row.get(f"{name}{part}") for part in ("TESTCD", "SPEC", "LOC", "SPID", "METHOD"))] = place
    chosen = set(last.values())
    return [{**row, flag: "Y"} if place in chosen else row for place, row in enumerate(rows)]


def notes(trial: Trial, name: str) -> dict[str, Note]:
    """Where each declared variable comes from: the expressions over the record that report.yaml has."""
    found = {
        variable: Note("Collected", "From the record of the participant", expressions)
        for variable, expressions in trial.study.submission.sources.get(name, {}).items()
    }
    for suffix, method in _METHODS.items():
        found.setdefault(f"{name}{suffix}", Note("Derived", method.replace("--", name)))
    return found


_METHODS: Final[Mapping[str, str]] = {
    "STRESC": "--ORRES, in the standard unit where it is a number",
    "STRESN": "--ORRES as a number in the standard unit; null where the result is censored or in words",
    "STRESU": "The standard unit of the test; --ORRESU where the result cannot be had in it",
    "STNRHI": "--ORNRHI in the standard unit",
    "NRIND": "HIGH where --STRESN is above --STNRHI, else NORMAL",
    "LOBXFL": "Y for the last result of the test at its place before DM.RFXSTDTC",
}


def last_date(clock: Clock) -> str:
    """The last day on which anything is recorded of a participant: of rows, contacts, the end of participation."""
    facts = clock.case.facts
    moments = (facts.consented_at, facts.enrolled_at, facts.day_zero, facts.treatment_ended_at, facts.ended_at)
    days = [clock.text(one)[:_DAY] for one in moments]
    days += [clock.text(one.date)[:_DAY] for one in clock.case.contacts if one.done]
    days += [clock.text(one.at)[:_DAY] for one in clock.trial.study.read.events(clock.case.record)]
    days += [
        clock.text(value)[:_DAY]
        for name, row in clock.declared
        for variable, value in row.items()
        if variable.endswith("DTC") and variable != "BRTHDTC" and isinstance(value, Date | DateTime)
    ]
    return max((day for day in days if len(day) == _DAY), default="")


@dataclass(frozen=True, slots=True)
class Exposure:
    """What DM takes from the records, and what follows from it, by study number."""

    rows: Mapping[str, Row]
    first: Mapping[str, str]
    """The first exposure, as SDTM writes it."""


def demographics(clocks: Sequence[Clock]) -> Exposure:
    """What the trial declares of DM."""
    rows = {one.case.id: next(declared(one, "DM"), {}) for one in clocks}
    return Exposure(rows, {name: str(row.get("RFXSTDTC") or "") for name, row in rows.items()})


def di(trial: Trial) -> Dataset:
    """Device Identifiers: what the trial says of each device."""
    rows: list[Row] = [
        {
            "STUDYID": trial.study.id,
            "DOMAIN": "DI",
            "SPDEVID": device,
            "DISEQ": number,
            "DIPARMCD": code,
            "DIPARM": test_of("DI", code) or code,
            "DIVAL": value,
        }
        for device, parameters in trial.study.submission.device_ids.items()
        for number, (code, value) in enumerate(parameters.items(), start=1)
    ]
    return dataset("DI", rows, ("STUDYID", "SPDEVID", "DISEQ"))
