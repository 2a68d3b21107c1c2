"""ADSL: one record for each participant, with arms, dates and analysis populations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.reports.adam.form import Form, analysis, day_of, derived, taken
from precise_cal.reports.sdtm.subjects import MASKED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.reports.case import Case, Trial
    from precise_cal.reports.sdtm.dataset import Dataset, Row, Value
    from precise_cal.reports.sdtm.timing import Clock

_FORM: Final[tuple[Form, ...]] = (
    ("STUDYID", "Study Identifier", "text", taken("DM.STUDYID")),
    ("USUBJID", "Unique Subject Identifier", "text", taken("DM.USUBJID")),
    ("SUBJID", "Subject Identifier for the Study", "text", taken("DM.SUBJID")),
    ("SITEID", "Study Site Identifier", "text", taken("DM.SITEID")),
    ("AGE", "Age", "integer", taken("DM.AGE")),
    ("AGEU", "Age Units", "text", taken("DM.AGEU")),
    ("SEX", "Sex", "text", taken("DM.SEX")),
    ("RACE", "Race", "text", taken("DM.RACE")),
    ("COUNTRY", "Country", "text", taken("DM.COUNTRY")),
    ("ARM", "Description of Planned Arm", "text", taken("DM.ARM")),
    ("ARMCD", "Planned Arm Code", "text", taken("DM.ARMCD")),
    ("ACTARM", "Description of Actual Arm", "text", taken("DM.ACTARM")),
    ("ACTARMCD", "Actual Arm Code", "text", taken("DM.ACTARMCD")),
    ("TRT01P", "Planned Treatment for Period 01", "text", derived("DM.ARM; in masked datasets ALLOCATION MASKED")),
    ("TRT01A", "Actual Treatment for Period 01", "text", derived("DM.ACTARM; in masked datasets ALLOCATION MASKED")),
    ("RFICDT", "Date of Informed Consent", "date", derived("The date of DM.RFICDTC")),
    ("RANDDT", "Date of Randomization", "date", derived("The date of DS.DSSTDTC where DSDECOD is RANDOMIZED")),
    ("TRTSDT", "Date of First Exposure to Treatment", "date", derived("The date of DM.RFXSTDTC")),
    ("TRTEDT", "Date of Last Exposure to Treatment", "date", derived("The date of DM.RFXENDTC")),
    (
        "EOSSTT",
        "End of Study Status",
        "text",
        derived("COMPLETED, DISCONTINUED or ONGOING, by the end of participation"),
    ),
    ("EOSDT", "End of Study Date", "date", derived("The date of DM.RFENDTC")),
    ("DCSREAS", "Reason for Discontinuation from Study", "text", taken("DS.DSDECOD")),
    ("DTHFL", "Subject Death Flag", "text", taken("DM.DTHFL")),
    ("DTHDT", "Date of Death", "date", derived("The date of DM.DTHDTC")),
    ("RANDFL", "Randomized Population Flag", "text", derived("Y where an allocation is recorded")),
)
_STANDARD: Final[Mapping[str, tuple[str, str]]] = {
    "ITT": ("ITTFL", "Intent-To-Treat Population Flag"),
    "PP": ("PPROTFL", "Per-Protocol Population Flag"),
    "SAF": ("SAFFL", "Safety Population Flag"),
    "FAS": ("FASFL", "Full Analysis Set Population Flag"),
}
"""Populations that ADaM has a flag for; others have one by their name."""
_COMPLETED: Final = "COMPLETED"


def flags(trial: Trial) -> dict[str, tuple[str, str]]:
    """Name and label of the flag of each analysis population."""
    found: dict[str, tuple[str, str]] = {}
    for number, name in enumerate(trial.study.populations, start=1):
        known = {one for one, _ in found.values()}
        short = f"{re.sub('[^A-Z0-9]', '', name.upper())[:6]}FL"
        own = short if short not in known and short[0].isalpha() else f"POP{number}FL"
        found[name] = _STANDARD.get(name, (own, f"{name[:20]} Population Flag"))
    return found


def adsl(clocks: Sequence[Clock], dm: Dataset) -> Dataset:
    """Subject-Level Analysis Dataset.

    Args:
        clocks: the participants.
        dm: what SDTM has of them.
    """
    by_number = {str(row["SUBJID"]): row for row in dm.records}
    named = flags(clocks[0].trial) if clocks else {}
    method = "Y where the participant is randomized and no deviation that is not rejected leaves the population"
    form = (*_FORM, *((flag, label, "text", derived(method)) for flag, label in named.values()))
    rows = [_subject(clock, by_number[clock.case.id], named) for clock in clocks]
    return analysis(
        "ADSL",
        "Subject-Level Analysis Dataset",
        "One record per subject",
        "SUBJECT LEVEL ANALYSIS DATASET",
        form,
        rows,
        ("STUDYID", "USUBJID"),
    )


def _subject(clock: Clock, dm: Row, named: Mapping[str, tuple[str, str]]) -> Row:
    case, masked = clock.case, dm.get("ARMNRS") == MASKED
    return {
        **{name: dm.get(name) for name, *_ in _FORM if name in dm},
        "TRT01P": MASKED if masked else dm.get("ARM") or dm.get("ARMNRS"),
        "TRT01A": MASKED if masked else dm.get("ACTARM") or dm.get("ARMNRS"),
        "RFICDT": day_of(dm.get("RFICDTC")),
        "RANDDT": day_of(clock.text(case.facts.enrolled_at)),
        "TRTSDT": day_of(dm.get("RFXSTDTC")),
        "TRTEDT": day_of(dm.get("RFXENDTC")),
        **dict(_ended(clock)),
        "DTHDT": day_of(dm.get("DTHDTC")),
        "RANDFL": "Y" if case.randomized else "N",
        **{flag: _stays(case, name) for name, (flag, _) in named.items()},
    }


def _ended(clock: Clock) -> Iterator[tuple[str, Value]]:
    ended = clock.case.facts.ended
    if not clock.case.randomized:
        return
    yield "EOSSTT", "ONGOING" if not ended else _COMPLETED if ended == _COMPLETED else "DISCONTINUED"
    yield "EOSDT", day_of(clock.text(clock.case.facts.ended_at)) if ended else None
    yield "DCSREAS", ended if ended and ended != _COMPLETED else ""


def _stays(case: Case, population: str) -> str:
    return "Y" if case.randomized and not case.leaves(population) else "N"
