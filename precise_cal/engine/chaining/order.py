"""What feeds what: every condition has a producer, no rule feeds itself, and effects come after causes."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from precise_cal.engine.chaining.vocabulary import possible_values
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.engine.chaining.model import Condition, Rule, Template
    from precise_cal.engine.chaining.parse import Path, Report
    from precise_cal.engine.chaining.vocabulary import Kind


def rank_rules(rules: Sequence[tuple[Rule, Path]], kinds: Mapping[str, Kind], report: Report) -> dict[str, int]:
    """The place of each rule in an order in which a rule stands after every rule that feeds it.

    Feeding is judged from the rules alone, so a chain can be no longer than there are rules: it always ends.
    """
    feeders: dict[str, list[str]] = {}
    for rule, path in rules:
        feeders[rule.id] = [other.id for other, _ in rules if _feeds(other, rule, kinds)]
        if not kinds[rule.kind].given and not feeders[rule.id]:
            report(
                (*path, "when", rule.kind),
                message("no rule concludes a '{ $kind }' that meets these conditions", kind=rule.kind),
            )
    try:
        ordered = list(TopologicalSorter(feeders).static_order())
    except CycleError as error:
        ring = error.args[1]
        place = next(path for rule, path in rules if rule.id == ring[0])
        report(place, message("rules that feed each other without end: { $ring }", ring=Verbatim(" -> ".join(ring))))
        return {}
    return {rule_id: rank for rank, rule_id in enumerate(ordered)}


def _feeds(producer: Rule, consumer: Rule, kinds: Mapping[str, Kind]) -> bool:
    return any(
        template.kind == consumer.kind
        and all(_can_meet(template, condition, producer, kinds) for condition in consumer.conditions)
        for template in producer.templates
    )


def _can_meet(template: Template, condition: Condition, producer: Rule, kinds: Mapping[str, Kind]) -> bool:
    constants, copies = dict(template.constants), dict(template.copies)
    if condition.field in constants:
        return condition.holds(constants[condition.field])
    if condition.field not in copies:
        return False
    origin = copies[condition.field]
    tested = [known for known in producer.conditions if known.field == origin]
    values = possible_values(kinds[producer.kind].fields[origin], tested)
    return values is None or any(condition.holds(value) for value in values)
