"""From when to when: every rule about what happens in time says so, by a definition that its conditions use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook

TIMELESS = frozenset({"PERI-1"})
"""Its items have no times: that they belong to the stay is what the form says of them."""


def _of_time(rule: ExecutableRule) -> bool:
    return rule.kind in ("outcome", "side_finding") or rule.rule.id.startswith(("FU-", "QFR-"))


def test_every_rule_about_events_and_follow_up_has_a_frame(book: Rulebook) -> None:
    rules = [rule for rule in book.edition(None).rules if _of_time(rule)]
    assert len(rules) == 14
    for rule in rules:
        used = {name for condition in rule.conditions.values() for name in condition.definitions}
        assert rule.rule.frame is not None, rule.rule.id
        assert rule.rule.id in TIMELESS or rule.rule.frame in used, rule.rule.id


def test_a_frame_that_is_no_definition_is_refused_with_its_place(rules_copy: Path) -> None:
    file = rules_copy / "events.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("frame: IsWithinHorizon", "frame: IsWithinHorizn"), "utf-8")
    with pytest.raises(RuleFileError, match=r"events\.yaml:\d+:\d+.*MACE-1: the frame IsWithinHorizn is no definition"):
        rulebook(rules_copy).edition(None)


def test_the_frame_is_shown(precise: Callable[..., Any]) -> None:
    assert "from when to when: IsWithinHorizon, " in precise("rules", "show", "MACE-1").out
