"""What an import read, took, left and refused, so that nothing vanishes in silence."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from precise_cal.exchange.cells import Refusal

KEPT: Final = 1_000
"""Refusals that are kept with their cells; further ones are counted."""


@dataclass(slots=True)
class FieldCount:
    """Of one field: cells that gave a value, that were blank, and codes for missing values by their reason."""

    mapped: int = 0
    blank: int = 0
    refused: int = 0
    missing: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class TableCount:
    """Of one table: rows that were taken, left by `leave`, and that hold nothing of it."""

    taken: int = 0
    left: int = 0
    empty: int = 0
    fields: dict[str, FieldCount] = field(default_factory=lambda: defaultdict(FieldCount))


@dataclass(slots=True)
class Counts:
    """Of a whole import."""

    rows: Counter[str] = field(default_factory=Counter)
    """By file, or by sheet."""
    blank_rows: Counter[str] = field(default_factory=Counter)
    """Rows in which nothing stands."""
    tables: dict[int, TableCount] = field(default_factory=lambda: defaultdict(TableCount))
    ignored: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Columns that the map ignores, by source."""
    refusals: list[Refusal] = field(default_factory=list)
    refused: int = 0
    participants: int = 0
    incomplete: dict[str, int] = field(default_factory=Counter)
    """Participants of whom something was refused, with how much."""
    left_out: list[str] = field(default_factory=list)
    """Participants whose record was not written."""

    def refuse(self, refusal: Refusal, participant: str | None = None) -> None:
        """Note a cell that was not taken."""
        self.refused += 1
        if len(self.refusals) < KEPT:
            self.refusals.append(refusal)
        if participant is not None:
            self.incomplete[participant] = self.incomplete.get(participant, 0) + 1
