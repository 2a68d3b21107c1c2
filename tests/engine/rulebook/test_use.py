"""What nothing uses, or nothing knows, is refused when rules are loaded: by every command, not by `lint` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARAMETER = """
  - id: spare.number
    meaning: nothing
    type: integer
    values:
      - {since: 2026-02-01, value: 1, status: assumed, why: a test}
"""
SCOPE = """
  - {id: spare, title: every lesion, word: lesion, variable: spare_lesion, items: lesions, key: spare_lesion.lesion_id,
     member_when: "true", ask: which lesion, field: lesions}
"""
DEFINITION = "definitions:\n  - define: IsSpare\n    means: nothing\n    as: 1 = 1\n"
MOMENT = "  moments:\n    - {id: spare, name: another moment, at: procedure.ended_at}\n"
RETIRED = """rules:
  - id: EX-99
    kind: exclusion
    status: retired
    title: nothing
    quote: nothing
    source: nowhere
    present_when: IsSpare
"""

REFUSED = {
    "parameter": ("protocol.yaml", "\nparameters:\n", f"\nparameters:{PARAMETER}", "spare.number: no rule uses"),
    "scope": ("protocol.yaml", "\nscopes:\n", f"\nscopes:{SCOPE}", "spare: nothing is judged for each of this scope"),
    "definition": ("eligibility.yaml", "definitions:\n", DEFINITION, "IsSpare: no rule uses this definition"),
    "moment": ("events.yaml", "  moments:\n", MOMENT, "spare: no pair of the order names this moment"),
    "finding": (
        "deviations.yaml",
        "QFR_NOT_DONE]",
        "QFR_FORGOTTEN]",
        "DV-PRC-02: no rule has the finding QFR_FORGOTTEN",
    ),
}


@pytest.mark.parametrize(("name", "old", "new", "problem"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("cache", [True, False])
def test_refused(name: str, old: str, new: str, problem: str, cache: bool, rules_copy: Path) -> None:
    file = rules_copy / name
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(RuleFileError, match=problem) as refused:
        rulebook(rules_copy, cache=cache)
    assert any(str(place).startswith(f"{file}:") for place, _ in refused.value.problems)


def test_check_and_gate_refuse(rules_copy: Path, precise: Callable[..., Any]) -> None:
    file = rules_copy / "eligibility.yaml"
    file.write_text(file.read_text("utf-8").replace("definitions:\n", DEFINITION, 1), "utf-8")
    for command in ("check", "gate"):
        for _ in range(2):  # the second one would come from the cache
            said = precise(command, "examples/participants/02-at-the-gate.json", "--trial", rules_copy)
            assert (said.status, said.out) == (2, ""), said.err
            assert "IsSpare: no rule uses this definition" in said.err


def test_what_a_retired_rule_names_waits_with_it(rules_copy: Path) -> None:
    file = rules_copy / "eligibility.yaml"
    text = file.read_text("utf-8").replace("definitions:\n", DEFINITION, 1)
    file.write_text(text.replace("rules:\n", RETIRED, 1), "utf-8")
    assert rulebook(rules_copy, cache=False).edition(None).rules
