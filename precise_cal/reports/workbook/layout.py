"""What a sheet of the workbook is made of: columns that are shown, and columns that the reviewer fills in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Value = str | int | None

ID: Final = "Stable id"
FINGERPRINT: Final = "Fingerprint"
CHECK: Final = "Row check"
REVISION: Final = "Revision"
TECHNICAL: Final = (FINGERPRINT, CHECK, REVISION)
"""Hidden columns: what the reviewer saw, whether another cell was changed, and which decision stood there."""

SheetName = Literal["Deviations", "Eligibility", "Queries", "Visits"]


Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Column(Generic[Shown]):
    """A column that is shown: its title, its width in characters, and what it tells of a row."""

    title: str
    width: int
    value: Callable[[Shown], Value]


@dataclass(frozen=True, slots=True)
class Layout(Generic[Shown]):
    """One sheet."""

    name: SheetName
    shown: tuple[Column[Shown], ...]
    review: tuple[tuple[str, int], ...]
    """Columns for the reviewer, with their widths."""
    by: str
    """The review column that says who."""
    on: str
    """The review column that says when."""

    @property
    def review_names(self) -> tuple[str, ...]:
        """The titles of the reviewer's columns."""
        return tuple(name for name, _ in self.review)

    @property
    def titles(self) -> tuple[str, ...]:
        """Every title, in order."""
        return (ID, *(column.title for column in self.shown), *self.review_names, *TECHNICAL)


DECISIONS: Final = ("candidate", "confirmed", "rejected")
IMPORTANCES: Final = ("important", "non-important")
CHOICES: Final = {"Decision": DECISIONS, "Importance decided": IMPORTANCES}
"""The review columns that hold one of some words."""
