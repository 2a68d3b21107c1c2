"""TA, TE, TV: what is planned. Elements and epochs follow from the arms, day zero and the end of treatment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.reports.sdtm.dataset import Dataset, Note, Row, dataset
from precise_cal.reports.sdtm.timing import EPOCHS, visits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.reports.case import Trial
    from precise_cal.reports.study import Study

ONE_ARM: Final = {"TREAT": "Study treatment"}
"""The arm of a trial that names none."""
_PROTOCOL: Final = Note("Protocol")
_LONGEST_CODE: Final = 8


@dataclass(frozen=True, slots=True)
class Element:
    """A building block of an arm."""

    code: str
    title: str
    starts: str
    ends: str


def arms_of(study: Study) -> Mapping[str, str]:
    """Code and title of each arm; of a trial without arms, the one that there is."""
    return study.arms or ONE_ARM


def elements(trial: Trial) -> dict[str, tuple[Element, ...]]:
    """The elements of each arm, in their order; where allocations are masked, arms have the same."""
    study, names = trial.study, arms_of(trial.study)
    zero = f"Start of the index {study.day_zero}"
    out = "End of treatment" if study.submission.has_follow_up else "End of participation"
    first = Element("SCRN", "Screening", "Informed consent", zero)
    last = (Element("FUP", "Follow-up", "End of treatment", "End of participation"),)

    def treatment(code: str, title: str) -> Element:
        hidden = not trial.unmasked and len(names) > 1
        return (
            Element("TRT", "Treatment, allocation masked", zero, out)
            if hidden
            else Element(_short(code), title, zero, out)
        )

    return {
        code: (first, treatment(code, title), *(last if study.submission.has_follow_up else ()))
        for code, title in names.items()
    }


def _short(code: str) -> str:
    return re.sub(r"\W", "", code).upper()[:_LONGEST_CODE]


def ta(trial: Trial) -> Dataset:
    """Trial Arms."""
    rows = (row for arm in elements(trial) for row in _arm(trial, arm))
    return dataset("TA", rows, ("STUDYID", "ARMCD", "TAETORD"), dict.fromkeys(_OF_ARM, _PROTOCOL))


_OF_ARM: Final = ("ARMCD", "ARM", "TAETORD", "ETCD", "ELEMENT", "TABRANCH", "TATRANS", "EPOCH")


def _arm(trial: Trial, arm: str) -> Iterator[Row]:
    title, several = arms_of(trial.study)[arm], len(trial.study.arms) > 1
    for order, (one, epoch) in enumerate(zip(elements(trial)[arm], EPOCHS, strict=False), start=1):
        yield {
            "STUDYID": trial.study.id,
            "DOMAIN": "TA",
            "ARMCD": arm,
            "ARM": title,
            "TAETORD": order,
            "ETCD": one.code,
            "ELEMENT": one.title,
            "TABRANCH": f"Randomized to {title}" if several and order == 1 else "",
            "EPOCH": epoch,
        }


def te(trial: Trial) -> Dataset:
    """Trial Elements."""
    found = {one.code: one for several in elements(trial).values() for one in several}
    rows = (
        {
            "STUDYID": trial.study.id,
            "DOMAIN": "TE",
            "ETCD": one.code,
            "ELEMENT": one.title,
            "TESTRL": one.starts,
            "TEENRL": one.ends,
        }
        for one in found.values()
    )
    return dataset("TE", rows, ("STUDYID", "ETCD"), dict.fromkeys(("ETCD", "ELEMENT", "TESTRL", "TEENRL"), _PROTOCOL))


def tv(trial: Trial) -> Dataset:
    """Trial Visits. Their timing does not depend on the arm, so that ARMCD is null."""
    zero = trial.study.day_zero
    rules = ["Informed consent obtained", f"Start of the index {zero}"]
    rules += [
        f"{plan.day} days after the index {zero}, minus {plan.minus}, plus {plan.plus} days ({plan.status})"
        for plan in trial.study.visits
    ]
    rows = (
        {
            "STUDYID": trial.study.id,
            "DOMAIN": "TV",
            "VISITNUM": one.number,
            "VISIT": one.name,
            "VISITDY": one.day,
            "TVSTRL": rule,
        }
        for one, rule in zip(visits(trial), rules, strict=True)
    )
    notes = {
        "ARMCD": Note("Protocol", comment="Null, for the timing of visits does not depend on the arm"),
        "TVSTRL": _PROTOCOL,
    }
    return dataset("TV", rows, ("STUDYID", "VISITNUM"), notes, "One record per planned visit")
