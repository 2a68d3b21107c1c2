"""The cases that stand beside the rules, and what they must show together."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.assurance.bench import Bench
from precise_cal.assurance.boundary_cases import kept
from precise_cal.assurance.boundary_reviews import read_reviews, unread
from precise_cal.engine.cases import PlacedCase, run_case
from precise_cal.engine.lint import lint
from precise_cal.rules import bundled
from tests.bundled_cases import BOUNDARIES, CASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject


def _name(case: PlacedCase) -> str:
    return f"{case.rule}: {case.case.case}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_case(case: PlacedCase, book: Rulebook) -> None:
    assert run_case(case, book).problems == ()


def test_the_cases_of_limits_that_stand_for_all_pass_and_were_read(book: Rulebook) -> None:
    """One of a dozen; the test below judges all of them."""
    assert [one for case in BOUNDARIES[::12] for one in run_case(case, book).problems] == []
    assert unread(kept(bundled()), read_reviews(bundled())) == ()


@pytest.mark.slow
def test_the_cases_of_limits_pass(book: Rulebook) -> None:
    assert [_name(case) for case in BOUNDARIES if run_case(case, book).problems] == []


def test_no_two_cases_have_the_same_name() -> None:
    assert [name for name, count in Counter(map(_name, (*CASES, *BOUNDARIES))).items() if count > 1] == []


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


def test_a_case_that_names_all_deviations_fails_where_there_is_another(book: Rulebook) -> None:
    (case,) = [one for one in CASES if _name(one) == "CONSENT-1: consent by an old form"]
    assert run_case(case, book).problems == ()
    other = replace(case, case=case.case.model_copy(update={"deviates": []}))
    assert [str(one) for one in run_case(other, book).problems] == ["expected the deviations none, got DV-CON-03"]
    (tells, passes) = (Bench(book, [one]).tells(0, book, frozenset(book.rules)) for one in (other, case))
    assert tells
    assert not passes


def test_a_case_that_names_all_populations_left_fails_where_there_is_another(book: Rulebook) -> None:
    (case,) = [one for one in CASES if _name(one) == "FU-12M: missed, the window over, and known to be on study later"]
    assert run_case(case, book).problems == ()
    other = replace(case, case=case.case.model_copy(update={"leaves": ["PP"]}))
    told = "expected deviations to take the participant out of PP, they do of QFR"
    assert [str(one) for one in run_case(other, book).problems] == [told]
    (tells, passes) = (Bench(book, [one]).tells(0, book, frozenset(book.rules)) for one in (other, case))
    assert tells
    assert not passes
