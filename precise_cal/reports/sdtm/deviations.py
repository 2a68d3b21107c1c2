"""DV: deviations that a person confirmed. SUPPDV: their qualifiers, and the candidates that nobody has decided yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.reports.participant.findings import observed
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
    qualifier,
    study_day,
    supplemental,
    usubjid,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.reports.case import Case, Finding, Trial

DVCAT: Final[Mapping[str, tuple[str, str]]] = {
    "category": ("", ""),
    "importance": ("IMPORTANT", "NON-IMPORTANT"),
    "severity": ("MAJOR", "MINOR"),
}
"""The sponsor's convention of DVCAT: the category, or the importance in either vocabulary; DVSCAT has the rest."""


def dv(trial: Trial, convention: str) -> Dataset:
    """Protocol Deviations: confirmed ones only."""
    rows = of_subjects(trial, "DV", lambda case: [_row(trial, case, one, convention) for one in _confirmed(case)])
    variables = (
        STUDYID,
        DOMAIN,
        USUBJID,
        Variable("DVSEQ", "Sequence Number", "integer", key=3),
        Variable("DVREFID", "Reference ID", core="Perm", comment="the code of the deviation"),
        Variable("DVSPID", "Sponsor-Defined Identifier", core="Perm", comment="the stable id of the workbook"),
        Variable("DVTERM", "Protocol Deviation Term", comment="what was observed, after the rule"),
        Variable("DVDECOD", "Protocol Deviation Coded Term", core="Perm"),
        Variable("DVCAT", "Category for Protocol Deviation", core="Perm", comment=f"convention: {convention}"),
        Variable("DVSCAT", "Subcategory for Protocol Deviation", core="Perm"),
        EPOCH,
        Variable(
            "DVSTDTC",
            "Start Date/Time of Deviation",
            core="Perm",
            comment="ISO 8601; left out where it precedes informed consent",
        ),
        Variable(
            "DVSTDY",
            "Study Day of Start of Deviation",
            "integer",
            "Perm",
            comment=f"the index {trial.study.day_zero} is day 1",
        ),
    )
    return dataset("DV", "Protocol Deviations", "One record per protocol deviation per subject", variables, rows)


def _confirmed(case: Case) -> list[Finding]:
    return [one for one in case.findings if one.status == "confirmed"]


def _row(trial: Trial, case: Case, one: Finding, convention: str) -> Row:
    deviation = one.deviation
    started = _start(trial, case, one)
    important, other = DVCAT[convention]
    level = (important or "IMPORTANT") if one.importance == "important" else (other or "NON-IMPORTANT")
    category, subcategory = (deviation.category, level) if convention == "category" else (level, deviation.category)
    return {
        "DVREFID": deviation.code,
        "DVSPID": one.id,
        "DVTERM": _term(case, one),
        "DVDECOD": deviation.decode,
        "DVCAT": category,
        "DVSCAT": subcategory,
        "EPOCH": _epoch(trial, case, started),
        "DVSTDTC": started,
        "DVSTDY": study_day(case, started, trial.study.utc_offset_minutes),
    }


def _term(case: Case, one: Finding) -> str:
    """The rule, and what was found, in English: the term is one that a reviewer at an agency reads."""
    words = "; ".join(str(observed(case, one)).split("\n"))
    return f"{one.deviation.rule}: {words}" if words else f"{one.deviation.rule}: {one.deviation.term}"


def _start(trial: Trial, case: Case, one: Finding) -> str:
    """When it began; nothing where that would be before informed consent, for then one of the dates is wrong."""
    offset = trial.study.utc_offset_minutes
    started, consent = dtc(one.deviation.occurred_at, offset), dtc(case.facts.consented_at, offset)
    length = min(len(started), len(consent))
    return "" if started[:length] < consent[:length] else started


def _epoch(trial: Trial, case: Case, started: str) -> str:
    offset = trial.study.utc_offset_minutes
    begun, out = dtc(case.facts.day_zero, offset), dtc(case.facts.treatment_ended_at, offset)
    if not started or not begun:
        return ""
    if started[:10] < begun[:10]:
        return "SCREENING"
    return "TREATMENT" if not out or started[:10] <= out[:10] else "FOLLOW-UP"


def suppdv(trial: Trial) -> Dataset:
    """What DV has no variable for; a candidate has no record in DV, and is found by its stable id alone."""
    rows: list[Row] = []
    for case in trial.cases:
        for sequence, one in enumerate(_confirmed(case), start=1):
            rows += [_qualifier(trial, case, "DVSEQ", str(sequence), *each) for each in _qualifiers(one)]
    for case in trial.cases:
        for one in case.findings:
            if one.status == "candidate":
                rows += [_qualifier(trial, case, "DVSPID", one.id, *each) for each in _candidate(trial, one)]
    return dataset("SUPPDV", "Supplemental Qualifiers for DV", "One record per qualifier", supplemental(), rows)


def _qualifiers(one: Finding) -> Iterator[tuple[str, str, str, str]]:
    yield (
        "DVIMPORT",
        "Importance of Deviation",
        one.importance.upper(),
        "INVESTIGATOR" if one.decision["Importance decided"] else "",
    )
    left = [name for name, stays in one.deviation.populations.items() if not stays]
    named = (
        ("DVPOPLFT", "Analysis Populations Left", ", ".join(left)),
        ("DVREASON", "Reason of Decision", one.decision["Reason"]),
        ("DVCAPA", "Corrective and Preventive Action", one.decision["Corrective and preventive action"]),
        ("DVDECBY", "Decided By", one.decision["Decided by"]),
        ("DVDECDTC", "Date of Decision", one.decision["Decided on"]),
    )
    yield from ((name, label, value, "") for name, label, value in named if value)


def _candidate(trial: Trial, one: Finding) -> Iterator[tuple[str, str, str, str]]:
    yield "DVCAND", "Candidate Deviation, Not Confirmed", f"{one.deviation.code} {one.deviation.decode}", ""
    yield "DVCANDIM", "Importance of Candidate by Default", one.importance.upper(), ""
    started = dtc(one.deviation.occurred_at, trial.study.utc_offset_minutes)
    if started:
        yield "DVCANDTC", "Date/Time of Candidate", started, ""


def _qualifier(trial: Trial, case: Case, by: str, key: str, name: str, label: str, content: str, who: str) -> Row:
    origin = "DERIVED" if name.startswith("DVCAND") else "ASSIGNED"
    return qualifier(trial, ("DV", usubjid(trial, case), by, key), (name, label, content), origin, who)
