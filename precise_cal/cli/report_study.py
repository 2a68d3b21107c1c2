"""What reports need to know of the rules, taken from the rulebook."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.cli.report_record import readers_of
from precise_cal.engine.rulebook.populations import INTENTION_TO_TREAT
from precise_cal.engine.rulebook.reading import allocation_rules, editions_of
from precise_cal.language.catalog import message
from precise_cal.protocol.verdicts import CRITERIA, LADDERS
from precise_cal.reports.public import Mask
from precise_cal.reports.study import (
    CriteriaVersion,
    Criterion,
    Markers,
    Measurements,
    Notes,
    Outcomes,
    Parameter,
    PlannedVisit,
    QualityLimit,
    Study,
    Submission,
    SummaryValue,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from precise_cal.engine.rulebook.edition import Edition, ExecutableRule
    from precise_cal.engine.rulebook.parameters import Effective
    from precise_cal.engine.rulebook.report_form import LimitEntry, MarkersEntry, QfrEntry, ReportFile
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.schedule import Visit

    Parameters = Mapping[str, Effective]


EVERYBODY: Final = "enrolled"
SOURCE: Final = (
    "Verdicts show compliance with the rules of this trial's folder as they stand, and with the values below that were "
    "assumed where its source is silent."
)


def study_of(book: Rulebook) -> Study:
    """The study as the latest edition of its rules states it."""
    edition, parameters = book.latest, book.parameters_of(book.timeline.keys[-1])
    about = book.study.study
    report = book.reporting.file
    enrollment, least_age = (
        _number(parameters, name) for name in (report.parameters.enrollment, report.parameters.least_age)
    )
    return Study(
        id=about.id,
        title=about.title,
        short_title=about.short_title,
        version=about.version,
        source=about.source,
        sponsor=about.sponsor,
        utc_offset_minutes=book.utc_offset_minutes,
        arms={arm.code: arm.title for arm in book.study.arms},
        criteria=tuple(map(_criterion, _criteria(book.rules.values()))),
        criteria_versions=tuple(_criteria_versions(book)),
        visits=tuple(_visits(book)),
        parameters=tuple(
            dict.fromkeys(_parameter(one) for key in book.timeline.keys for one in book.parameters_of(key).values())
        ),
        titles={name: rule.rule.title for name, rule in book.rules.items()},
        mask=Mask(allocation_rules(book), book.schema.revealing),
        read=readers_of(book),
        has_contacts=report.contacts is not None,
        day_zero=report.day_zero,
        course_title=report.course_title,
        populations={one.id: one.title for one in edition.populations},
        populations_by_arm=_populations(report, edition),
        limits=tuple(_limit(one, book) for one in report.quality.limits),
        counted=_counted(report, edition),
        notes=_notes(report),
        summary=tuple(
            SummaryValue(one.code, one.name, one.value, one.null_flavor, one.term, one.reference)
            for one in report.summary
        ),
        participant_sections=_ids(report.sections.participant),
        trial_sections=_ids(report.sections.trial),
        start=_text(parameters, report.parameters.start),
        enrollment=None if enrollment is None else int(enrollment),
        least_age=None if least_age is None else str(least_age),
        markers=_markers(report.markers, parameters),
        qfr=_measurements(report.qfr, parameters),
        submission=_submission(report, edition),
        outcomes=tuple((rule.rule.source, rule.rule.quote) for rule in book.rules.values() if rule.kind == "outcome"),
    )


def _ids(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


def _populations(report: ReportFile, edition: Edition) -> tuple[str, ...]:
    """Those that unmasked reports count by arm; unless it is said which, those that not everybody is of."""
    named = report.by_arm.populations
    known = [one.id for one in edition.populations if one.id != INTENTION_TO_TREAT]
    return tuple(known if named is None else named)


def _limit(one: LimitEntry, book: Rulebook) -> QualityLimit:
    of = None if one.of == EVERYBODY else one.of
    of_criteria = [code for rule in book.rules.values() if (code := rule.rule.deviation) is not None]
    codes = of_criteria if one.codes == "criteria" else one.codes
    return QualityLimit(one.id, one.title, frozenset(codes), of, one.arm, one.limit)


def _submission(report: ReportFile, edition: Edition) -> Submission:
    entry = report.submission
    sources: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, rows in entry.domains.items():
        of_dataset = sources.setdefault(name, {})
        for row in rows:
            for variable, text in row.variables.items():
                of_dataset[variable] = tuple(dict.fromkeys([*of_dataset.get(variable, ()), text]))
    return Submission(
        has_follow_up=report.facts.treatment_ended_at is not None,
        device_ids=entry.device_ids,
        linked=tuple((first, second) for first, second in entry.linked),
        sources=sources,
        time_to_event=tuple(_counted(report, edition).by_arm if entry.time_to_event is None else entry.time_to_event),
    )


def _counted(report: ReportFile, edition: Edition) -> Outcomes:
    side, by_arm = report.side_findings, report.by_arm.outcomes
    known = [rule.rule.id for rule in edition.rules if rule.kind == "outcome"]
    return Outcomes(
        by_arm=tuple(known if by_arm is None else by_arm),
        beside=tuple(side.beside),
        side=side.title or "",
        caption=side.caption or "Side findings",
        about=side.about or "",
    )


def _notes(report: ReportFile) -> Notes:
    notes = report.notes
    return Notes(
        conclusion=notes.conclusion or "This report draws no conclusion on the question of the trial.",
        comparison=notes.comparison or "They are no comparison, and none can be drawn from them.",
        source=notes.source or SOURCE,
        assumed=notes.assumed or SOURCE,
        quality=report.quality.note or "",
    )


def _markers(one: MarkersEntry | None, parameters: Parameters) -> Markers | None:
    multiple = _number(parameters, one.line) if one else None
    return Markers(one.name, multiple) if one and multiple is not None else None


def _measurements(one: QfrEntry | None, parameters: Parameters) -> Measurements | None:
    return Measurements(one.list, one.value, _number(parameters, one.threshold)) if one else None


def _criteria(rules: Iterable[ExecutableRule]) -> list[ExecutableRule]:
    return [one for one in rules if one.kind in CRITERIA]


def _criterion(executable: ExecutableRule) -> Criterion:
    rule = executable.rule
    kind: Literal["inclusion", "exclusion"] = "inclusion" if executable.kind == "inclusion" else "exclusion"
    name = rule.ietestcd or re.sub(r"\W", "", rule.id)[:8]
    expression = executable.conditions[LADDERS[kind].needed].code.text.strip()
    return Criterion(rule.id, name, kind, rule.title, rule.quote, rule.source, expression)


def _criteria_versions(book: Rulebook) -> Iterator[CriteriaVersion]:
    """The set of each version that changed one, or a parameter of one; of a protocol without versions, the only one."""
    versions = book.timeline.versions
    if not versions:
        yield CriteriaVersion(book.study.study.version, tuple(map(_criterion, _criteria(book.rules.values()))))
    known: tuple[str, ...] = ()
    for place, version in enumerate(versions):
        key = [key for key in book.timeline.keys if key.version == place][-1]
        rules = _criteria(book.edition_of(key).rules)
        terms = tuple(f"{one.rule.id} {one.terms}" for one in rules)
        if terms != known:
            yield CriteriaVersion(version.id, tuple(map(_criterion, rules)))
        known = terms


def _visits(book: Rulebook) -> Iterator[PlannedVisit]:
    for one in book.latest.visits:
        editions = [(each, two) for each in editions_of(book) for two in each.visits if two.id == one.id]
        versions = tuple(_visit(each, two) for each, two in editions)
        yield replace(versions[-1], versions=versions[:-1])


def _visit(edition: Edition, one: Visit) -> PlannedVisit:
    rule = edition.by_id.get(one.rule)
    rests_on = rule.parameters if rule else ()
    return PlannedVisit(one.id, one.rule, one.title, one.day, one.minus, one.plus, one.status, rests_on)


def _parameter(one: Effective) -> Parameter:
    entry = one.entry
    basis: str = f"“{entry.quote}”" if entry.quote else entry.why or ""
    if entry.confirmed:
        confirmed = entry.confirmed
        pattern = "confirmed by { $who } on { $day }, { $document }"
        basis = message(pattern, who=confirmed.by, day=str(confirmed.on), document=confirmed.document)
    parameter = one.parameter
    return Parameter(parameter.id, parameter.meaning, one.used.value, entry.status, basis, tuple(parameter.ambiguities))


def _text(parameters: Parameters, name: str | None) -> str | None:
    found = parameters.get(name or "")
    return None if found is None else str(found.entry.value)


def _number(parameters: Parameters, name: str | None) -> Decimal | None:
    text = _text(parameters, name)
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None
