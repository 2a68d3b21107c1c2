"""CE: clinical events as sites report them; DS: milestones and the end of participation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.reports.sdtm.dataset import Dataset, Note, Row, dataset, usubjid
from precise_cal.reports.sdtm.timing import FOLLOW_UP, SCREENING, TREATMENT, by_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.reports.sdtm.timing import Clock


def ce(clocks: Sequence[Clock]) -> Dataset:
    """Clinical Events. What follows from them, such as a composite endpoint, is analysis: ADaM ADTTE has it."""
    notes = {
        "CESPID": Note("Collected", comment="The id of the event at the site"),
        "CETERM": Note("Collected"),
        "CESCAT": Note("Collected", comment="The state of the adjudication"),
        "CESTDTC": Note("Collected"),
    }
    rows = (row for one in clocks for row in _reported(one))
    return dataset("CE", rows, ("STUDYID", "USUBJID", "CESEQ"), notes)


def _reported(clock: Clock) -> Iterator[Row]:
    found = clock.trial.study.read.events(clock.case.record)
    ordered = sorted(found, key=lambda one: by_day(clock.text(one.at)))
    for number, event in enumerate(ordered, start=1):
        at = clock.text(event.at)
        yield {
            "STUDYID": clock.trial.study.id,
            "DOMAIN": "CE",
            "USUBJID": usubjid(clock.trial, clock.case),
            "CESEQ": number,
            "CESPID": event.id,
            "CETERM": event.term,
            "CEDECOD": event.term,
            "CECAT": "EVENT REPORTED BY THE SITE",
            "CESCAT": f"ADJUDICATION {event.adjudication.upper()}" if event.adjudication else "",
            "EPOCH": clock.epoch(at, TREATMENT),
            "CESTDTC": at,
            "CESTDY": clock.day(at),
        }


def ds(clocks: Sequence[Clock], died: Mapping[str, str]) -> Dataset:
    """Disposition: consent, randomization, and how participation ended; never the arm.

    Args:
        clocks: the participants.
        died: DM.DTHDTC, by study number.
    """
    rows = (row for one in clocks for row in _dispositions(one, died.get(one.case.id, "")))
    notes = {"DSTERM": Note("Collected"), "DSSTDTC": Note("Collected")}
    return dataset("DS", rows, ("STUDYID", "USUBJID", "DSSEQ"), notes)


def _dispositions(clock: Clock, died: str) -> Iterator[Row]:
    ordered = sorted(_milestones(clock, died), key=lambda one: by_day(one[3]))
    for number, (term, category, epoch, at) in enumerate(ordered, start=1):
        yield {
            "STUDYID": clock.trial.study.id,
            "DOMAIN": "DS",
            "USUBJID": usubjid(clock.trial, clock.case),
            "DSSEQ": number,
            "DSTERM": term,
            "DSDECOD": term,
            "DSCAT": category,
            "EPOCH": clock.epoch(at, epoch),
            "DSSTDTC": at,
            "DSSTDY": clock.day(at),
        }


def _milestones(clock: Clock, died: str) -> Iterator[tuple[str, str, str, str]]:
    case, facts = clock.case, clock.case.facts
    if facts.consented:
        at = clock.text(facts.consented_at)
        yield "INFORMED CONSENT OBTAINED", "PROTOCOL MILESTONE", SCREENING, at
    if facts.enrolled:
        yield "RANDOMIZED", "PROTOCOL MILESTONE", TREATMENT, clock.text(facts.enrolled_at)
    elif case.subject.gate.blocking:
        yield "SCREEN FAILURE", "DISPOSITION EVENT", SCREENING, clock.text(facts.ended_at)
        return
    if facts.ended:
        at = clock.text(facts.ended_at)
        is_same = facts.ended == "DEATH" and bool(at) and died.startswith(at)  # which has the time of day as well
        yield facts.ended, "DISPOSITION EVENT", FOLLOW_UP, died if is_same else at
    elif facts.enrolled and facts.cutoff is not None:
        yield "ONGOING AT DATA CUTOFF", "OTHER EVENT", FOLLOW_UP, clock.text(clock.trial.now or facts.cutoff)
