"""Every text that a monitor can meet, in both languages, in one file that a person reads from top to bottom.

First the sentences of rules, as their cases say them, then titles, questions, notices, deviations and the rest of the
trial's texts, then those of the program.

``python tests/rules/test_sentences.py`` writes it anew, from the rule cases.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from precise_cal.assurance.boundary_cases import FILE as OF_LIMITS
from precise_cal.engine.cases import judged, read_cases
from precise_cal.engine.judging import outcome
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.catalog import catalog_of
from precise_cal.engine.rulebook.texts import texts_of
from precise_cal.language.house import house_texts
from precise_cal.protocol.from_json import RecordError
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.engine.cases import PlacedCase
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.from_json import Problem
    from precise_cal.protocol.report import Query, Sentence, Subject, Verdict

FILE = Path(__file__).parent / "sentences.txt"
_NAMES = r"[A-Z][A-Z0-9/-]*|Ellis|cTn[IT]|mm|[nuk]g/m?L|[A-Z]/L|mL/min/|overlap"
_VARYING = re.compile(r"\d[\d.:/ -]*|\b(LAD|LCX|RCA|L\d)\b")


@dataclass
class Met:
    """What rules said in their cases."""

    sentences: dict[str, tuple[Verdict, Sentence]] = field(default_factory=dict)
    """One of each kind: those that differ in numbers, dates and vessels are one kind."""
    patterns: set[Any] = field(default_factory=set)
    questions: dict[str, tuple[Query, dict[str, Any]]] = field(default_factory=dict)
    """One of each kind, with the record of which it was asked."""
    notices: set[tuple[str, str, str]] = field(default_factory=set)
    """Rule, code, and the rule's verdict."""

    def add(self, verdict: Verdict) -> None:
        for one in verdict.says:
            self.sentences.setdefault(f"{verdict.id} {verdict.verdict} {_VARYING.sub('#', one.en)}", (verdict, one))

    def hear(self, subject: Subject, document: dict[str, Any]) -> None:
        verdicts = {one.id: one.verdict for one in subject.verdicts}
        for verdict in subject.verdicts:
            self.add(verdict)
        for query in subject.queries:
            place = re.sub(r"\d+", "#", query.pointer)
            self.questions.setdefault(f"{query.rule} {place} {_VARYING.sub('#', query.ask)}", (query, document))
        self.notices |= {(one.rule, one.code, verdicts[one.rule]) for one in subject.notices if one.rule}

    def asked(self, catalog: Catalog) -> str:
        lines = [
            f"{one.rule} {one.pointer}\n  {one.request}\n  {catalog(one.request)}\n"
            for _, (one, _) in sorted(self.questions.items())
        ]
        return "\n".join(lines)

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
        ("Questions of the rules", met.asked(catalog)),
        ("Problems of a record", _pairs((str(one.words), catalog(one.words)) for one in problems(book))),
        ("Other texts of the trial", _pairs((text, catalog(text)) for text in texts_of(book))),
        ("Texts of the program", _pairs(house_texts().items())),
    ]
    return "\n".join(f"==== {title} ====\n\n{text}" for title, text in parts)


WRONG: dict[str, Any] = {
    "/consent/signed_at": "12/03/2026",
    "/demographics/birth_date": "10 May 1956",
    "/demographics/sex": "Male",
    "/history/life_expectancy": "N/A",
    "/hospital/admitted_at": "2026-03-09T08:00:00",
    "/labs/0/uln": {"value": "0", "unit": "ng/L"},
    "/labs/0/value": "8,5",
    "/lesions/0/devices": {},
    "/lesions/0/lesion_id": "L 1",
    "/lesions/0/reference_vessel_diameter/0": {"value": "2.8", "unit": "cm"},
    "/lesions/0/target": "no",
    "/qfr_measurements/0/value": "88",
    "/qfr_measurements/1/value": "-0.1",
    "/renal/egfr": {"value": "72", "unit": "ml/min/1.73m2"},
    "/visits/0/mod": "telephone",
}


def by_hand() -> list[PlacedCase]:
    """The cases but those of limits, which are made of them."""
    return [one for one in read_cases(bundled()) if not one.place.file.endswith(OF_LIMITS)]


def problems(book: Rulebook) -> list[Problem]:
    """What is said of a record that holds what sites write, and of documents that are none."""
    complete = next(one.document for one in by_hand() if one.case.from_ == "complete")
    document = json.loads(json.dumps(complete, default=str))
    for pointer, value in WRONG.items():
        *steps, last = pointer.split("/")[1:]
        place = document
        for step in steps:
            place = place[int(step) if isinstance(place, list) else step]
        place[int(last) if isinstance(place, list) else last] = value
    found: list[Problem] = []
    for data in (document, {"resourceType": "Bundle"}, [], {"subject_id": "S1", "schema_version": "9"}):
        with pytest.raises(RecordError) as refused:
            book.records.record(data)
        found += refused.value.problems
    return found


def _pairs(texts: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{english}\n  {chinese}\n" for english, chinese in texts)


def meet(book: Rulebook) -> Met:
    """Judge every case of the rules."""
    met, say = Met(), outcome.say

    def heard(template: Any, *rest: Any) -> Sentence:
        met.patterns.add(template.patterns["en"])
        return say(template, *rest)

    with patch.object(outcome, "say", heard):
        for case in by_hand():
            try:
                met.hear(judged(case, book.varied(case.case.parameters)), case.document)
            except RecordError:
                continue
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


def test_no_question_asks_for_what_is_recorded(met: Met) -> None:
    """What is there is asked about by its value, never for; who is not randomized is asked for no allocation."""
    wrong = []
    for query, document in met.questions.values():
        value = at(document, query.pointer)
        if query.pointer.startswith("/randomization") and not document.get("randomization"):
            wrong.append((query, None))
        if not isinstance(value, list | dict | bool | None):
            minute = str(value).replace("T", " ")[:16]
            wrong += [] if (minute[11:] or minute) in query.ask else [(query, value)]
    assert wrong == []


def at(document: Any, pointer: str) -> Any:
    """What stands at a pointer of a record; None where nothing does."""
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else (document or {}).get(step)
    return None if document == "unknown" else document


def test_no_notice_calls_counted_what_was_not(met: Met, book: Rulebook) -> None:
    """Notices of a component or of a kind of event are those of an event that the rule counts."""
    counts = {"component", "counted", "thrombosis"}
    texts = {
        (rule.rule.id, one.notice.code): one.notice.text.replace(",", " ").split()
        for rule in book.edition(None).rules
        for one in rule.notices
    }
    wrong = [
        (rule, code, verdict)
        for rule, code, verdict in met.notices
        if not counts.isdisjoint(texts[rule, code]) and "not" not in texts[rule, code] and verdict != "YES"
    ]
    assert wrong == []


def test_chinese_has_no_english_but_names_and_units(met: Met) -> None:
    for _, sentence in met.sentences.values():
        quoted = re.sub(r"“[^”]*”|data_cutoff|--now", "", sentence.zh)
        left = [word for word in re.findall(r"[A-Za-z][A-Za-z/-]+", quoted) if not re.fullmatch(_NAMES, word)]
        assert left == [], sentence.zh


def test_questions_in_chinese_have_no_english_but_names_and_units(met: Met, book: Rulebook) -> None:
    catalog = catalog_of(book, "zh")
    for query, _ in met.questions.values():
        quoted = re.sub(r"“[^”]*”|\"[^\"]*\"|data_cutoff|--now|sites\.yaml", "", catalog(query.request))
        left = [word for word in re.findall(r"[A-Za-z][A-Za-z/-]+", quoted) if not re.fullmatch(_NAMES, word)]
        assert left == [], query.request


def test_a_sentence_is_said_of_each_item_that_has_the_verdict(book: Rulebook) -> None:
    case = next(one for one in by_hand() if one.rule == "IC-5" and one.case.expect == "NOT_MET")
    verdict = next(one for one in judged(case, book).verdicts if one.id == "IC-5")
    assert {one.item for one in verdict.says} == {one.key for one in verdict.per if one.verdict == "NOT_MET"}


if __name__ == "__main__":
    rules = rulebook(bundled())
    FILE.write_text(golden(rules, meet(rules)), encoding="utf-8")
