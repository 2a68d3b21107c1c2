"""The cases that stand beside the rules, and what they must show together."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.cases import PlacedCase, run_case
from precise_cal.engine.lint import lint
from precise_cal.rules import bundled
from tests.bundled_cases import CASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject


def _name(case: PlacedCase) -> str:
    return f"{case.rule}: {case.case.case}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_case(case: PlacedCase, book: Rulebook) -> None:
    assert run_case(case, book).problems == ()


def test_no_two_cases_have_the_same_name() -> None:
    assert [name for name, count in Counter(map(_name, CASES)).items() if count > 1] == []


def test_rule_ids_are_unique(book: Rulebook) -> None:
    rules = [rule.rule.id for rule in book.edition(None).rules]
    assert len(rules) == len(set(rules))


def test_lint_has_no_remarks(book: Rulebook) -> None:
    assert lint(book, bundled()) == []


def test_every_kind_of_deviation_can_happen(
    book: Rulebook, judge: Callable[[Any], Subject], complete: dict[str, Any]
) -> None:
    """DV-RND-03 takes the data of before, which only the gate has seen; every other follows from a record.

    Those of rules that are off (DAPT-1, STAGED-1) have their cases beside the test that switches them on.
    """
    off = {"DV-TRT-05", "DV-PRC-03"}
    seen = set()
    for case in CASES:
        document = copy.deepcopy(case.document)
        document["randomization"] = document["randomization"] or complete["randomization"]
        seen |= {deviation.code for deviation in judge(document).deviations}
    assert seen == set(book.deviations.taxonomy) - {"DV-RND-03"} - off
