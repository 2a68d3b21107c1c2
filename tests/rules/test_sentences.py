"""Every text that a monitor can meet, in both languages, in one file that a person reads from top to bottom.

First the sentences of rules, as their cases say them, then titles, questions, notices, deviations and the rest of the
trial's texts, then those of the program.

``python tests/rules/test_sentences.py`` writes it anew, from the rule cases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from precise_cal.engine.cases import judged, read_cases
from precise_cal.engine.judging import outcome
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.texts import catalog_of, texts_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.house import house_texts
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Sentence, Verdict

FILE = Path(__file__).parent / "sentences.txt"
_NAMES = r"[A-Z][A-Z0-9/-]*|Ellis|cTn[IT]|mm|[nuk]g/m?L|[A-Z]/L"
_VARYING = re.compile(r"\d[\d.:/ -]*|\b(LAD|LCX|RCA|L\d)\b")


@dataclass
class Met:
    """What rules said in their cases."""

    sentences: dict[str, tuple[Verdict, Sentence]] = field(default_factory=dict)
    """One of each kind: those that differ in numbers, dates and vessels are one kind."""
    patterns: set[Any] = field(default_factory=set)

    def add(self, verdict: Verdict) -> None:
        for one in verdict.says:
            self.sentences.setdefault(f"{verdict.id} {verdict.verdict} {_VARYING.sub('#', one.en)}", (verdict, one))

    @property
    def text(self) -> str:
        parts = [
            f"{one.id} {one.verdict}\n  {says.en}\n  {says.zh}\n" for _, (one, says) in sorted(self.sentences.items())
        ]
        return "\n".join(parts)


def golden(book: Rulebook, met: Met) -> str:
    """What the file holds."""
    catalog = catalog_of(book, "zh")
    parts = [
        ("Sentences of the rules", met.text),
        ("Other texts of the trial", _pairs((text, catalog(text)) for text in texts_of(book))),
        ("Texts of the program", _pairs(house_texts().items())),
    ]
    return "\n".join(f"==== {title} ====\n\n{text}" for title, text in parts)


def _pairs(texts: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{english}\n  {chinese}\n" for english, chinese in texts)


def meet(book: Rulebook) -> Met:
    """Judge every case of the rules."""
    met, say = Met(), outcome.say

    def heard(template: Any, *rest: Any) -> Sentence:
        met.patterns.add(template.patterns["en"])
        return say(template, *rest)

    with patch.object(outcome, "say", heard):
        for case in read_cases(bundled()):
            try:
                verdicts = judged(case, book.varied(case.case.parameters)).verdicts
            except RecordError:
                continue
            for verdict in verdicts:
                met.add(verdict)
    return met


@pytest.fixture(scope="module")
def met(book: Rulebook) -> Met:
    return meet(book)


def test_the_golden_file_has_every_text(met: Met, book: Rulebook) -> None:
    assert FILE.read_text(encoding="utf-8") == golden(book, met), "run tests/rules/test_sentences.py, and read it"


def test_every_sentence_is_said_in_some_case(met: Met, book: Rulebook) -> None:
    """A sentence that nobody meets is a dead one, or lacks its case."""
    never = [
        (rule.rule.id, sorted(one.words), one.patterns["en"])
        for rule in book.edition(None).rules
        for one in rule.says
        if one.patterns["en"] not in met.patterns
    ]
    assert never == []


def test_every_verdict_that_needs_a_person_has_a_sentence(book: Rulebook) -> None:
    needed = {
        "inclusion": {"NOT_MET", "UNKNOWN"},
        "exclusion": {"PRESENT", "UNKNOWN"},
        "conduct": {"DEVIATION", "CANNOT_ASSESS"},
        "outcome": {"YES", "CANNOT_ASSESS"},
        "side_finding": {"YES", "CANNOT_ASSESS"},
    }
    for rule in book.edition(None).rules:
        said = set(rule.said_of)
        assert needed[rule.kind] <= said, rule.rule.id


def test_chinese_has_no_english_but_names_and_units(met: Met) -> None:
    for _, sentence in met.sentences.values():
        quoted = re.sub(r"“[^”]*”", "", sentence.zh)
        left = [word for word in re.findall(r"[A-Za-z][A-Za-z/-]+", quoted) if not re.fullmatch(_NAMES, word)]
        assert left == [], sentence.zh


def test_a_sentence_is_said_of_each_item_that_has_the_verdict(book: Rulebook) -> None:
    case = next(one for one in read_cases(bundled()) if one.rule == "IC-5" and one.case.expect == "NOT_MET")
    verdict = next(one for one in judged(case, book).verdicts if one.id == "IC-5")
    assert {one.item for one in verdict.says} == {one.key for one in verdict.per if one.verdict == "NOT_MET"}


if __name__ == "__main__":
    rules = rulebook(bundled())
    FILE.write_text(golden(rules, meet(rules)), encoding="utf-8")
