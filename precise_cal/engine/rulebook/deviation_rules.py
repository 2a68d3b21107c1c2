"""The taxonomy and the chaining of a trial's deviations, from its files; what they name is held to what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.chaining import ConsequenceError, compile_consequences
from precise_cal.engine.rulebook.consequences import (
    DeviationRules,
    DeviationText,
    FindingText,
    criterion_fact,
    finding_fact,
)
from precise_cal.engine.rulebook.deviations import code_of, consequential, findings, place_of
from precise_cal.engine.rulebook.deviations import problems as entry_problems
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.populations import names_of
from precise_cal.language.catalog import Verbatim, message, words_of
from precise_cal.protocol.verdicts import CRITERIA, LADDERS

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from precise_cal.engine.chaining import Consequences, Fact
    from precise_cal.engine.rulebook.deviation_form import DeviationEntry, FindingEntry
    from precise_cal.engine.rulebook.deviations import Consequential, Problem
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.yaml_source import Location


def deviation_rules(loaded: Loaded) -> DeviationRules:
    """The taxonomy and rules of the loaded files.

    Raises:
        RuleFileError: the vocabulary or a rule is outside the guarded form, something that is named does not exist, or
            something that exists is not named; every fault is told with its place.
    """
    problems = [*entry_problems(loaded)]
    found = consequential(loaded)
    try:
        consequences = compile_consequences(found.form, place=lambda path: str(place_of(loaded, found, path)))
    except ConsequenceError as error:
        raise RuleFileError([*problems, *((None, line) for line in str(error).splitlines())]) from None
    problems += [*_unknown(loaded, consequences, found.entries), *_unused(loaded, consequences, found)]
    if problems:
        raise RuleFileError(problems)
    steps = found.form.rules
    return DeviationRules(
        taxonomy={code: _text(entry) for code, entry in found.entries.items()},
        about={step.id: step.about or step.id for step in steps},
        consequences=consequences if steps else None,
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
            code = code_of(loaded, rule) if rule.kind in CRITERIA and rule.status == "active" else None
            if code is not None and code not in codes:
                text = message(
                    "{ $id }: the deviation { $code } has no entry in deviations.yaml: write one, or { $all } there,"
                    " by which every criterion has the usual one",
                    id=Verbatim(rule.id),
                    code=Verbatim(code),
                    all=Verbatim("criteria: {}"),
                )
                yield source.place(("rules", index, "deviation")), text
            elif code is not None:
                words = (LADDERS[rule.kind].decided, LADDERS[rule.kind].unknown)
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
                    yield (
                        source.place(here),
                        message("{ $id }: { $error } of deviations.yaml", id=Verbatim(rule.id), error=words_of(error)),
                    )


def _unused(loaded: Loaded, consequences: Consequences, found: Consequential) -> Iterator[Problem]:
    """Findings without a consequence, and deviations that follow from none; a file that lists words may hold more."""
    if "finding" not in found.stated:
        for code, place in findings(loaded).items():
            if not consequences.matches(finding_fact("any", code, None, None)):
                yield (
                    place,
                    message(
                        "{ $code }: no deviation of deviations.yaml follows from this finding", code=Verbatim(code)
                    ),
                )
    if "deviation" not in found.stated and loaded.deviations is not None:
        file, source = loaded.deviations
        codes = consequences.words("deviation", "code")
        for index, one in enumerate(file.deviations):
            if one.code not in codes and one.found_by is None:
                place = source.place(("deviations", index, "code"))
                yield (
                    place,
                    message(
                        "{ $code }: follows from no finding and no rule: name what it follows from, under follows",
                        code=Verbatim(one.code),
                    ),
                )


def _finding_text(entry: DeviationEntry, variant: FindingEntry) -> FindingText:
    """A variant of a kind of deviation; what it leaves out is that of the kind."""
    leaves = entry.leaves if variant.leaves is None else variant.leaves
    return FindingText(variant.importance or entry.importance, variant.why, frozenset(leaves))
