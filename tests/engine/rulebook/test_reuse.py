"""A variation of a rulebook compiles what uses the parameters that differ, and takes over everything else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from precise_cal.engine.check import Checker
from tests.bundled_cases import CASES

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook


def _subject(book: Rulebook, document: dict[str, Any]) -> Any:
    data = json.dumps(document).encode()
    return Checker(book).subject(book.records.read(data), data)


def test_a_rule_that_uses_what_differs_is_compiled_anew_and_no_other(book: Rulebook) -> None:
    varied = book.varied({"vessel_diameter.min": "2.5"})
    anew = {name for name, rule in varied.rules.items() if rule is not book.rules[name]}
    assert "IC-5" in anew
    assert "EX-2" not in anew


def test_no_rule_that_was_taken_over_names_what_differs(book: Rulebook) -> None:
    for values in {json.dumps(one.case.parameters): one.case.parameters for one in CASES}.values():
        varied = book.varied(values)
        kept = [rule for name, rule in varied.rules.items() if rule is book.rules[name]]
        assert len(kept) > len(book.rules) / 2
        assert not [rule.rule.id for rule in kept if {one.id for one in rule.parameters} & values.keys()]


def test_the_verdicts_are_those_of_rules_that_were_compiled_as_a_whole(
    book: Rulebook, complete: dict[str, Any]
) -> None:
    varied = book.varied({"qfr.threshold": "0.95", "vessel_diameter.min": "3.5"})
    whole = replace(varied, _varies=None, _editions={})
    assert _subject(varied, complete) == _subject(whole, complete)
    assert _subject(varied, complete).verdicts != _subject(book, complete).verdicts
