"""From verdicts and findings to candidate deviations: the facts that are chained, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.engine.chaining import (
    ConsequenceError,
    Consequences,
    Fact,
    Value,
    chain_to,
    compile_consequences,
)
from precise_cal.engine.later import Later
from precise_cal.engine.rulebook.deviations import code_of, consequential, findings, place_of
from precise_cal.engine.rulebook.deviations import problems as entry_problems
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.populations import names_of
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.report import Deviation, Reason

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from precise_cal.engine.chaining import Derivation
    from precise_cal.engine.rulebook.deviation_form import DeviationEntry, FindingEntry
    from precise_cal.engine.rulebook.deviations import Consequential, Problem
    from precise_cal.engine.rulebook.load import Loaded
    from precise_cal.engine.rulebook.yaml_source import Location

_FAILING: Final = {"inclusion": "NOT_MET", "exclusion": "PRESENT"}


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
    """A kind of deviation as written; `files.DeviationEntry` describes it."""

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
    consequences: Later[Consequences] | None
    populations: tuple[str, ...]
    """The ids of the analysis populations."""

    def deviations(self, found: Sequence[Found]) -> tuple[Deviation, ...]:
        """The candidate deviations that follow, in the order of their codes."""
        if self.consequences is None or not found:
            return ()
        derivations = self.consequences.value.run(one.fact for one in found)
        by_fact = {one.fact: one for one in found}
        candidates: dict[Fact | str, list[Deviation]] = {}
        for derivation in derivations:
            if derivation.fact.kind == "deviation":
                chain = chain_to(derivation, derivations)
                one = self._deviation(derivation, chain, by_fact[chain[0].parent])
                candidates.setdefault(one.code if self.taxonomy[one.code].once else derivation.fact, []).append(one)
        return tuple(sorted(map(_together, candidates.values()), key=_place))

    def _deviation(self, derivation: Derivation, chain: Sequence[Derivation], origin: Found) -> Deviation:
        entry = self.taxonomy[str(derivation.fact.get("code"))]
        weight = entry.of(origin.fact.get("code"))
        about = [Reason(step.rule_id, self.about.get(step.rule_id, step.rule_id)) for step in chain]
        if origin.text is not None:
            about[0] = Reason(about[0].rule, f"{about[0].text}: {origin.text}")
        return Deviation(
            code=entry.code,
            category=entry.category,
            term=entry.term,
            importance=weight.importance,
            rule=str(derivation.fact.get("rule")),
            occurred_at=origin.at,
            status="candidate",
            populations={name: name not in weight.leaves for name in self.populations},
            why=weight.why,
            chain=tuple(about),
            item=origin.item,
        )


def _place(one: Deviation) -> tuple[str, str, str, str, str]:
    return one.code, one.rule, one.item or "", one.occurred_at or "", one.chain[0].text


def _together(several: Sequence[Deviation]) -> Deviation:
    """One deviation of several that are the same: it matters as much as the weightiest, and leaves what any leaves."""
    first = min(several, key=lambda one: (one.importance != "important", *_place(one)))
    if len(several) == 1:
        return first
    kept = {name: all(one.populations[name] for one in several) for name in first.populations}
    return replace(first, populations=kept)


def deviation_rules(loaded: Loaded) -> DeviationRules:
    """The taxonomy and rules of the loaded files.

    Raises:
        RuleFileError: the vocabulary or a rule is outside the guarded form, something that is named does not exist, or
            something that exists is not named; every fault is told with its place.
    """
    problems = [*entry_problems(loaded)]
    found = consequential(loaded)
    try:
        consequences = compile_consequences(found.document, place=lambda path: str(place_of(loaded, found, path)))
    except ConsequenceError as error:
        raise RuleFileError([*problems, *((None, line) for line in str(error).splitlines())]) from None
    problems += [*_unknown(loaded, consequences, found.entries), *_unused(loaded, consequences, found)]
    if problems:
        raise RuleFileError(problems)
    steps = found.document["rules"]
    return DeviationRules(
        taxonomy={code: _text(entry) for code, entry in found.entries.items()},
        about={str(step["id"]): str(step.get("about", step["id"])) for step in steps},
        consequences=Later(consequences) if steps else None,
        populations=tuple(names_of(loaded)),
    )


def _text(one: DeviationEntry) -> DeviationText:
    by_finding = {code: _finding_text(one, variant) for code, variant in one.by_finding.items()}
    leaves = frozenset(one.leaves)
    return DeviationText(one.code, one.category, one.term, one.importance, one.why, leaves, one.once, by_finding)


def _unknown(loaded: Loaded, consequences: Consequences, codes: Container[str]) -> Iterator[Problem]:
    """Deviations and findings of rules that ``deviations.yaml`` does not know: none would ever follow from them."""
    for file, source in loaded.rules:
        for index, rule in enumerate(file.rules):
            facts: list[tuple[Location, Fact]] = []
            code = code_of(loaded, rule) if rule.kind in _FAILING and rule.status == "active" else None
            if code is not None and code not in codes:
                text = f"{rule.id}: the deviation {code} has no entry in deviations.yaml"
                yield source.place(("rules", index, "deviation")), text
            elif code is not None:
                words = (_FAILING[rule.kind], "UNKNOWN")
                made = (criterion_fact(rule.id, word, code, randomized=True) for word in words)
                facts += [(("rules", index, "deviation"), fact) for fact in made]
            for number, one in enumerate(rule.findings):
                facts.append(
                    (("rules", index, "findings", number, "code"), finding_fact(rule.id, one.code, None, None))
                )
            for here, fact in facts:
                try:
                    consequences.check(fact)
                except ConsequenceError as error:
                    yield source.place(here), f"{rule.id}: {error} of deviations.yaml"


def _unused(loaded: Loaded, consequences: Consequences, found: Consequential) -> Iterator[Problem]:
    """Findings without a consequence, and deviations that follow from none; a file that lists words may hold more."""
    if "finding" not in found.stated:
        for code, place in findings(loaded).items():
            if not consequences.matches(finding_fact("any", code, None, None)):
                yield place, f"{code}: no deviation of deviations.yaml follows from this finding"
    if "deviation" not in found.stated and loaded.deviations is not None:
        file, source = loaded.deviations
        codes = consequences.words("deviation", "code")
        for index, one in enumerate(file.deviations):
            if one.code not in codes and one.found_by is None:
                place = source.place(("deviations", index, "code"))
                yield (
                    place,
                    f"{one.code}: follows from no finding and no rule: name what it follows from, under follows",
                )


def _finding_text(entry: DeviationEntry, variant: FindingEntry) -> FindingText:
    """A variant of a kind of deviation; what it leaves out is that of the kind."""
    leaves = entry.leaves if variant.leaves is None else variant.leaves
    return FindingText(variant.importance or entry.importance, variant.why, frozenset(leaves))


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
