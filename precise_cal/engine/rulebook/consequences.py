"""From verdicts and findings to candidate deviations: the facts that are chained, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from precise_cal.engine.chaining import (
    Consequences,
    Fact,
    Value,
    chain_to,
)
from precise_cal.language.catalog import message
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.report import Deviation, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from precise_cal.engine.chaining import Derivation


@immutable()
class Found:
    """A definite finding of a rule, or the verdict of a criterion, ready to be chained."""

    fact: Fact
    item: str | None
    """The lesion or vessel, as the site calls it."""
    at: str | None
    text: str | None = None
    """What was found, in words, where the finding says more than its code."""


@immutable()
class DeviationText:
    """A kind of deviation as written; `deviation_form.DeviationEntry` describes it."""

    code: str
    category: str
    term: str
    importance: Literal["important", "non-important"]
    why: str
    leaves: frozenset[str]
    once: bool
    by_finding: Mapping[str, FindingText]

    def of(self, finding: Value | None) -> FindingText:
        """How much it matters where it follows from a finding."""
        return self.by_finding.get(str(finding)) or FindingText(self.importance, self.why, self.leaves)


@immutable()
class FindingText:
    """How much a kind of deviation matters where it follows from a certain finding."""

    importance: Literal["important", "non-important"]
    why: str
    leaves: frozenset[str]


@immutable()
class DeviationRules:
    """The taxonomy of deviations with its compiled rules."""

    taxonomy: Mapping[str, DeviationText]
    about: Mapping[str, str]
    """What each chaining rule says, in words."""
    consequences: Consequences | None
    populations: tuple[str, ...]
    """The ids of the analysis populations."""

    def deviations(self, found: Sequence[Found]) -> tuple[Deviation, ...]:
        """The candidate deviations that follow, in the order of their codes."""
        if self.consequences is None or not found:
            return ()
        derivations = self.consequences.run(one.fact for one in found)
        by_fact = {one.fact: one for one in found}
        candidates: dict[Fact | str, list[Deviation]] = {}
        for derivation in derivations:
            if derivation.fact.kind == "deviation":
                chain = chain_to(derivation, derivations)
                one = self._deviation(derivation, chain, by_fact[chain[0].parent])
                candidates.setdefault(one.code if self.taxonomy[one.code].once else derivation.fact, []).append(one)
        return in_order(map(_together, candidates.values()))

    def _deviation(self, derivation: Derivation, chain: Sequence[Derivation], origin: Found) -> Deviation:
        entry = self.taxonomy[str(derivation.fact.get("code"))]
        weight = entry.of(origin.fact.get("code"))
        about = [Reason(step.rule_id, self.about.get(step.rule_id, step.rule_id)) for step in chain]
        if origin.text is not None:
            about[0] = Reason(about[0].rule, message("{ $about }: { $found }", about=about[0].text, found=origin.text))
        rule = str(derivation.fact.get("rule"))
        is_of_criterion = origin.fact.kind == "criterion"
        return Deviation(
            code=entry.code,
            category=entry.category,
            term=message("{ $term }: { $rule }", term=entry.term, rule=rule) if is_of_criterion else entry.term,
            importance=weight.importance,
            rule=rule,
            occurred_at=origin.at,
            status="candidate",
            populations={name: name not in weight.leaves for name in self.populations},
            why=weight.why,
            chain=tuple(about),
            item=origin.item,
        )


def in_order(deviations: Iterable[Deviation]) -> tuple[Deviation, ...]:
    """Deviations as reports have them, by their codes."""
    return tuple(sorted(deviations, key=_place))


def _place(one: Deviation) -> tuple[str, str, str, str, str]:
    return one.code, one.rule, one.item or "", one.occurred_at or "", one.chain[0].text


def _together(several: Sequence[Deviation]) -> Deviation:
    """One deviation of several that are the same: it matters as much as the weightiest, and leaves what any leaves."""
    first = min(several, key=lambda one: (one.importance != "important", *_place(one)))
    if len(several) == 1:
        return first
    kept = {name: all(one.populations[name] for one in several) for name in first.populations}
    return replace(first, populations=kept)


def criterion_fact(rule: str, verdict: str, deviation: str, *, randomized: bool) -> Fact:
    """The fact that a criterion's verdict makes."""
    fields: dict[str, Value] = {
        "rule": rule,
        "verdict": verdict,
        "deviation": deviation,
        "randomized": randomized,
    }
    return Fact("criterion", fields)


def finding_fact(rule: str, code: str, index: int | None, done: bool | None) -> Fact:
    """The fact that a finding makes; an item is told by its place, never by the site's own words."""
    fields: dict[str, Value] = {"rule": rule, "code": code}
    if index is not None:
        fields["item"] = f"item-{index}"
    if done is not None:
        fields["done"] = done
    return Fact("finding", fields)
