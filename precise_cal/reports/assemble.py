"""Participants, findings and decisions put together, and masked, before any format sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from precise_cal.language.catalog import ENGLISH, message
from precise_cal.protocol.provenance import NO_ORIGINS
from precise_cal.reports import identity
from precise_cal.reports.case import UNDECIDED, Case, Decision, Trial
from precise_cal.reports.ledger import Ledger, holding
from precise_cal.reports.public import public_query, public_record, public_subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.provenance import Origins
    from precise_cal.protocol.report import Notice, Protocol, Query, Software, Subject
    from precise_cal.protocol.temporal import DateTime
    from precise_cal.reports.pullback import Pullback
    from precise_cal.reports.study import Study


@dataclass(frozen=True, slots=True)
class Judged:
    """A participant as read and judged."""

    record: Part
    subject: Subject
    pullbacks: tuple[Pullback, ...] = ()
    origins: Origins = NO_ORIGINS
    is_simulated: bool = False
    needed: tuple[Query, ...] = ()
    """Of rules that lack data, the fewest with which they could pass."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all participants of a report share."""

    generated_at: str
    software: Software
    protocol: Protocol
    study: Study
    regime: str = "not stated"
    now: DateTime | None = None
    across: tuple[Notice, ...] = ()
    """What only all participants together show."""
    catalog: Catalog = ENGLISH
    is_simulated: bool = False
    checkpoint: str = ""
    """A signed checkpoint of the log."""


def cases_of(judged: Sequence[Judged], study: Study) -> tuple[Case, ...]:
    """The participants with the ids of everything found, in order of site and participant; nothing decided yet."""
    ordered = sorted(judged, key=lambda one: (one.subject.site_id or "", one.subject.subject_id))
    return tuple(_case(one, study) for one in ordered)


def _case(one: Judged, study: Study) -> Case:
    facts, contacts = study.read.facts(one.record), tuple(study.read.contacts(one.record))
    planned = [plan.name for plan in study.visits] if facts.enrolled else []
    names = dict.fromkeys([*planned, *(contact.visit for contact in contacts)])
    return Case(
        record=one.record,
        subject=one.subject,
        facts=facts,
        contacts=contacts,
        findings=identity.findings(one.subject, study.mask),
        queries=identity.queries(one.subject, study.mask),
        pullbacks=one.pullbacks,
        origins=one.origins,
        needed=one.needed,
        visits=dict.fromkeys(names, UNDECIDED),
    )


def fingerprints(cases: Iterable[Case]) -> dict[tuple[str, str], str]:
    """What a reviewer would see now: the fingerprint of every row of the workbook, by sheet and id."""
    rows: dict[tuple[str, str], str] = {}
    for case in cases:
        rows |= {("Deviations", one.id): one.fingerprint for one in case.findings}
        rows |= {("Queries", one.id): one.fingerprint for one in case.queries}
        rows |= {("Visits", f"{case.id} {name}"): "" for name in case.visits}
        rows["Eligibility", case.id] = ""
    return rows


def trial_of(cases: Sequence[Case], frame: Frame, ledger: Ledger, *, unmasked: bool) -> Trial:
    """The trial that documents show.

    Args:
        cases: the participants.
        frame: study, rules, program and time.
        ledger: what reviewers decided.
        unmasked: whether allocations may be shown.
    """
    held, kept = holding(ledger, fingerprints(cases))
    shown = tuple(_decided(case, held) for case in cases)
    if not unmasked:
        shown = tuple(masked(case, frame.study) for case in shown)
    return Trial(
        generated_at=frame.generated_at,
        software=frame.software,
        protocol=frame.protocol,
        study=frame.study,
        cases=shown,
        cutoff=_cutoff(cases, frame.now),
        regime=frame.regime,
        unmasked=unmasked,
        catalog=frame.catalog,
        now=frame.now,
        is_simulated=frame.is_simulated,
        checkpoint=frame.checkpoint,
        across=frame.across,
        orphans=tuple(kept),
    )


def _decided(case: Case, held: Mapping[tuple[str, str], Decision]) -> Case:
    def decided(sheet: str, name: str) -> Decision:
        return held.get((sheet, name), UNDECIDED)

    return replace(
        case,
        findings=tuple(replace(one, decision=decided("Deviations", one.id)) for one in case.findings),
        queries=tuple(replace(one, decision=decided("Queries", one.id)) for one in case.queries),
        row=decided("Eligibility", case.id),
        visits={name: decided("Visits", f"{case.id} {name}") for name in case.visits},
    )


def masked(case: Case, study: Study) -> Case:
    """A participant without what tells the allocation; that there is one may be seen."""
    record, mask = public_record(case.record), study.mask
    return replace(
        case,
        record=record,
        facts=replace(study.read.facts(record), enrolled=case.facts.enrolled, arm=None),
        contacts=tuple(study.read.contacts(record)),
        subject=public_subject(case.subject, mask),
        findings=identity.masked_findings(case.findings, mask),
        queries=identity.masked_queries(case.queries, mask),
        withheld=tuple(one.id for one in case.subject.verdicts if one.id in mask.rules),
        needed=tuple(public_query(one, mask) for one in case.needed if one.rule not in mask.rules),
        origins=case.origins.without(lambda pointer: mask.place(pointer) is not None),
    )


def _cutoff(judged: Sequence[Case], now: DateTime | None) -> str:
    if now is not None:
        return message("{ $moment } (as asked for)", moment=str(now))
    moments = sorted({str(one.facts.cutoff) for one in judged if one.facts.cutoff is not None})
    missing = sum(one.facts.cutoff is None for one in judged)
    told: str = "not stated" if not moments else moments[0] if len(moments) == 1 else _span(moments)
    return message("{ $told }; not stated for { $count }", told=told, count=missing) if missing and moments else told


def _span(moments: Sequence[str]) -> str:
    return message("from { $first } to { $last }", first=moments[0], last=moments[-1])
