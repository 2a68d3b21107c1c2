"""From three-valued answers to the verdict words of each kind of rule (contract, section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from precise_cal.protocol.report import VerdictWord

Truth = bool | None

_WORST_FIRST: Final[Mapping[str, tuple[VerdictWord, ...]]] = {
    "inclusion": ("NOT_MET", "UNKNOWN", "MET"),
    "exclusion": ("PRESENT", "UNKNOWN", "ABSENT"),
    "conduct": ("DEVIATION", "REVIEW", "CANNOT_ASSESS", "NOT_DUE", "COMPLIANT", "NOT_APPLICABLE"),
    "outcome": ("YES", "PENDING", "CANNOT_ASSESS", "NOT_DUE", "NO"),
    "side_finding": ("YES", "PENDING", "CANNOT_ASSESS", "NOT_DUE", "NO"),
}
_UNSURE: Final[Mapping[str, VerdictWord]] = {
    "inclusion": "UNKNOWN",
    "exclusion": "UNKNOWN",
    "conduct": "CANNOT_ASSESS",
    "outcome": "CANNOT_ASSESS",
    "side_finding": "CANNOT_ASSESS",
}
HARMLESS: Final = frozenset({"MET", "ABSENT", "COMPLIANT", "NO", "NOT_DUE", "NOT_APPLICABLE"})
"""The verdicts that ask nobody to do anything."""
UNSETTLED: Final = frozenset({"REVIEW", "PENDING"})
"""The verdicts that leave to a person what happened; they stand beside what is unknown."""


def unsure(kind: str) -> VerdictWord:
    """The word for what cannot be decided."""
    return _UNSURE[kind]


def of_item(kind: str, word: VerdictWord, member: Truth) -> VerdictWord:
    """The verdict of an item that is meant, or may be.

    An item whose membership is unknown cannot do harm it is not known to do: a bad verdict becomes undecided.
    """
    return word if member or word in HARMLESS else _UNSURE[kind]


def together(kind: str, words: Iterable[VerdictWord]) -> VerdictWord:
    """The verdict for the participant from those of the items: the worst of them."""
    return min(words, key=_WORST_FIRST[kind].index, default=_UNSURE[kind])
