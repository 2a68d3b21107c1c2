"""The counts of a trial report. Every format takes them from here, so that they agree."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.verdicts import GATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from precise_cal.reports.case import Case, Finding, Trial

_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Enrollment:
    """How many came how far."""

    assessed: int
    """Everybody of whom there is a record, consent or not."""
    gate: Mapping[str, int]
    """Participants by the gate's decision."""
    randomized: int
    randomized_by_gate: Mapping[str, int]
    """Randomized participants by the gate's decision."""
    not_randomized_by_rule: Mapping[str, int]
    """Participants who were not randomized, by each rule that forbids it; one may have several."""
    participation: Mapping[str, int]
    """Randomized participants by where they stand in the study."""


@dataclass(frozen=True, slots=True)
class Deviations:
    """How many deviations there are; rejected ones are counted apart."""

    important: int
    other: int
    status: Mapping[str, int]
    participants: int
    """With at least one deviation that counts."""

    @property
    def counted(self) -> int:
        """All that are not rejected."""
        return self.important + self.other


def enrollment(trial: Trial) -> Enrollment:
    """The flow of participants."""
    randomized = [case for case in trial.cases if case.randomized]
    others = [case for case in trial.cases if not case.randomized]
    return Enrollment(
        assessed=len(trial.cases),
        gate=_by(trial.cases, lambda case: case.subject.gate.decision, GATE.words),
        randomized=len(randomized),
        randomized_by_gate=_by(randomized, lambda case: case.subject.gate.decision, GATE.words),
        not_randomized_by_rule=Counter(rule for case in others for rule in case.subject.gate.blocking),
        participation=_by(randomized, lambda case: case.facts.stands, ()),
    )


def _by(cases: Iterable[Case], key: Callable[[Case], str], first: tuple[str, ...]) -> dict[str, int]:
    counts = dict.fromkeys(first, 0)
    for case in cases:
        name = key(case)
        counts[name] = counts.get(name, 0) + 1
    return counts


def deviations(cases: Iterable[Case]) -> Deviations:
    """Deviations by importance and status."""
    counted = [(case, one) for case in cases for one in case.counted]
    important = sum(one.importance == "important" for _, one in counted)
    return Deviations(
        important=important,
        other=len(counted) - important,
        status=Counter(one.status for case in cases for one in case.findings),
        participants=len({case.id for case, _ in counted}),
    )


def by_category_and_site(trial: Trial) -> dict[tuple[str, str], dict[str, int]]:
    """Deviations that count, by category and importance, at each site (ICH E3 10.2: by center)."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    order = sorted(
        {(one.deviation.category, one.importance != "important", one.importance) for _, one in counted(trial)}
    )
    for category, _, importance in order:
        found[category, importance] = dict.fromkeys(trial.sites, 0)
    for case, one in counted(trial):
        found[one.deviation.category, one.importance][case.site] += 1
    return found


def by_code(trial: Trial) -> dict[tuple[str, str, str], list[tuple[Case, Finding]]]:
    """Deviations that count, by code, term and importance."""
    found: defaultdict[tuple[str, str, str], list[tuple[Case, Finding]]] = defaultdict(list)
    for case, one in counted(trial):
        found[one.deviation.code, one.deviation.decode, one.importance].append((case, one))
    return dict(sorted(found.items()))


def counted(trial: Trial) -> list[tuple[Case, Finding]]:
    """Every deviation that is not rejected, beside its participant."""
    return [(case, one) for case in trial.cases for one in case.counted]


def verdict_counts(cases: Iterable[Case], rule: str) -> Counter[str]:
    """Participants by what a rule says of them."""
    verdicts = (case.verdict(rule) for case in cases)
    return Counter(str(one.verdict) for one in verdicts if one is not None)


def leaving(cases: Iterable[Case], population: str) -> int:
    """Randomized participants whom a deviation that counts, or what else there is, takes out of a population."""
    return sum(bool(case.leaves(population)) for case in cases if case.randomized)


def gate_qfr(trial: Trial) -> list[tuple[Case, str, str]]:
    """Every QFR that decided an inclusion criterion: participant, vessel, and the number as recorded."""
    place = trial.study.qfr
    if place is None:
        return []
    number = re.compile(rf"/{re.escape(place.list)}/\d+/{re.escape(place.value)}\Z")
    found = []
    for case in trial.cases:
        for verdict in case.subject.verdicts:
            if verdict.kind == "inclusion":
                found += [
                    (case, why.item or "", why.observed)
                    for why in verdict.because
                    if number.match(why.pointer) and why.observed and _NUMBER.match(why.observed)
                ]
    return found
