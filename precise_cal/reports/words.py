"""Verdicts, counts and dates in the words of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.protocol.verdicts import (
    ABSENT,
    CANNOT_ASSESS,
    COMPLIANT,
    DEVIATION,
    FAILING,
    KEPT,
    MET,
    NOT_APPLICABLE,
    NOT_DUE,
    NOT_JUDGED,
    NOT_MET,
    PENDING,
    PRESENT,
    REVIEW,
    UNDECIDED,
    UNKNOWN,
    YES,
)
from precise_cal.reports.document import Cell, Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.protocol.temporal import Date, DateTime

_TONES: Final[Mapping[str, Tone]] = {
    **dict.fromkeys(KEPT, "good"),
    **dict.fromkeys(FAILING | {YES}, "bad"),
    **dict.fromkeys(UNDECIDED, "open"),
    **dict.fromkeys(NOT_JUDGED, "quiet"),
}
ABOUT: Final[Mapping[str, str]] = {
    MET: "the inclusion criterion is met",
    NOT_MET: "the inclusion criterion is not met",
    ABSENT: "the exclusion criterion is absent",
    PRESENT: "the exclusion criterion is present",
    UNKNOWN: "the record does not decide; neither a failure nor a pass",
    COMPLIANT: "the protocol was followed",
    DEVIATION: "the protocol was not followed",
    REVIEW: "a person has to look at it",
    CANNOT_ASSESS: "data are missing; neither a failure nor a pass",
    NOT_DUE: "the time to judge has not come",
    NOT_APPLICABLE: "the rule does not concern this participant",
    PENDING: "an adjudication is outstanding",
}
_OF_STATUS: Final[Mapping[str, Tone]] = {"candidate": "open", "confirmed": "bad", "rejected": "quiet"}


def word(verdict: str) -> str:
    """A verdict as a word: ``not met``."""
    return verdict.replace("_", " ").lower()


def verdict(value: str) -> Cell:
    """A verdict as a cell, with its tone."""
    return Cell(word(value), _TONES.get(value, ""), sort=word(value))


def status(value: str) -> Cell:
    """The status of a deviation."""
    return Cell(value, _OF_STATUS.get(value, ""))


def importance(value: str) -> Cell:
    """The importance of a deviation."""
    return Cell(value, "bad" if value == "important" else "")


def share(part: int, whole: int) -> str:
    """A percentage with one decimal; a dash where there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{f'{count:,}' if count else 'no'} {one if count == 1 else many or one + 's'}"


def day(moment: Date | DateTime | str | None) -> str:
    """The date part of a moment, as far as it is known."""
    return "" if moment is None else str(moment)[:10]


def minute(moment: Date | DateTime | str | None) -> str:
    """A moment to the minute, without its offset: ``2026-03-10 09:20``."""
    return "" if moment is None else str(moment)[:16].replace("T", " ")


def required(words: str | None) -> str:
    """What would have been required, with comparators as print has them."""
    return (words or "").replace(">=", "≥").replace("<=", "≤")


def population_words(populations: Mapping[str, bool]) -> str:
    """The analysis populations that a deviation leaves."""
    left = [name for name, stays in populations.items() if not stays]
    kept = [name for name, stays in populations.items() if stays]
    if not left:
        return f"stays in {', '.join(kept)}"
    return f"leaves {', '.join(left)}; stays in {', '.join(kept)}"
