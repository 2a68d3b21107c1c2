"""Participants, findings and decisions put together, and masked, before any format sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from precise_cal.reports import identity
from precise_cal.reports.case import UNDECIDED, Asked, Case, Decision, Finding, Trial
from precise_cal.reports.public import public_record, public_subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.protocol.record import Record
    from precise_cal.protocol.report import Protocol, Software, Subject
    from precise_cal.protocol.temporal import DateTime
    from precise_cal.reports.pullback import Pullback
    from precise_cal.reports.study import Study


@dataclass(frozen=True, slots=True)
class Judged:
    """A participant as read and judged."""

    record: Record
    subject: Subject
    pullbacks: tuple[Pullback, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What all participants of a report share."""

    generated_at: str
    software: Software
    protocol: Protocol
    study: Study
    regime: str = "not stated"
    now: DateTime | None = None


def trial_of(
    judged: Sequence[Judged], frame: Frame, decisions: Mapping[tuple[str, str], Decision], *, unmasked: bool
) -> Trial:
    """The trial that documents show, in order of site and participant.

    Args:
        judged: the participants.
        frame: study, rules, program and time.
        decisions: what reviewers decided, by sheet and id.
        unmasked: whether allocations may be shown.
    """
    ordered = sorted(judged, key=lambda one: (one.subject.site_id or "", one.subject.subject_id))
    cases = tuple(_case(one, frame.study.allocation_rules, decisions) for one in ordered)
    used = {key for case in cases for key in keys(case)}
    if not unmasked:
        cases = tuple(masked(case, frame.study.allocation_rules) for case in cases)
    return Trial(
        generated_at=frame.generated_at,
        software=frame.software,
        protocol=frame.protocol,
        study=frame.study,
        cases=cases,
        cutoff=_cutoff(ordered, frame.now),
        regime=frame.regime,
        unmasked=unmasked,
        now=frame.now,
        orphans=tuple((*key, decision) for key, decision in sorted(decisions.items()) if key not in used),
    )


def _case(one: Judged, rules: frozenset[str], decisions: Mapping[tuple[str, str], Decision]) -> Case:
    def decided(sheet: str, name: str) -> Decision:
        return decisions.get((sheet, name), UNDECIDED)

    found = identity.findings(one.subject, rules)
    asked = identity.queries(one.subject, rules)
    visits = [visit.visit or "" for visit in one.record.visits or ()]
    return Case(
        record=one.record,
        subject=one.subject,
        findings=tuple(Finding(f.id, f.fingerprint, f.deviation, decided("Deviations", f.id)) for f in found),
        queries=tuple(Asked(q.id, q.fingerprint, q.query, decided("Queries", q.id)) for q in asked),
        pullbacks=one.pullbacks,
        row=decided("Eligibility", one.subject.subject_id),
        visits={name: decided("Visits", f"{one.subject.subject_id} {name}") for name in visits},
    )


def keys(case: Case) -> list[tuple[str, str]]:
    """The rows of the workbook that belong to a participant: sheet and id."""
    return [
        *(("Deviations", one.id) for one in case.findings),
        *(("Queries", one.id) for one in case.queries),
        ("Eligibility", case.id),
        *(("Visits", f"{case.id} {name}") for name in case.visits or {}),
    ]


def masked(case: Case, rules: frozenset[str]) -> Case:
    """A participant without what tells the allocation."""
    return replace(
        case,
        record=public_record(case.record),
        subject=public_subject(case.subject, rules),
        findings=identity.masked_findings(case.findings, rules),
        queries=identity.masked_queries(case.queries, rules),
        withheld=tuple(one.id for one in case.subject.verdicts if one.id in rules),
    )


def _cutoff(judged: Sequence[Judged], now: DateTime | None) -> str:
    if now is not None:
        return f"{now} (as asked for)"
    moments = sorted({str(one.record.data_cutoff) for one in judged if one.record.data_cutoff is not None})
    missing = sum(one.record.data_cutoff is None for one in judged)
    told = "not stated" if not moments else moments[0] if len(moments) == 1 else f"from {moments[0]} to {moments[-1]}"
    return f"{told}; not stated for {missing}" if missing and moments else told
