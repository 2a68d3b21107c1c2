"""Faults that were planted in small trials: each is named by `rules prove`, or by `rules lint`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("z3", reason="needs the extra: pip install 'precise-cal[assurance]'")

from precise_cal.assurance.prove import Limits
from precise_cal.assurance.proving import prove, tasks_of
from precise_cal.engine.lint import lint

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook

TWO_BIRTHDAYS = "years between born and @2026-03-10 >= 18 and born > @2008-03-10"
GUARD = "if age is null then null else age >= 18"
LEARNING_IC_1 = "learning a fact never turns a verdict of IC-1"
LEARNING_EX_1 = "learning a fact never turns a verdict of EX-1"
DONE = "contacts C aggregate found starting false: found or C.status = 'done'"
ALL_DONE = "contacts C aggregate every starting true: every and C.status = 'done'"
YOUNG = {"id": "IC-9", "kind": "inclusion", "title": "x", "quote": "x", "source": "x", "met_when": "age >= 18"}


def _kinds(young: str, old: str) -> dict[str, Any]:
    notices = [{"code": "YOUNG", "text": "x", "when": young}, {"code": "OLD", "text": "x", "when": old}]
    declared = {"exactly_one": [{"rule": "IC-9", "verdict": "MET", "of": ["YOUNG", "OLD"]}]}
    return {"rules": [{**YOUNG, "notices": notices}], "declared": declared}


PLANTED: dict[str, tuple[dict[str, Any], str]] = {
    # what cannot occur
    "a criterion that contradicts itself": ({"IC_1": "age >= 18 and age < 18"}, "IC-1 can be MET"),
    "a criterion that everybody meets": ({"IC_1": "fit or not fit"}, "IC-1 can be NOT_MET"),
    "a limit in another unit": ({"IC_1": "dose < 1 'g'"}, "IC-1 can be NOT_MET"),
    "a limit beyond what is recorded": ({"EX_1": "age > 130"}, "EX-1 can be PRESENT"),
    "limits exchanged": ({"IC_1": "age >= 70 and age <= 60"}, "IC-1 can be MET"),
    "a null test that leaves nothing open": ({"IC_1": "fit is null or fit"}, "IC-1 can be UNKNOWN"),
    "days that exclude each other": ({"IC_1": "born <= @2020-01-31 and born > @2020-01-31"}, "IC-1 can be MET"),
    "months of the wrong sign": ({"IC_1": "born + 6 months < born"}, "IC-1 can be MET"),
    "an age of two birthdays": (
        {"IC_1": TWO_BIRTHDAYS},
        "IC-1 can be MET",
    ),
    "an empty list with an item": ({"IC_1": f"({DONE}) and Count(contacts) = 0"}, "IC-1 can be MET"),
    "a flipped quantifier": ({"IC_1": f"({ALL_DONE}) and not ({DONE}) and Count(contacts) > 0"}, "IC-1 can be MET"),
    # what decides nothing
    "a limit below a limit": ({"IC_1": "age >= 18 and age >= 17"}, "“age >= 17” decides a verdict of IC-1"),
    "a limit above all": ({"IC_1": "age > 10 or age > 140"}, "“age > 140” decides a verdict of IC-1"),
    "an absorbed condition": ({"IC_1": "fit and (fit or age > 3)"}, "“age > 3” decides a verdict of IC-1"),
    "a condition beside what is always so": ({"IC_1": "1 = 1 or fit"}, "“fit” decides a verdict of IC-1"),
    "a needless guard": (
        {"IC_1": GUARD},
        "“age is null” decides a verdict of IC-1",
    ),
    "a definition that nothing needs": (
        {"definitions": {"IsGrown": "age >= 18"}, "IC_1": "IsGrown and age >= 20"},
        "“IsGrown: age >= 18” decides a verdict of IC-1",
    ),
    # what turns
    "unknown taken for no": ({"IC_1": "fit is true"}, LEARNING_IC_1),
    "a missing number taken for enough": (
        {"IC_1": "age is null or age >= 18"},
        "learning a fact never turns a verdict of IC-1",
    ),
    "a missing answer taken for no": (
        {"EX_1": "if fit is null then false else fit"},
        LEARNING_EX_1,
    ),
    "an item of unknown state taken for none": (
        {"EX_1": "exists (contacts C where C.status = 'done')"},
        LEARNING_EX_1,
    ),
    # what rules say together
    "criteria of which nobody meets both": ({"IC_1": "age >= 18", "EX_1": "age > 17"}, "the gate can say ALLOW"),
    "three criteria that leave nobody": (
        {"IC_1": "age >= 18", "IC_2": "age < 65", "EX_1": "age < 70"},
        "the gate can say ALLOW",
    ),
    "lists that contradict": (
        {"IC_1": DONE, "EX_1": f"not ({ALL_DONE}) or Count(contacts) > 0"},
        "the gate can say ALLOW",
    ),
    "an exclusion within a criterion": ({"IC_1": "age >= 18", "EX_1": "age < 10"}, "EX-1 alone can refuse somebody"),
    "a criterion within another": ({"IC_1": "age >= 18", "IC_2": "age >= 16"}, "IC-2 alone can refuse somebody"),
    "an exclusion within one in another unit": (
        {"EX_1": "dose > 50 'mg'", "EX_2": "dose > 0.04 'g'"},
        "EX-1 alone can refuse somebody",
    ),
    "a refusal without its clause": ({"rules": [{**YOUNG, "quote": " "}]}, "a refusal by IC-9 names its clause"),
    "a clause without its place": ({"rules": [{**YOUNG, "source": " "}]}, "a refusal by IC-9 names its clause"),
    # kinds and declarations
    "kinds that overlap": (_kinds("age <= 40", "age >= 40"), "no two of YOUNG, OLD hold at once"),
    "a gap between kinds": (_kinds("age < 40", "age > 40"), "one of YOUNG, OLD holds where IC-9 is MET"),
    "an exception that is none": (
        {"declared": {"dead_atoms": [{"at": "IC-1", "atom": "fit", "because": "x"}]}, "IC_1": "fit"},
        "“fit” decides no verdict, as is declared",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_named(trial: Callable[..., Rulebook], fault: str) -> None:
    planted, question = PLANTED[fault]
    book = trial(**planted)
    named = {one.question: one.outcome for one in prove(book, tasks_of(book), Limits(60)) if one.outcome != "yes"}
    assert named.get(question) == "no", named


@pytest.mark.slow
def test_a_list_that_loses_the_unknown_is_named_by_lint(trial: Callable[..., Rulebook]) -> None:
    book = trial(EX_1="contacts C aggregate found starting false: found or C.status in {'done', 'missed'}")
    remarks = [remark for remark in lint(book, book.folder) if "no case shows" not in remark]
    assert any("`C.status in" in remark for remark in remarks), remarks
