"""Verdicts, counts and dates in the words of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.language import catalog
from precise_cal.language.catalog import Bilingual, Joined, Text, message
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
    from typing import Self

    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.temporal import Date, DateTime
    from precise_cal.reports.case import Trial

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


def words(value: str) -> str:
    """Several words parted by commas, each for itself."""
    return Joined(", ", value.split(", "))


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
    shown = f"{count:,}" if count else Bilingual("no", "0")
    return catalog.plural(count, f"{{ $count }} {one}", f"{{ $count }} {many or one + 's'}", count=shown)


class Lowered(Text):
    """A text in lower case, where a language has cases."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """A text, in lower case in English."""
        made = super().__new__(cls, text.lower())
        made.text = text
        return made

    def within(self, catalog: Catalog) -> str:
        """The text in the language of a catalog."""
        return catalog(self.text) if catalog.language == "zh" else str(self)


class Capital(Lowered):
    """A text with a capital letter, where a language has any."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """A text, with a capital letter in English."""
        made = str.__new__(cls, f"{text[:1].upper()}{text[1:]}")
        made.text = text
        return made


def made(trial: Trial) -> str:
    """When a document was made, and by which program."""
    program = f"{trial.software.name} {trial.software.version}"
    return message("{ $time } by { $program }", time=trial.generated_at, program=program)


def day(moment: Date | DateTime | str | None) -> str:
    """The date part of a moment, as far as it is known."""
    return "" if moment is None else str(moment)[:10]


def minute(moment: Date | DateTime | str | None) -> str:
    """A moment to the minute, without its offset: ``2026-03-10 09:20``."""
    return "" if moment is None else str(moment)[:16].replace("T", " ")


def population_words(populations: Mapping[str, bool]) -> str:
    """The analysis populations that a deviation leaves."""
    left = [name for name, stays in populations.items() if not stays]
    kept = [name for name, stays in populations.items() if stays]
    if not left:
        return message("stays in { $kept }", kept=Joined(", ", kept))
    return message("leaves { $left }; stays in { $kept }", left=Joined(", ", left), kept=Joined(", ", kept))
