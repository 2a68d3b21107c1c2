"""The sheets and columns of the workbook: what is shown, and what the reviewer fills in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ID: Final = "Stable id"
FINGERPRINT: Final = "Fingerprint"
CHECK: Final = "Row check"
REVISION: Final = "Revision"
TECHNICAL: Final = (FINGERPRINT, CHECK, REVISION)
"""Hidden columns: what the reviewer saw, whether another cell was changed, and which decision stood there."""

SheetName = Literal["Deviations", "Eligibility", "Queries", "Visits"]


@dataclass(frozen=True, slots=True)
class Layout:
    """One sheet."""

    name: SheetName
    shown: tuple[tuple[str, int], ...]
    """Columns with their widths, in characters."""
    review: tuple[tuple[str, int], ...]
    """Columns for the reviewer."""
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
        return (ID, *(name for name, _ in self.shown), *self.review_names, *TECHNICAL)


DEVIATIONS: Final = Layout(
    "Deviations",
    (
        ("Site", 8),
        ("Participant", 13),
        ("Code", 12),
        ("Term", 30),
        ("Category", 18),
        ("Importance", 14),
        ("Rule", 12),
        ("Item", 8),
        ("Occurred", 18),
        ("Found", 42),
        ("Rule and clause", 42),
        ("Why this importance", 34),
        ("How it follows", 40),
        ("Populations", 24),
    ),
    (
        ("Decision", 13),
        ("Importance decided", 16),
        ("Reason", 34),
        ("Corrective and preventive action", 34),
        ("Decided by", 18),
        ("Decided on", 13),
    ),
    "Decided by",
    "Decided on",
)
QUERIES: Final = Layout(
    "Queries",
    (("Site", 8), ("Participant", 13), ("Rule", 12), ("Please supply", 60), ("Source field", 40)),
    (("Answer", 44), ("Answered by", 18), ("Answered on", 13)),
    "Answered by",
    "Answered on",
)
VISITS: Final = Layout(
    "Visits",
    (
        ("Site", 8),
        ("Participant", 13),
        ("Contact", 10),
        ("Status", 12),
        ("Mode", 13),
        ("Date", 13),
        ("Day", 8),
        ("Window", 14),
        ("Window is", 11),
        ("Verdict", 15),
    ),
    (("Comment", 44), ("Comment by", 18), ("Comment on", 13)),
    "Comment by",
    "Comment on",
)


def eligibility(criteria: tuple[str, ...]) -> Layout:
    """The matrix of participants and criteria."""
    shown = (("Site", 8), ("Gate", 13), ("Randomized", 13), *((name, 10) for name in criteria))
    return Layout(
        "Eligibility", shown, (("Comment", 44), ("Comment by", 18), ("Comment on", 13)), "Comment by", "Comment on"
    )


DECISIONS: Final = ("candidate", "confirmed", "rejected")
IMPORTANCES: Final = ("important", "non-important")
CHOICES: Final = {"Decision": DECISIONS, "Importance decided": IMPORTANCES}
"""The review columns that hold one of some words."""
