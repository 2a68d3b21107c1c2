"""DV: deviations that a person confirmed. SUPPDV: their qualifiers, and if asked for, what nobody has decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.reports.sdtm.dataset import Dataset, Note, Row, dataset, usubjid
from precise_cal.reports.sdtm.timing import FOLLOW_UP, SCREENING, TREATMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.reports.case import Case, Finding
    from precise_cal.reports.sdtm.timing import Clock

DVCAT: Final[Mapping[str, tuple[str, str]]] = {
    "category": ("", ""),
    "importance": ("IMPORTANT", "NON-IMPORTANT"),
    "severity": ("MAJOR", "MINOR"),
}
"""Conventions of DVCAT: the category, or one word for an important deviation and one for the rest."""
SUPPLEMENTAL_KEYS: Final = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM")


def confirmed(case: Case) -> list[Finding]:
    """The deviations of a participant that are in DV, in the order of their sequence numbers."""
    return [one for one in case.findings if one.status == "confirmed"]


def dv(clocks: Sequence[Clock], convention: str) -> Dataset:
    """Protocol Deviations: confirmed ones only."""
    notes = {
        "DVREFID": Note(comment="The code of the deviation"),
        "DVSPID": Note(comment="The stable id in the review workbook"),
        "DVTERM": Note("Derived", "The title of the rule, and what was found, in a sentence"),
        "DVCAT": Note(comment=f"Convention of the sponsor: {convention}"),
        "DVSTDTC": Note("Derived", "When the deviation began; left out where that precedes informed consent"),
    }
    rows = (
        _row(clock, number, one, convention)
        for clock in clocks
        for number, one in enumerate(confirmed(clock.case), start=1)
    )
    return dataset("DV", rows, ("STUDYID", "USUBJID", "DVSEQ"), notes)


def _row(clock: Clock, number: int, one: Finding, convention: str) -> Row:
    deviation, started = one.deviation, _start(clock, one)
    important, other = DVCAT[convention]
    level = (important or "IMPORTANT") if one.importance == "important" else (other or "NON-IMPORTANT")
    category, subcategory = (deviation.category, level) if convention == "category" else (level, deviation.category)
    return {
        "STUDYID": clock.trial.study.id,
        "DOMAIN": "DV",
        "USUBJID": usubjid(clock.trial, clock.case),
        "DVSEQ": number,
        "DVREFID": deviation.code,
        "DVSPID": one.id,
        "DVTERM": _term(clock, one),
        "DVDECOD": deviation.decode,
        "DVCAT": category,
        "DVSCAT": subcategory,
        "EPOCH": clock.epoch(started, _planned(clock, deviation.rule)),
        "DVSTDTC": started,
        "DVSTDY": clock.day(started),
    }


def _term(clock: Clock, one: Finding) -> str:
    """What was found, after the title of its rule, in English: the term is one that a reviewer at an agency reads."""
    verdict, item = clock.case.verdict(one.deviation.rule), one.deviation.item
    says = [each for each in (verdict.says if verdict else ()) if item is None or each.item in (None, item)]
    found = "; ".join(f"{each.item}: {each.en}" if each.item else each.en for each in says)
    title = clock.trial.study.titles.get(one.deviation.rule, "")
    return ": ".join(part for part in (title, found or str(one.deviation.term)) if part)


def _start(clock: Clock, one: Finding) -> str:
    """When it began; nothing where that would be before informed consent, for then one of the dates is wrong."""
    started, consent = clock.text(one.deviation.occurred_at), clock.text(clock.case.facts.consented_at)
    length = min(len(started), len(consent))
    return "" if started[:length] < consent[:length] else started


def _planned(clock: Clock, rule: str) -> str:
    """The epoch that a deviation without a date belongs to: that of the criteria, of the visits, else of treatment."""
    if any(one.id == rule for one in clock.trial.study.criteria):
        return SCREENING
    return FOLLOW_UP if any(one.rule == rule for one in clock.trial.study.visits) else TREATMENT


def suppdv(clocks: Sequence[Clock], *, with_candidates: bool) -> Dataset:
    """What DV has no variable for. A candidate has no record in DV, and is found by its stable id alone."""
    rows: list[Row] = []
    for clock in clocks:
        for number, one in enumerate(confirmed(clock.case), start=1):
            rows += [_qualifier(clock, "DVSEQ", str(number), *each) for each in _qualifiers(one)]
        for one in clock.case.findings if with_candidates else ():
            if one.status == "candidate":
                rows += [_qualifier(clock, "DVSPID", one.id, *each) for each in _candidate(clock, one)]
    return dataset("SUPPDV", rows, SUPPLEMENTAL_KEYS)


def _qualifiers(one: Finding) -> Iterator[tuple[str, str, str, str]]:
    who = "INVESTIGATOR" if one.decision["Importance decided"] else ""
    yield "DVIMPORT", "Importance of Deviation", one.importance.upper(), who
    left = [name for name, stays in one.deviation.populations.items() if not stays]
    named = (
        ("DVPOPLFT", "Analysis Populations Left", ", ".join(left)),
        ("DVREASON", "Reason of Decision", one.decision["Reason"]),
        ("DVCAPA", "Corrective and Preventive Action", one.decision["Corrective and preventive action"]),
        ("DVDECBY", "Decided By", one.decision["Decided by"]),
        ("DVDECDTC", "Date of Decision", one.decision["Decided on"]),
    )
    yield from ((name, label, value, "") for name, label, value in named if value)


def _candidate(clock: Clock, one: Finding) -> Iterator[tuple[str, str, str, str]]:
    yield "DVCAND", "Candidate Deviation, Not Confirmed", f"{one.deviation.code} {one.deviation.decode}", ""
    yield "DVCANDIM", "Importance of Candidate by Default", one.importance.upper(), ""
    started = clock.text(one.deviation.occurred_at)
    if started:
        yield "DVCANDTC", "Date/Time of Candidate", started, ""


def _qualifier(clock: Clock, by: str, key: str, name: str, label: str, content: str, who: str) -> Row:
    return {
        "STUDYID": clock.trial.study.id,
        "RDOMAIN": "DV",
        "USUBJID": usubjid(clock.trial, clock.case),
        "IDVAR": by,
        "IDVARVAL": key,
        "QNAM": name,
        "QLABEL": label,
        "QVAL": content,
        "QORIG": "Derived" if name.startswith("DVCAND") else "Assigned",
        "QEVAL": who,
    }
