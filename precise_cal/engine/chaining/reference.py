"""The plain fixpoint evaluator: reference for consequences, and stand-in where durable-rules cannot run."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from precise_cal.engine.chaining.model import Rule, chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from precise_cal.engine.chaining.facts import Derivation, Fact


class PlainEngine:
    """Holds every fact against every rule of its kind until nothing new follows."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules: defaultdict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            self._rules[rule.kind].append(rule)

    def run(self, facts: Iterable[Fact]) -> set[Derivation]:
        """Everything that follows from the facts."""
        return chain(facts, self._firing)

    def _firing(self, fact: Fact) -> Iterable[Rule]:
        rules = self._rules.get(fact.kind, ())
        source = dict(fact.attributes)
        return [rule for rule in rules if rule.matches(source)]
