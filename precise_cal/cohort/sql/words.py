"""The words of a verdict, by their place: the verdict for a participant is the least of those of the items."""

from __future__ import annotations

from typing import Final

_OUTCOME: Final = ("YES", "PENDING", "CANNOT_ASSESS", "NOT_DUE", "NO")
WORST_FIRST: Final = {
    "inclusion": ("NOT_MET", "UNKNOWN", "MET"),
    "exclusion": ("PRESENT", "UNKNOWN", "ABSENT"),
    "conduct": ("DEVIATION", "REVIEW", "CANNOT_ASSESS", "NOT_DUE", "COMPLIANT", "NOT_APPLICABLE"),
    "outcome": _OUTCOME,
    "side_finding": _OUTCOME,
    "gate": ("REFUSE", "INCOMPLETE", "ALLOW"),
}
_UNSURE: Final = {"inclusion": "UNKNOWN", "exclusion": "UNKNOWN", "gate": "INCOMPLETE"}
"""The word for what cannot be decided; CANNOT_ASSESS of the other kinds."""
HARMLESS: Final = frozenset({"MET", "ABSENT", "COMPLIANT", "NO", "NOT_DUE", "NOT_APPLICABLE"})
SETTLED: Final = ("NOT_APPLICABLE", "NOT_DUE")


def unsure(kind: str) -> str:
    """The word for what cannot be decided."""
    return _UNSURE.get(kind, "CANNOT_ASSESS")
