"""What reports need to know of the rules, taken from the rulebook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from precise_cal.engine.rulebook.reading import allocation_rules
from precise_cal.reports.public import Mask
from precise_cal.reports.study import Criterion, Parameter, PlannedVisit, Study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from precise_cal.engine.rulebook.parameters import Effective
    from precise_cal.engine.rulebook.rulebook import Edition, Rulebook


def study_of(book: Rulebook) -> Study:
    """The study as the latest edition of its rules states it."""
    edition = book.edition(book.days[-1] if book.days else None)
    about = book.study.study
    enrollment = _number(edition, "study.enrollment")
    return Study(
        id=about.id,
        title=about.title,
        short_title=about.short_title,
        version=about.version,
        source=about.source,
        sponsor=about.sponsor,
        utc_offset_minutes=book.utc_offset_minutes,
        arms={arm.code: arm.title for arm in book.study.arms},
        criteria=tuple(_criteria(edition)),
        visits=tuple(_visits(edition)),
        parameters=tuple(_parameter(one) for one in edition.parameters.values()),
        titles={rule.rule.id: rule.rule.title for rule in edition.rules},
        mask=Mask(allocation_rules(book), book.schema.revealing),
        populations={one.id: one.title for one in edition.populations},
        start=_text(edition, "study.start"),
        enrollment=None if enrollment is None else int(enrollment),
        qfr_threshold=_number(edition, "qfr.threshold"),
        marker_multiple=_number(edition, "pmi.multiple"),
        outcomes=tuple((rule.rule.source, rule.rule.quote) for rule in edition.rules if rule.kind == "outcome"),
    )


def _criteria(edition: Edition) -> Iterator[Criterion]:
    for executable in edition.rules:
        rule, kind = executable.rule, executable.kind
        if kind == "inclusion" or kind == "exclusion":
            name = rule.ietestcd or re.sub(r"\W", "", rule.id)[:8]
            condition = executable.conditions["met_when" if kind == "inclusion" else "present_when"]
            expression = condition.code.text.strip()
            yield Criterion(rule.id, name, kind, rule.title, rule.quote, rule.source, expression)


def _visits(edition: Edition) -> Iterator[PlannedVisit]:
    for name in edition.parameters:
        group, _, last = name.partition(".")
        if group.startswith("visit_") and last == "day":
            rule = next((one for one in edition.rules if any(used.id == name for used in one.parameters)), None)
            days = [_number(edition, f"{group}.{part}") for part in ("day", "minus", "plus")]
            if rule is not None and all(value is not None for value in days):
                day, minus, plus = (int(value or 0) for value in days)
                status = edition.parameters[f"{group}.plus"].entry.status
                yield PlannedVisit(group[6:].upper(), rule.rule.id, rule.rule.title, day, minus, plus, status)


def _parameter(one: Effective) -> Parameter:
    entry = one.entry
    basis = f"“{entry.quote}”" if entry.quote else entry.why or ""
    if entry.confirmed:
        basis = f"confirmed by {entry.confirmed.by} on {entry.confirmed.on}, {entry.confirmed.document}"
    parameter = one.parameter
    return Parameter(parameter.id, parameter.meaning, one.used.value, entry.status, basis, tuple(parameter.ambiguities))


def _text(edition: Edition, name: str) -> str | None:
    found = edition.parameters.get(name)
    return None if found is None else str(found.entry.value)


def _number(edition: Edition, name: str) -> Decimal | None:
    from decimal import Decimal, InvalidOperation

    text = _text(edition, name)
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None
