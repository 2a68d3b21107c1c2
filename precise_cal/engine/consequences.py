"""From verdicts and findings to candidate deviations: the facts that are chained, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from precise_cal.engine.chaining import (
    ConsequenceError,
    Consequences,
    Fact,
    Value,
    chain_to,
    compile_consequences,
)
from precise_cal.engine.later import Later
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.report import Deviation, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.engine.chaining import Derivation
    from precise_cal.engine.rulebook.load import Loaded

_POPULATIONS = ("ITT", "PP", "AT", "QFR")


@immutable()
class Found:
    """A definite finding of a rule, or the verdict of a criterion, ready to be chained."""

    fact: Fact
    item: str | None
    """The lesion or vessel, as the site calls it."""
    at: str | None


@immutable()
class DeviationText:
    """A kind of deviation as written; `files.DeviationEntry` describes it."""

    code: str
    category: str
    term: str
    importance: Literal["important", "non-important"]
    why: str
    leaves: frozenset[str]


@immutable()
class DeviationRules:
    """The taxonomy of deviations with its compiled rules."""

    taxonomy: Mapping[str, DeviationText]
    about: Mapping[str, str]
    """What each chaining rule says, in words."""
    consequences: Later[Consequences] | None

    def deviations(self, found: Sequence[Found]) -> tuple[Deviation, ...]:
        """The candidate deviations that follow, in the order of their codes."""
        if self.consequences is None or not found:
            return ()
        derivations = self.consequences.value.run(one.fact for one in found)
        by_fact = {one.fact: one for one in found}
        candidates: dict[Fact, Deviation] = {}
        for derivation in derivations:
            if derivation.fact.kind == "deviation":
                chain = chain_to(derivation, derivations)
                candidates.setdefault(derivation.fact, self._deviation(derivation, chain, by_fact[chain[0].parent]))
        return tuple(sorted(candidates.values(), key=lambda one: (one.code, one.rule, one.item or "")))

    def _deviation(self, derivation: Derivation, chain: Sequence[Derivation], origin: Found) -> Deviation:
        entry = self.taxonomy[str(derivation.fact.get("code"))]
        return Deviation(
            code=entry.code,
            category=entry.category,
            term=entry.term,
            importance=entry.importance,
            rule=str(derivation.fact.get("rule")),
            occurred_at=origin.at,
            status="candidate",
            populations={name: name not in entry.leaves for name in _POPULATIONS},
            why=entry.why,
            chain=tuple(Reason(step.rule_id, self.about.get(step.rule_id, step.rule_id)) for step in chain),
            item=origin.item,
        )


def deviation_rules(loaded: Loaded) -> DeviationRules:
    """The taxonomy and rules of the loaded files; empty where there is no ``deviations.yaml``.

    Raises:
        RuleFileError: the vocabulary or a rule is outside the guarded form; every fault is told with its place.
    """
    if loaded.deviations is None:
        return DeviationRules({}, {}, None)
    file, source = loaded.deviations
    document = {"facts": file.facts, "rules": file.rules}
    try:
        consequences = compile_consequences(document, place=lambda path: str(source.place(tuple(path))))
    except ConsequenceError as error:
        raise RuleFileError([(None, line) for line in str(error).splitlines()]) from None
    about = {str(rule["id"]): str(rule.get("about", rule["id"])) for rule in file.rules}
    taxonomy = {
        one.code: DeviationText(one.code, one.category, one.term, one.importance, one.why, frozenset(one.leaves))
        for one in file.deviations
    }
    return DeviationRules(taxonomy, about, Later(consequences))


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
