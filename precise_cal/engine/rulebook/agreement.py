"""What the files of a trial say twice, or in vain: codes, the rules of the gate, sentences of no verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.rulebook.deviations import code_of
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.verdicts import CRITERIA, LADDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.rule_form import RuleEntry
    from precise_cal.engine.rulebook.yaml_source import YamlFile

    Problem = tuple[Place | None, str]


def check_agreement(loaded: Loaded) -> None:
    """See that codes are one rule's or one arm's, and that the gate and sentences name what can be.

    Raises:
        RuleFileError: something is said twice or in vain; all is told at once.
    """
    problems = [*_arms(loaded), *_of_criteria(loaded), *_findings(loaded)]
    problems += [*_gate(loaded), *_sentences(loaded)]
    if problems:
        raise RuleFileError(problems)


def _rules(loaded: Loaded) -> Iterator[tuple[RuleEntry, YamlFile, int]]:
    for file, source in loaded.rules:
        for index, rule in enumerate(file.rules):
            yield rule, source, index


def _arms(loaded: Loaded) -> Iterator[Problem]:
    path = loaded.schema.role_path("arm")
    held = loaded.schema.field(path) if path else None
    words = held.words if held is not None else ()
    seen: set[str] = set()
    for index, arm in enumerate(loaded.protocol.arms):
        place = loaded.source.place(("arms", index, "code"))
        if arm.code.casefold() in seen:
            yield place, message("the arm { $code } stands twice", code=Verbatim(arm.code))
        if words and arm.code not in words:
            yield (
                place,
                message(
                    "{ $code }: { $value }, the role arm, never says it; it says { $words }",
                    code=Verbatim(arm.code),
                    value=".".join(path or ()),
                    words=Verbatim(", ".join(words)),
                ),
            )
        seen.add(arm.code.casefold())
    for word in words if loaded.protocol.arms else ():
        if word.casefold() not in seen:
            place = loaded.source.place(("arms",))
            text = "{ $word }: no arm has this code, which { $path }, the role arm, may say"
            yield place, message(text, word=Verbatim(word), path=Verbatim(".".join(path or ())))


def _findings(loaded: Loaded) -> Iterator[Problem]:
    for rule, source, index in _rules(loaded):
        seen = set()
        for number, one in enumerate(rule.findings):
            if (one.code, one.when) in seen:
                place = source.place(("rules", index, "findings", number))
                text = "{ $id }: the finding { $code } stands twice"
                yield place, message(text, id=Verbatim(rule.id), code=Verbatim(one.code))
            seen.add((one.code, one.when))


def _of_criteria(loaded: Loaded) -> Iterator[Problem]:
    """Names that two criteria have: by them documents tell which one is meant."""
    of: dict[tuple[str, str], str] = {}
    for rule, source, index in _rules(loaded):
        for key, name in (("ietestcd", rule.ietestcd), ("deviation", code_of(loaded, rule))):
            if name is not None and rule.kind in CRITERIA:
                first = of.setdefault((key, name), rule.id)
                if first != rule.id:
                    yield (
                        source.place(("rules", index, key)),
                        message(
                            "{ $id }: { $name } is the { $key } of { $first }; each criterion has its own",
                            id=Verbatim(rule.id),
                            name=Verbatim(name),
                            key=Verbatim(key),
                            first=Verbatim(first),
                        ),
                    )


def _gate(loaded: Loaded) -> Iterator[Problem]:
    kinds = {rule.id: rule.kind for rule, _, _ in _rules(loaded)}
    for file, source in loaded.rules:
        for index, name in enumerate(file.gate.requires if file.gate else ()):
            if kinds.get(name, "conduct") != "conduct":
                right = "it needs every criterion anyway" if kinds[name] in CRITERIA else "name rules of kind conduct"
                text = message(
                    "the gate cannot require { $name }, which is of kind { $kinds }: { $right }",
                    name=Verbatim(name),
                    kinds=Verbatim(kinds[name]),
                    right=right,
                )
                yield source.place(("gate", "requires", index)), text


def _sentences(loaded: Loaded) -> Iterator[Problem]:
    for rule, source, index in _rules(loaded):
        ladder = LADDERS[rule.kind]
        conditions = {name for name in ladder.conditions if getattr(rule, name) is not None}
        if ladder.needed not in conditions:
            continue  # that it lacks one is told in its place
        words = ladder.words_with(conditions)
        for number, entry in enumerate(rule.says):
            for word in [entry.of] if isinstance(entry.of, str) else entry.of:
                if word not in words:
                    text = message(
                        "{ $id }: never says { $word }; it says { $words }",
                        id=Verbatim(rule.id),
                        word=Verbatim(word),
                        words=Verbatim(", ".join(words)),
                    )
                    yield source.place(("rules", index, "says", number, "of")), text
