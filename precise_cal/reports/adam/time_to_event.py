"""ADTTE: for each randomized participant and outcome, the days to the event, or to the end of what is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.part import Part
from precise_cal.protocol.temporal import Date, DateTime
from precise_cal.protocol.verdicts import CANNOT_ASSESS, NOT_DUE, PENDING, YES
from precise_cal.reports.adam.form import Form, analysis, day_of, days_between, derived, taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.protocol.report import Verdict
    from precise_cal.reports.sdtm.dataset import Dataset, Row
    from precise_cal.reports.sdtm.timing import Clock

_FORM: Final[tuple[Form, ...]] = (
    ("STUDYID", "Study Identifier", "text", taken("ADSL.STUDYID")),
    ("USUBJID", "Unique Subject Identifier", "text", taken("ADSL.USUBJID")),
    ("SUBJID", "Subject Identifier for the Study", "text", taken("ADSL.SUBJID")),
    ("SITEID", "Study Site Identifier", "text", taken("ADSL.SITEID")),
    ("TRT01P", "Planned Treatment for Period 01", "text", taken("ADSL.TRT01P")),
    ("TRT01A", "Actual Treatment for Period 01", "text", taken("ADSL.TRT01A")),
    ("PARAMCD", "Parameter Code", "text", derived("The id of the rule of the outcome, without signs")),
    ("PARAM", "Parameter", "text", derived("The title of the rule of the outcome, with the unit of AVAL")),
    ("STARTDT", "Time-to-Event Origin Date for Subject", "date", derived("Day zero of the participant")),
    (
        "ADT",
        "Analysis Date",
        "date",
        derived("The event: the first date that decides the rule, from day zero on; else the end of what is known"),
    ),
    ("AVAL", "Analysis Value", "integer", derived("Days from STARTDT to ADT")),
    ("CNSR", "Censor", "integer", derived("0 where the rule of the outcome says yes, else 1")),
    (
        "EVNTDESC",
        "Event or Censoring Description",
        "text",
        derived("The sentence of the rule; else why it is censored"),
    ),
    ("CNSDTDSC", "Censor Date Description", "text", derived("What the date of censoring is")),
)
_LONGEST: Final = 200


def adtte(clocks: Sequence[Clock], adsl: Dataset) -> Dataset:
    """Time-to-Event Analysis Dataset; without participants whose day zero, or date of event, is not known."""
    subjects = {str(row["SUBJID"]): row for row in adsl.records}
    rows = [row for clock in clocks for row in _outcomes(clock, subjects[clock.case.id])]
    return analysis(
        "ADTTE",
        "Time-to-Event Analysis Dataset",
        "One record per subject per parameter",
        "BASIC DATA STRUCTURE",
        _FORM,
        rows,
        ("STUDYID", "USUBJID", "PARAMCD"),
    )


def _outcomes(clock: Clock, subject: Row) -> Iterator[Row]:
    start = day_of(clock.reference)
    if start is None:
        return
    for name in clock.trial.study.submission.time_to_event:
        verdict = clock.case.verdict(name)
        if verdict is None:
            continue
        happened = verdict.verdict == YES
        at, why = (_first_date(clock, verdict, start), "") if happened else _known_until(clock)
        if at is None or at < start:
            continue
        yield {
            **{one: subject[one] for one, *_ in _FORM if one in subject},
            "PARAMCD": re.sub(r"\W", "", name)[:8],
            "PARAM": f"{verdict.title} (Days)"[:_LONGEST],
            "STARTDT": start,
            "ADT": at,
            "AVAL": days_between(start, at),
            "CNSR": 0 if happened else 1,
            "EVNTDESC": _told(verdict) if happened else _WHY.get(verdict.verdict, "CENSORED: NO EVENT RECORDED"),
            "CNSDTDSC": why,
        }


_WHY: Final = {
    PENDING: "CENSORED: ADJUDICATION PENDING",
    CANNOT_ASSESS: "CENSORED: DATA MISSING",
    NOT_DUE: "CENSORED: FOLLOW-UP ONGOING",
}


def _told(verdict: Verdict) -> str:
    return "; ".join(one.en for one in verdict.says)[:_LONGEST] or verdict.title


def _known_until(clock: Clock) -> tuple[str | None, str]:
    """The last day of which something is known: the end of participation, else the last contact that took place."""
    facts = clock.case.facts
    ended = day_of(clock.text(facts.ended_at)) if facts.ended else None
    if ended:
        return ended, "END OF PARTICIPATION"
    contacts = [day for one in clock.case.contacts if one.done and (day := day_of(clock.text(one.date)))]
    if contacts:
        return max(contacts), "LAST CONTACT"
    return day_of(clock.text(facts.treatment_ended_at)) or day_of(clock.reference), "END OF TREATMENT"


def _first_date(clock: Clock, verdict: Verdict, start: str) -> str | None:
    """Of the values that decided a verdict, the first date from day zero on."""
    days = {day_of(clock.text(_at(clock.case.record, one.pointer))) for one in verdict.because}
    return min((one for one in days if one is not None and one >= start), default=None)


def _at(record: Part, pointer: str) -> Date | DateTime | None:
    """What a JSON Pointer leads to; none where it leads to no date."""
    here: object = record
    for step in pointer.split("/")[1:]:
        if isinstance(here, Part):
            known = here.form.by_name.get(step)
            here = getattr(here, known.attribute) if known else None
        elif isinstance(here, tuple) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return None
    return here if isinstance(here, Date | DateTime) else None
