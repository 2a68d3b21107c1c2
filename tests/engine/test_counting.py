"""Where `exists` and `Count` leave out what is not known, lint says so; what says that no is meant is let be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.counting import lossy_counts
from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

CLINIC = "contacts C where C.mode = 'clinic'"


@pytest.mark.parametrize(
    "condition",
    [
        f"Count({CLINIC}) >= 2",
        f"exists ({CLINIC})",
        f"fit and not exists ({CLINIC} return C.mode)",
        f"exists (({CLINIC}) D where D.mode is not null)",
        "exists (contacts C where C.mode is not null and C.mode = 'clinic')",
    ],
)
def test_items_that_are_left_out_are_remarked(condition: str, one_criterion: Callable[..., Rulebook]) -> None:
    (remark,) = lossy_counts(one_criterion(condition))
    assert remark.partition(": `")[0].rsplit("/", 1)[-1].startswith("eligibility.yaml:")
    assert "quantify with `aggregate`" in remark


@pytest.mark.parametrize(
    "condition",
    [
        "contacts C aggregate found starting false: found or C.mode = 'clinic'",
        "exists (contacts C where (C.mode = 'clinic') is true)",
        "Count(contacts C where C.mode is not null and not (C.mode = 'clinic') is true) >= 2",
        "Count(contacts) >= 2",
        "exists contacts",
    ],
)
def test_what_decides_of_every_item_is_not(condition: str, one_criterion: Callable[..., Rulebook]) -> None:
    assert list(lossy_counts(one_criterion(condition))) == []


def test_definitions_and_functions_are_looked_through_and_notices_are_not(
    one_criterion: Callable[..., Rulebook], small_trial: Any, tmp_path: Path
) -> None:
    """A notice stands where something is known to be so: what is not known gives none."""
    definition = {"define": "Two", "means": "x", "as": f"Count({CLINIC}) >= 2"}
    function = {"define": "AtLeast", "means": "x", "operands": {"n": "Integer"}, "as": f"Count({CLINIC}) >= n"}
    assert len(list(lossy_counts(one_criterion("Two", definitions=[definition])))) == 1
    assert len(list(lossy_counts(one_criterion("AtLeast(2)", definitions=[function])))) == 1
    rule = {**small_trial.CRITERION, "notices": [{"code": "SEEN", "text": "x", "when": f"exists ({CLINIC})"}]}
    folder = small_trial.folder_of(tmp_path, eligibility={"rules": [rule]})
    assert list(lossy_counts(rulebook(folder, cache=False))) == []


def test_lint_tells_it(small_trial: Any, tmp_path: Path, precise: Callable[..., Any]) -> None:
    rule = {**small_trial.CRITERION, "met_when": f"Count({CLINIC}) >= 2"}
    said = precise("rules", "lint", "--trial", small_trial.folder_of(tmp_path, eligibility={"rules": [rule]}))
    assert said.status == 1
    assert "leaves out what `where` cannot decide" in said.out
