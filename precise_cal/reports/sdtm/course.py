"""TV: the planned visits; CE: outcome events; DS: milestones and the end of participation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.protocol.verdicts import CANNOT_ASSESS, NO, PENDING, YES
from precise_cal.reports.sdtm.dataset import (
    DOMAIN,
    EPOCH,
    STUDYID,
    USUBJID,
    Dataset,
    Row,
    Variable,
    dataset,
    dtc,
    of_subjects,
    of_trial,
    study_day,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.protocol.temporal import Date, DateTime
    from precise_cal.reports.case import Case, Trial
    from precise_cal.reports.study import Study

_OCCURRED: Final = {YES: "Y", NO: "N"}
_NOT_DONE: Final = {PENDING: "ADJUDICATION PENDING", CANNOT_ASSESS: "DATA MISSING"}


def tv(trial: Trial) -> Dataset:
    """Trial Visits. Their timing does not depend on the arm, so that ARMCD is null."""
    zero = trial.study.day_zero
    rows = [
        _visit(1, "SCREENING", None, "Informed consent obtained"),
        _visit(2, f"INDEX {zero.upper()}", 1, f"Start of the index {zero}"),
    ]
    for number, plan in enumerate(trial.study.visits, start=3):
        start = f"{plan.day} days after the index {zero}, minus {plan.minus}, plus {plan.plus} days ({plan.status})"
        rows.append(_visit(number, plan.title.upper(), plan.day + 1, start))
    variables = (
        STUDYID,
        DOMAIN,
        Variable("VISITNUM", "Visit Number", "integer", key=2),
        Variable("VISIT", "Visit Name"),
        Variable("VISITDY", "Planned Study Day of Visit", "integer", "Perm"),
        Variable("ARMCD", "Planned Arm Code", core="Exp", comment="null: the timing does not depend on the arm"),
        Variable("TVSTRL", "Visit Start Rule"),
    )
    return dataset("TV", "Trial Visits", "One record per planned visit", variables, of_trial(trial, "TV", rows))


def _visit(number: int, name: str, day: int | None, start: str) -> Row:
    return {"VISITNUM": number, "VISIT": name, "VISITDY": day, "ARMCD": "", "TVSTRL": start}


def ce(trial: Trial) -> Dataset:
    """Clinical Events: the outcomes that the study asks for, then the events that sites reported."""
    rows = of_subjects(trial, "CE", lambda case: [*_outcomes(case), *_reported(case, trial.study)])
    variables = (
        STUDYID,
        DOMAIN,
        USUBJID,
        Variable("CESEQ", "Sequence Number", "integer", key=3),
        Variable(
            "CESPID",
            "Sponsor-Defined Identifier",
            core="Perm",
            comment="the id of the rule, or of the event at the site",
        ),
        Variable("CETERM", "Reported Term for the Clinical Event"),
        Variable("CEDECOD", "Dictionary-Derived Term", core="Perm"),
        Variable("CECAT", "Category for the Clinical Event", core="Perm"),
        Variable("CESCAT", "Subcategory for the Clinical Event", core="Perm", comment="state of the adjudication"),
        Variable("CEPRESP", "Clinical Event Pre-Specified", core="Perm", comment="CDISC codelist C66742"),
        Variable(
            "CEOCCUR",
            "Clinical Event Occurrence",
            core="Perm",
            comment="CDISC codelist C66742; null where it is not known",
        ),
        Variable("CESTAT", "Completion Status", core="Perm", comment="CDISC codelist C66789"),
        Variable("CEREASND", "Reason Clinical Event Not Collected", core="Perm"),
        Variable("CESTDTC", "Start Date/Time of Clinical Event", core="Perm"),
        Variable("CESTDY", "Study Day of Start of Clinical Event", "integer", "Perm"),
    )
    return dataset("CE", "Clinical Events", "One record per event per subject", variables, rows)


def _outcomes(case: Case) -> Iterator[Row]:
    """One row an outcome that is due; of a randomized participant only."""
    if not case.randomized:
        return
    for verdict in case.subject.verdicts:
        if verdict.kind == "outcome" and verdict.verdict in {**_OCCURRED, **_NOT_DONE}:
            reason = _NOT_DONE.get(verdict.verdict, "")
            yield {
                "CESPID": verdict.id,
                "CETERM": verdict.title,
                "CEDECOD": verdict.title.upper(),
                "CECAT": "OUTCOME OF THE STUDY",
                "CEPRESP": "Y",
                "CEOCCUR": _OCCURRED.get(verdict.verdict, ""),
                "CESTAT": "NOT DONE" if reason else "",
                "CEREASND": reason,
            }


def _reported(case: Case, study: Study) -> Iterator[Row]:
    offset = study.utc_offset_minutes
    for event in study.read.events(case.record):
        yield {
            "CESPID": event.id,
            "CETERM": event.term,
            "CEDECOD": event.term,
            "CECAT": "EVENT REPORTED BY THE SITE",
            "CESCAT": f"ADJUDICATION {event.adjudication.upper()}" if event.adjudication else "",
            "CESTDTC": dtc(event.at, offset),
            "CESTDY": study_day(case, event.at, offset),
        }


def ds(trial: Trial) -> Dataset:
    """Disposition: consent, randomization, and how participation ended; never the arm."""
    rows = of_subjects(trial, "DS", lambda case: _dispositions(case, trial.study.utc_offset_minutes))
    variables = (
        STUDYID,
        DOMAIN,
        USUBJID,
        Variable("DSSEQ", "Sequence Number", "integer", key=3),
        Variable("DSTERM", "Reported Term for the Disposition Event"),
        Variable("DSDECOD", "Standardized Disposition Term", comment="CDISC codelists C66727, C114118"),
        Variable("DSCAT", "Category for Disposition Event", core="Exp", comment="CDISC codelist C74558"),
        EPOCH,
        Variable("DSSTDTC", "Start Date/Time of Disposition Event", core="Exp"),
        Variable("DSSTDY", "Study Day of Start of Disposition Event", "integer", "Exp"),
    )
    return dataset("DS", "Disposition", "One record per disposition event or milestone per subject", variables, rows)


def _dispositions(case: Case, offset: int) -> Iterator[Row]:
    for term, category, epoch, moment in _milestones(case):
        yield {
            "DSTERM": term,
            "DSDECOD": term,
            "DSCAT": category,
            "EPOCH": epoch,
            "DSSTDTC": dtc(moment, offset),
            "DSSTDY": study_day(case, moment, offset),
        }


def _milestones(case: Case) -> Iterator[tuple[str, str, str, Date | DateTime | None]]:
    facts = case.facts
    if facts.consented:
        yield "INFORMED CONSENT OBTAINED", "PROTOCOL MILESTONE", "SCREENING", facts.consented_at
    if facts.enrolled:
        yield "RANDOMIZED", "PROTOCOL MILESTONE", "TREATMENT", facts.enrolled_at
    elif case.subject.gate.blocking:
        yield "SCREEN FAILURE", "DISPOSITION EVENT", "SCREENING", None
        return
    if facts.ended:
        epoch = "FOLLOW-UP" if case.randomized else "SCREENING"
        yield facts.ended, "DISPOSITION EVENT", epoch, facts.ended_at
