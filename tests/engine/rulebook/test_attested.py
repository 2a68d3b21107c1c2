"""A criterion that a person answers needs no condition: unknown until then, and asked for in its clause's words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

QUOTE = "The participant is fit for the procedure."
RULE = """rules:
  - id: IC-8
    kind: inclusion
    title: Fit for the procedure
    quote: "{quote}"
    source: a test
    attested: {attested}
"""
PART = """  Attestation:
    answer: {type: boolean, about: the answer}
    by: {type: text, about: who}
    at: {type: instant, about: when}
"""
LISTED = PART + "    criterion: {type: words, words: [IC-8, EX-99], about: which criterion}\n"


@pytest.fixture
def trial(rules_copy: Path) -> Callable[[str], Path]:
    """The bundled trial with one more criterion, and three places where an answer may stand."""

    def make(attested: str, quote: str = QUOTE) -> Path:
        record = rules_copy / "record.yaml"
        text = record.read_text("utf-8").replace(
            "\nparts:\n", f"\nparts:\n{PART}{LISTED.replace('Attestation', 'Listed')}", 1
        )
        fields = (
            "  fit: {type: boolean, about: whether}\n  fitness: {type: Attestation, known: true}\n"
            "  attestations: {type: list of Listed, about: the answers}\n"
        )
        record.write_text(text.replace("\nunique:", f"\n{fields}unique:", 1), "utf-8")
        eligibility = rules_copy / "eligibility.yaml"
        rule = RULE.format(quote=quote, attested=attested)
        eligibility.write_text(eligibility.read_text("utf-8").replace("\nrules:\n", f"\n{rule}", 1), "utf-8")
        return rules_copy

    return make


_BOOKS: dict[str, Rulebook] = {}
"""Those of the folders that tests made, by what they wrote: many judge by the same."""


def _judged(folder: Path, document: dict[str, Any]) -> tuple[str, list[tuple[str, str]], str]:
    written = (folder / "eligibility.yaml").read_text("utf-8")
    book = _BOOKS.get(written) or _BOOKS.setdefault(written, rulebook(folder, cache=False))
    data = json.dumps(document).encode()
    subject = Checker(book).subject(book.records.read(data), data)
    verdict = next(one for one in subject.verdicts if one.id == "IC-8")
    return (
        verdict.verdict,
        [(one.pointer, one.ask) for one in subject.queries if one.rule == "IC-8"],
        subject.gate.decision,
    )


SIGNED = {"by": "Dr Li", "at": "2026-03-09T10:00:00+08:00"}
ASKED = f"The investigator answers: {QUOTE}"


@pytest.mark.parametrize(
    ("attested", "given", "verdict", "asked"),
    [
        ("fit", {}, "UNKNOWN", [("/fit", ASKED)]),
        ("fit", {"fit": True}, "MET", []),
        ("fit", {"fit": False}, "NOT_MET", []),
        ("fitness", {}, "UNKNOWN", [("/fitness/answer", ASKED)]),
        (
            "fitness",
            {"fitness": {"answer": True, "at": SIGNED["at"]}},
            "UNKNOWN",
            [("/fitness/by", f"who answered: {QUOTE}")],
        ),
        ("fitness", {"fitness": {"answer": True, **SIGNED}}, "MET", []),
        ("fitness", {"fitness": {"answer": False, **SIGNED}}, "NOT_MET", []),
        ("true", {}, "UNKNOWN", [("/attestations", ASKED)]),
        ("true", {"attestations": []}, "UNKNOWN", [("/attestations", ASKED)]),
        (
            "true",
            {"attestations": [{"criterion": "EX-99", "answer": True, **SIGNED}]},
            "UNKNOWN",
            [("/attestations", ASKED)],
        ),
        ("true", {"attestations": [{"criterion": "IC-8", "answer": True, **SIGNED}]}, "MET", []),
        ("true", {"attestations": [{"criterion": "IC-8", "answer": False, **SIGNED}]}, "NOT_MET", []),
        (
            "true",
            {"attestations": [{"criterion": "IC-8", "answer": answer, **SIGNED} for answer in (True, False)]},
            "UNKNOWN",
            [("/attestations", ASKED)],
        ),
    ],
)
def test_judged(
    attested: str, given: dict[str, Any], verdict: str, asked: list[Any], trial: Any, screening: dict[str, Any]
) -> None:
    decision = {"MET": "ALLOW", "NOT_MET": "REFUSE", "UNKNOWN": "INCOMPLETE"}[verdict]
    assert _judged(trial(attested), screening | given) == (verdict, asked, decision)


@pytest.mark.parametrize(
    ("attested", "problem"),
    [
        ("fitted", 'IC-8: "fitted" is no field of the record'),
        ("consent", "IC-8: consent holds no answer"),
        ("labs", "IC-8: labs holds no answer"),
        ("fit\n    met_when: fit", "IC-8: what a person answers needs no condition"),
        ("false", "attested"),
    ],
)
def test_refused(attested: str, problem: str, trial: Any) -> None:
    with pytest.raises(RuleFileError) as refused:
        rulebook(trial(attested), cache=False)
    assert problem in str(refused.value)
    assert "eligibility.yaml:" in str(refused.value)
