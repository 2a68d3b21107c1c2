"""TI: the criteria with their rules; IE: who did not meet which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.protocol.verdicts import NOT_MET, PRESENT
from precise_cal.reports.sdtm.dataset import Dataset, Note, Row, dataset, usubjid
from precise_cal.reports.sdtm.timing import SCREENING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.reports.case import Trial
    from precise_cal.reports.sdtm.timing import Clock

FAILS: Final = {NOT_MET: "N", PRESENT: "Y"}
"""IEORRES: whether the criterion was met, which is N for an unmet inclusion and Y for an exclusion that is present."""
_WORDS: Final = Note("Protocol", comment="The words of the protocol; in SAS transport files, cut after 200 characters")


def ti(trial: Trial) -> Dataset:
    """Trial Inclusion/Exclusion Criteria, with the condition in the rule language as TIRL."""
    rows = [
        {
            "STUDYID": trial.study.id,
            "DOMAIN": "TI",
            "IETESTCD": one.short_name,
            "IETEST": one.quote,
            "IECAT": one.kind.upper(),
            "TIRL": " ".join(one.expression.split()),
            "TIVERS": each.version,
        }
        for each in trial.study.criteria_versions
        for one in each.criteria
    ]
    notes = {
        "IETEST": _WORDS,
        "TIRL": Note(
            "Protocol", comment="HL7 CQL; in SAS transport files, a longer one stands in this description alone"
        ),
        "TIVERS": Note("Protocol"),
    }
    several = " per version of the criteria" * (len(trial.study.criteria_versions) > 1)
    return dataset("TI", rows, ("STUDYID", "IETESTCD", "TIVERS"), notes, f"One record per I/E criterion{several}")


def ie(clocks: Sequence[Clock]) -> Dataset:
    """Inclusion/Exclusion Criteria Not Met: those that fail, never those that cannot be decided."""
    notes = {
        "IESPID": Note("Assigned", comment="The id of the rule"),
        "IETEST": _WORDS,
        "IEORRES": Note("Derived", "The verdict of the rule of the criterion on the record of the participant"),
        "IESTRESC": Note("Derived", "IEORRES"),
    }
    rows = (row for one in clocks for row in _failed(one))
    return dataset("IE", rows, ("STUDYID", "USUBJID", "IESEQ"), notes)


def _failed(clock: Clock) -> Iterator[Row]:
    number = 0
    for one in clock.trial.study.criteria:
        verdict = clock.case.verdict(one.id)
        answer = FAILS.get(verdict.verdict) if verdict else None
        if verdict is not None and answer is not None:
            number += 1
            yield {
                "STUDYID": clock.trial.study.id,
                "DOMAIN": "IE",
                "USUBJID": usubjid(clock.trial, clock.case),
                "IESEQ": number,
                "IESPID": one.id,
                "IETESTCD": one.short_name,
                "IETEST": verdict.quote,
                "IECAT": one.kind.upper(),
                "IEORRES": answer,
                "IESTRESC": answer,
                "EPOCH": clock.epoch("", SCREENING),
            }
