"""DM, SE, SV: who takes part, and which elements and visits each participant came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.protocol.verdicts import NOT_APPLICABLE, NOT_DUE
from precise_cal.reports.sdtm.collected import last_date
from precise_cal.reports.sdtm.dataset import Dataset, Note, Row, dataset, usubjid
from precise_cal.reports.sdtm.design import arms_of, elements
from precise_cal.reports.sdtm.timing import EPOCHS, visits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.reports.sdtm.dataset import Value
    from precise_cal.reports.sdtm.timing import Clock

_DAY: Final = 10
SCREEN_FAILURE: Final = "SCREEN FAILURE"
MASKED: Final = "ALLOCATION MASKED"
"""ARMNRS of an allocation that the report does not show: a term of the sponsor, for the list is extensible."""


def dm(clocks: Sequence[Clock], declared: Mapping[str, Row], notes: Mapping[str, Note]) -> Dataset:
    """Demographics.

    Args:
        clocks: the participants.
        declared: what the trial takes from each record, by study number.
        notes: of what is declared.
    """
    rows = [_subject(one, declared.get(one.case.id, {})) for one in clocks]
    return dataset("DM", rows, ("STUDYID", "USUBJID"), {**_DM, **notes})


_DM: Final[Mapping[str, Note]] = {
    "SUBJID": Note("Collected"),
    "SITEID": Note("Assigned"),
    "RFSTDTC": Note("Derived", "Start of day zero of who is enrolled; null for others"),
    "RFENDTC": Note("Derived", "The end of participation"),
    "RFICDTC": Note("Collected"),
    "RFPENDTC": Note("Derived", "The last day on which anything is recorded of the participant"),
    "AGEU": Note("Assigned"),
    "ARMCD": Note("Assigned"),
    "ARMNRS": Note("Derived", "Why ARMCD or ACTARMCD is null"),
}


def _subject(clock: Clock, declared: Row) -> Row:
    case, facts = clock.case, clock.case.facts
    ended = clock.text(facts.ended_at)
    given: dict[str, Value] = {
        "STUDYID": clock.trial.study.id,
        "DOMAIN": "DM",
        "USUBJID": usubjid(clock.trial, case),
        "SUBJID": case.id,
        "RFSTDTC": clock.reference,
        "RFENDTC": ended if clock.reference else "",
        "RFICDTC": clock.text(facts.consented_at),
        "RFPENDTC": last_date(clock),
        "SITEID": case.site,
        "SEX": "U",
        **declared,
    }
    if given.get("AGE") is not None:
        given["AGEU"] = given.get("AGEU") or "YEARS"
    return {**given, **allocation(clock, str(declared.get("ACTARMCD") or ""), treated=bool(given.get("RFXSTDTC")))}


def allocation(clock: Clock, actual: str, *, treated: bool) -> dict[str, Value]:
    """The planned and the actual arm, or why there is none.

    Args:
        clock: the participant.
        actual: the code of the arm whose treatment was given, where the trial says so; else that of the planned one.
        treated: whether any was given.
    """
    names, case = arms_of(clock.trial.study), clock.case
    if not case.randomized:
        return {"ARMNRS": SCREEN_FAILURE if case.subject.gate.blocking else "NOT ASSIGNED"}
    if not clock.trial.unmasked and len(names) > 1:
        return {"ARMNRS": MASKED}
    planned = case.facts.arm if case.facts.arm in names else next(iter(names)) if len(names) == 1 else None
    if planned is None:
        return {"ARMNRS": "NOT ASSIGNED"}
    found: dict[str, Value] = {"ARMCD": planned, "ARM": names[planned]}
    if not treated:
        return {**found, "ARMNRS": "ASSIGNED, NOT TREATED"}
    given = actual or planned
    if given not in names:
        return {**found, "ARMNRS": "UNPLANNED TREATMENT", "ACTARMUD": given}
    return {**found, "ACTARMCD": given, "ACTARM": names[given]}


def se(clocks: Sequence[Clock], arms: Mapping[str, str]) -> Dataset:
    """Subject Elements; `arms` are the codes of those that participants were treated in, by study number."""
    notes = {
        "SESTDTC": Note("Derived", "The date by which the start rule of the element holds"),
        "SEENDTC": Note("Derived", "The start of the next element, or the end of participation"),
    }
    rows = (row for one in clocks for row in _elements(one, arms.get(one.case.id, "")))
    return dataset("SE", rows, ("STUDYID", "USUBJID", "TAETORD"), notes)


def _elements(clock: Clock, arm: str) -> Iterator[Row]:
    plan = elements(clock.trial)
    of_arm = plan.get(arm) or next(iter(plan.values()))
    days = [start[:_DAY] for _, start, _ in clock.elements if len(start) == _DAY]
    for number, (order, *span) in enumerate(clock.elements, start=1):
        one = of_arm[order - 1]
        start, end = (at[:_DAY] if at[:_DAY] in days else at for at in span)  # beside a day without a time
        yield {
            "STUDYID": clock.trial.study.id,
            "DOMAIN": "SE",
            "USUBJID": usubjid(clock.trial, clock.case),
            "SESEQ": number,
            "ETCD": one.code,
            "ELEMENT": one.title,
            "TAETORD": order,
            "EPOCH": EPOCHS[order - 1],
            "SESTDTC": start,
            "SEENDTC": end,
            "SESTDY": clock.day(start),
            "SEENDY": clock.day(end),
        }


def sv(clocks: Sequence[Clock]) -> Dataset:
    """Subject Visits: those that took place, and planned ones that are known not to have."""
    notes = {
        "SVPRESP": Note("Protocol"),
        "SVOCCUR": Note("Collected"),
        "SVSTDTC": Note("Collected"),
        "SVENDTC": Note("Collected"),
    }
    return dataset("SV", (row for one in clocks for row in _attended(one)), ("STUDYID", "USUBJID", "VISITNUM"), notes)


def _attended(clock: Clock) -> Iterator[Row]:
    facts = clock.case.facts
    spans = {1: (clock.text(facts.consented_at), ""), 2: (clock.reference, clock.text(facts.treatment_ended_at))}
    for number, (start, end) in spans.items():
        if start:
            yield _visit(clock, number, start, end if end[:10] >= start[:10] else "")
    for number, planned in enumerate(clock.trial.study.visits, start=len(spans) + 1):
        of_visit = [one for one in clock.case.contacts if one.visit == planned.name]
        dates = sorted(clock.text(one.date) for one in of_visit if one.done)
        if dates:
            yield _visit(clock, number, dates[0], dates[-1])
        elif of_visit and _was_due(clock, planned.rule):
            yield {**_visit(clock, number, "", ""), "SVOCCUR": "N", "SVREASOC": of_visit[-1].status.upper()}


def _was_due(clock: Clock, rule: str) -> bool:
    """Whether the window of a visit is over, of a participant to whom it applies."""
    verdict = clock.case.verdict(rule)
    return verdict is not None and verdict.verdict not in (NOT_DUE, NOT_APPLICABLE)


def _visit(clock: Clock, number: int, start: str, end: str) -> dict[str, Value]:
    one = visits(clock.trial)[number - 1]
    return {
        "STUDYID": clock.trial.study.id,
        "DOMAIN": "SV",
        "USUBJID": usubjid(clock.trial, clock.case),
        "VISITNUM": one.number,
        "VISIT": one.name,
        "VISITDY": one.day,
        "SVPRESP": "Y",
        "SVOCCUR": "Y",
        "SVSTDTC": start,
        "SVENDTC": end or start,
        "SVSTDY": clock.day(start),
        "SVENDY": clock.day(end or start),
    }
