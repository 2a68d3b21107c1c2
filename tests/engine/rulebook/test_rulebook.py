"""A rulebook is made by a function that can be called again."""

from __future__ import annotations

from precise_cal.rules import bundled


def test_two_rulebooks_in_one_process() -> None:
    from precise_cal.engine.rulebook import rulebook

    first = rulebook(bundled())
    assert first.edition(None).rules

    from precise_cal.engine.rulebook import rulebook as again

    assert again(bundled()).version == first.version
