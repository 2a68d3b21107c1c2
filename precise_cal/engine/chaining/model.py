"""Consequence rules, checked: conditions on one fact, and the facts that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.chaining.facts import Derivation, Fact, Value
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@immutable()
class Condition:
    """A field holds one of some values; negated, it holds another one.

    Either way the field must be there: of a field that a fact does not have, nothing holds.
    """

    field: str
    values: frozenset[Value]
    negated: bool

    def holds(self, value: Value) -> bool:
        """Whether a value of the field meets the condition."""
        return (value in self.values) is not self.negated


@immutable()
class Template:
    """A fact to conclude: constants, and copies (own field, field of the matched fact)."""

    kind: str
    constants: tuple[tuple[str, Value], ...]
    copies: tuple[tuple[str, str], ...]

    def fill(self, source: Mapping[str, Value]) -> Fact:
        """The fact that follows from a matched fact; a copy of a field that it does not have is left out."""
        copied = {name: source[origin] for name, origin in self.copies if origin in source}
        return Fact(self.kind, {**dict(self.constants), **copied})


@immutable()
class Rule:
    """When one fact of a kind meets every condition, these facts follow."""

    id: str
    kind: str
    conditions: tuple[Condition, ...]
    templates: tuple[Template, ...]

    def matches(self, source: Mapping[str, Value]) -> bool:
        """Whether a fact of the rule's kind with these fields meets every condition."""
        return all(
            condition.field in source and condition.holds(source[condition.field]) for condition in self.conditions
        )

    def conclude(self, parent: Fact) -> tuple[Derivation, ...]:
        """What follows from a matched fact."""
        source = dict(parent.attributes)
        return tuple(Derivation(template.fill(source), self.id, parent) for template in self.templates)


def chain(given: Iterable[Fact], firing: Callable[[Fact], Iterable[Rule]]) -> set[Derivation]:
    """Everything that follows from the given facts; each fact, given or concluded, meets the rules once.

    Args:
        given: the facts to start from.
        firing: the rules that a fact fires.
    """
    waiting = list(given)
    seen = set(waiting)
    found: set[Derivation] = set()
    while waiting:
        fact = waiting.pop()
        for rule in firing(fact):
            for derivation in rule.conclude(fact):
                found.add(derivation)
                if derivation.fact not in seen:
                    seen.add(derivation.fact)
                    waiting.append(derivation.fact)
    return found
