"""What can be said against rule files that work: missing cases, unused names, unknown deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cases import read_cases
from precise_cal.engine.chaining import ConsequenceError
from precise_cal.engine.consequences import criterion_fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.engine.consequences import DeviationRules
    from precise_cal.engine.rulebook.rulebook import Condition, Edition, ExecutableRule, Rulebook

_NEEDED: Final = {
    "inclusion": {"MET", "NOT_MET", "UNKNOWN"},
    "exclusion": {"ABSENT", "PRESENT", "UNKNOWN"},
    "conduct": {"COMPLIANT", "DEVIATION", "CANNOT_ASSESS"},
    "outcome": {"YES", "NO", "CANNOT_ASSESS"},
    "side_finding": {"YES", "NO", "CANNOT_ASSESS"},
}
_FAILING: Final = {"inclusion": "NOT_MET", "exclusion": "PRESENT"}


def lint(book: Rulebook, folder: Path) -> list[str]:
    """Remarks on the rules of a folder; their form and types were checked when they were read.

    Raises:
        RuleFileError: a file is wrong.
    """
    edition = book.edition(None)
    conditions = [condition for rule in edition.rules for condition in _all_conditions(rule)]
    parameters = {name for condition in conditions for name in condition.parameters}
    definitions = {name for condition in conditions for name in condition.definitions}
    return [
        *_missing_cases(edition, folder),
        *_unused_parameters(edition, parameters),
        *_unused_definitions(book, definitions),
        *_unknown_deviations(book.deviations, edition),
    ]


def _missing_cases(edition: Edition, folder: Path) -> Iterator[str]:
    shown: dict[str, set[str]] = {}
    for case in read_cases(folder):
        shown.setdefault(case.rule, set()).add(case.case.expect)
    for rule in edition.rules:
        lacking = sorted(_NEEDED[rule.kind] - shown.get(rule.rule.id, set()))
        if lacking:
            yield f"{rule.rule.id}: no case shows {', '.join(lacking)}"


def _unused_parameters(edition: Edition, used: set[str]) -> Iterator[str]:
    for identifier in sorted(set(edition.parameters) - used):
        if not edition.parameters[identifier].parameter.informative:
            yield f"{identifier}: no rule uses this parameter"


def _unused_definitions(book: Rulebook, used: set[str]) -> Iterator[str]:
    for file, _ in book.loaded.rules:
        for definition in file.definitions:
            if definition.define not in used:
                yield f"{definition.define}: no rule uses this definition"


def _unknown_deviations(known: DeviationRules, edition: Edition) -> Iterator[str]:
    """Deviations that ``deviations.yaml`` could not take: no check of a participant who has one would end."""
    for rule in edition.rules:
        failing = _FAILING.get(rule.kind)
        if rule.rule.deviation is None or failing is None or known.consequences is None:
            continue
        if rule.rule.deviation not in known.taxonomy:
            yield f"{rule.rule.id}: the deviation {rule.rule.deviation} has no entry in deviations.yaml"
            continue
        try:
            known.consequences.value.run([criterion_fact(rule.rule.id, failing, rule.rule.deviation, randomized=True)])
        except ConsequenceError as error:
            yield f"{rule.rule.id}: {error}"


def _all_conditions(rule: ExecutableRule) -> Iterator[Condition]:
    yield from rule.conditions_of_items()
    if rule.scope:
        yield rule.scope.items
