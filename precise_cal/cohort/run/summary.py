"""Counts over a cohort: verdicts, attrition by criterion, and what is not known where a verdict is open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from precise_cal.protocol.verdicts import FAILING, KEPT, OPEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.run.across import AcrossRow
    from precise_cal.cohort.run.columns import Findings, RuleColumns

    Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(slots=True)
class Attrition:
    """What a criterion costs: alone, and of those that the criteria before it left."""

    alone_failed: int = 0
    alone_unknown: int = 0
    failed: int = 0
    """Failed this one and none before it."""
    left: int = 0
    """Failed neither this one nor one before it."""
    left_certain: int = 0
    """Of those, who certainly meet all of them."""

    def add(self, other: Attrition) -> None:
        """Count other participants too."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Totals:
    """The counts of some participants."""

    participants: int = 0
    by_interpreter: int = 0
    """Participants of whom the interpreter judged every rule."""
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)
    attrition: dict[str, Attrition] = field(default_factory=dict)
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    """By datum, how many participants have an open verdict of each rule for want of it."""
    unknown_participants: Counter[str] = field(default_factory=Counter)
    """By datum, how many participants have any open verdict for want of it."""
    across: tuple[AcrossRow, ...] = ()
    """What does not hold among the participants; of a whole cohort only."""

    def add(self, other: Totals) -> None:
        """Count other participants too."""
        self.participants += other.participants
        self.by_interpreter += other.by_interpreter
        self.unknown_participants.update(other.unknown_participants)
        for mine, theirs in ((self.verdicts, other.verdicts), (self.unknown, other.unknown)):
            for name, counts in theirs.items():
                mine.setdefault(name, Counter()).update(counts)
        for name, attrition in other.attrition.items():
            self.attrition.setdefault(name, Attrition()).add(attrition)

    def as_json(self) -> dict[str, Any]:
        """The counts as JSON data, in an order that does not depend on how they were added up."""
        return {
            "participants": self.participants,
            "by_interpreter": self.by_interpreter,
            "verdicts": {rule: dict(sorted(counts.items())) for rule, counts in self.verdicts.items()},
            "attrition": [
                {"criterion": name, **{slot: getattr(one, slot) for slot in Attrition.__slots__}}
                for name, one in self.attrition.items()
            ],
            "unknown_by_datum": [
                {"datum": datum, "participants": number, "rules": dict(sorted(self.unknown[datum].items()))}
                for datum, number in sorted(self.unknown_participants.items(), key=lambda one: (-one[1], one[0]))
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Totals:
        """The inverse of `as_json`."""
        return cls(
            data["participants"],
            data["by_interpreter"],
            {rule: Counter(counts) for rule, counts in data["verdicts"].items()},
            {one["criterion"]: Attrition(*[one[name] for name in Attrition.__slots__]) for one in data["attrition"]},
            {one["datum"]: Counter(one["rules"]) for one in data["unknown_by_datum"]},
            Counter({one["datum"]: one["participants"] for one in data["unknown_by_datum"]}),
        )


def totals(findings: Findings, criteria: Sequence[str]) -> Totals:
    """The counts of a group of participants.

    Args:
        findings: of the participants.
        criteria: the ids of the criteria in their order.
    """
    found = Totals(participants=len(findings))
    masks: dict[int, Mask] = {}
    for rule, columns in findings.rules.items():
        numbers = np.bincount(columns.verdicts[columns.judged], minlength=len(columns.words))
        found.verdicts[rule] = Counter({w: int(n) for w, n in zip(columns.words, numbers, strict=True) if n})
        _count_unknown(found, findings, columns, masks)
    for code, mask in masks.items():
        found.unknown_participants[findings.fields[code]] = int(mask.sum())
    _count_attrition(found, findings, criteria)
    return found


def _count_unknown(found: Totals, findings: Findings, columns: RuleColumns, masks: dict[int, Mask]) -> None:
    is_open = _are(columns, OPEN)
    for code in np.unique(columns.reasons[is_open]):
        if code:
            meant = is_open & (columns.reasons == code)
            field_ = findings.fields[code]
            found.unknown.setdefault(field_, Counter())[columns.rule] += int(meant.sum())
            masks[int(code)] = masks[int(code)] | meant if int(code) in masks else meant


def _count_attrition(found: Totals, findings: Findings, criteria: Sequence[str]) -> None:
    left = np.ones(len(findings), bool)
    certain = np.ones(len(findings), bool)
    for rule in criteria:
        columns = findings.rules.get(rule)
        if columns is None:
            found.attrition[rule] = Attrition(left=int(left.sum()), left_certain=int(certain.sum()))
            continue
        failed, passed = _are(columns, FAILING), _are(columns, KEPT) | ~columns.judged
        fails_here = left & failed
        left, certain = left & ~failed, certain & passed
        found.attrition[rule] = Attrition(
            int(failed.sum()),
            int((~failed & ~passed).sum()),
            int(fails_here.sum()),
            int(left.sum()),
            int(certain.sum()),
        )


def _are(columns: RuleColumns, words: frozenset[str]) -> Mask:
    known = np.array([word in words for word in columns.words], bool)
    if not len(known):
        return np.zeros(len(columns.verdicts), bool)
    found: Mask = known[columns.verdicts] & columns.judged
    return found
