"""Why some participants are never randomized: a criterion fails at screening, or a datum is missing at the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.simulate.departures import DEPARTURES

if TYPE_CHECKING:
    from random import Random

Record = dict[str, Any]

SHARE_FAILED: Final = 0.11
REASONS: Final = (
    ("DV-ELG-07", 40),  # QFR not above 0.8
    ("DV-ELG-02", 14),
    ("DV-ELG-05", 12),
    ("DV-ELG-10", 8),
    ("DV-ELG-11", 6),
    ("DV-ELG-13", 5),
    ("DV-ELG-09", 4),
    ("DV-ELG-17", 4),
    ("DV-ELG-15", 3),
    ("DV-ELG-90", 14),  # the gate stays incomplete
)


def fail_screening(record: Record, chance: Random) -> None:
    """Give the record one reason why the participant is not randomized."""
    codes, weights = zip(*REASONS, strict=True)
    _, change = DEPARTURES[chance.choices(codes, weights)[0]]
    change(record, chance)
