"""Names in rule cases that stand for something in the rules: a misspelt one would make a case that shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.check import PLACEHOLDER
from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.engine.rulebook.deviations import consequential
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.near import hint_or_all
from precise_cal.protocol.verdicts import GATE, LADDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.cases import PlacedCase
    from precise_cal.engine.rulebook.rulebook import Rulebook


def check_cases(cases: Iterable[PlacedCase], book: Rulebook) -> None:
    """See that cases name rules, verdicts, notices, deviations and parameters that there are.

    Raises:
        RuleFileError: one of them does not, with its place.
    """
    known = _Known(book)
    problems = [(placed.place_of(*path), text) for placed in cases for path, text in known.problems(placed)]
    if problems:
        raise RuleFileError(dict.fromkeys(problems))


class _Known:
    """What cases may name."""

    def __init__(self, book: Rulebook) -> None:
        self.kinds = {one.id: one.kind for one in book.lineup}
        self.retired = {rule.id for file, _ in book.loaded.rules for rule in file.rules} - set(self.kinds)
        self.deviations = tuple(consequential(book.loaded).entries)
        self.populations = book.deviations.populations
        self.parameters = tuple(sorted({name for key in book.timeline.keys for name in book.parameters_of(key)}))
        self.notices = {
            identifier: [
                one.code for file, _ in book.loaded.rules for rule in file.rules if rule.id == identifier
                for one in rule.notices
            ]
            for identifier in self.kinds
        }  # fmt: skip

    def problems(self, placed: PlacedCase) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What one case names in vain, by the path within it."""
        rule, case = placed.rule, placed.case
        if rule not in self.kinds and rule != GATE_ID:
            text = (
                "is retired, or off"
                if rule in self.retired
                else message("is no rule{ $hint_or_all }", hint_or_all=hint_or_all(rule, [*self.kinds, GATE_ID]))
            )
            yield (), f'"{rule}" {text}'
            return
        yield from self._of_verdict(("expect",), rule, case.expect)
        for other, verdict in case.also.items():
            if other in self.kinds and other != rule:
                yield from self._of_verdict(("also", other), other, verdict)
            else:
                others = [one for one in self.kinds if one != rule]
                text = message(
                    'also: "{ $other }" is no other rule{ $hint_or_all }',
                    other=other,
                    hint_or_all=hint_or_all(other, others),
                )
                yield ("also", other), text
        if case.gate is not None and case.gate not in GATE.words:
            yield (
                ("gate",),
                message(
                    'gate: the gate never says "{ $gate }"{ $near }', gate=case.gate, near=_near(case.gate, GATE.words)
                ),
            )
        notices = [*self.notices.get(rule, ()), PLACEHOLDER]
        named = (
            ("notices", case.notices, "a notice of this rule", notices),
            ("silent", case.silent, "a notice of this rule", notices),
            ("raises", case.raises or (), "a notice of this rule", notices),
            ("deviations", case.deviations, "a deviation", self.deviations),
            ("no_deviations", case.no_deviations, "a deviation", self.deviations),
            ("deviates", case.deviates or (), "a deviation", self.deviations),
            ("leaves", case.leaves or (), "an analysis population", self.populations),
            ("parameters", case.parameters, "a parameter", self.parameters),
        )
        for key, names, what, there in named:
            for place, name in enumerate(names):
                if name not in there:
                    at = name if key == "parameters" else place
                    yield (
                        (key, at),
                        message(
                            '{ $key }: "{ $name }" is not { $what }{ $hint_or_all }',
                            key=Verbatim(key),
                            name=name,
                            what=what,
                            hint_or_all=hint_or_all(name, there),
                        ),
                    )

    def _of_verdict(
        self, path: tuple[str | int, ...], rule: str, word: str
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """That a rule never has the verdict that a case expects of it."""
        words = (GATE if rule == GATE_ID else LADDERS[self.kinds[rule]]).words
        if word not in words:
            text = message(
                '{ $key }: { $rule } never says "{ $expect }"{ $near }',
                key=Verbatim(str(path[0])),
                rule=rule,
                expect=word,
                near=_near(word, words),
            )
            yield path, text


def _near(word: str, words: tuple[str, ...]) -> str:
    """What is said instead; a word in small letters is meant as one in capitals."""
    return (
        message('; did you mean "{ $word }"?', word=word.upper()) if word.upper() in words else hint_or_all(word, words)
    )
