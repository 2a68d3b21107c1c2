"""What stands in a column of a file that nobody has mapped: words with counts, dates, numbers, units."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.moments import MomentError, read_moment, read_pattern
from precise_cal.language.catalog import Joined, Verbatim, message
from precise_cal.protocol.units import is_unit, usual_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS: Final = 30
"""A column with more different words than these is no list of codes."""
KEPT: Final = 4 * _WORDS
"""So many different words of a column are remembered."""
_PATTERNS: Final = (
    "iso", "yyyy/M/d", "yyyy.M.d", "yyyy年M月d日", "d/M/yyyy", "M/d/yyyy", "d.M.yyyy", "d-M-yyyy", "dMMMyyyy",
    "d-MMM-yyyy",
    "yyyy/M/d H:mm", "yyyy-M-d H:mm", "yyyy-M-d H:mm:ss", "yyyy年M月d日 H:mm", "d/M/yyyy H:mm", "M/d/yyyy H:mm",
    "M/d/yyyy h:mm a", "yyyyMMdd", "yyyyMMddHHmm", "yyyyMMddHHmmss", "yyyyMMddHHmmssXX", "d MMM yyyy", "d-M-yyyy H:mm",
    "d-M-yyyy;H:mm", "H:mm",
)  # fmt: skip
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)
_ABSENT: Final = re.compile(r"-?9{1,4}|na|n/a|nd|nk|unk|unknown|null|none|未查|不详|未知|未做|/|-", re.IGNORECASE)
_MOSTLY: Final = 0.8
"""A pattern of dates that fits so many of the words is worth telling, with one that it does not fit."""
_NAME: Final = re.compile(r"[A-Za-z]\d+")
"""A word that is a unit of UCUM, and yet a name: V1 of a visit."""
_MICRO: Final = str.maketrans("µμ", "uu")


@dataclass
class ColumnProfile:
    """What stands in a column: cells with and without text, and its words by how often they stand."""

    name: str
    filled: int = 0
    blank: int = 0
    words: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    kinds: set[str] = field(default_factory=set)
    """The item groups of ODM, or the resource types of FHIR, that have it."""

    @property
    def is_coded(self) -> bool:
        """Whether it looks like a list of codes: few words that repeat."""
        return 0 < len(self.words) <= _WORDS and (len(self.words) < self.filled or self.filled == 1)

    @property
    def absent(self) -> list[str]:
        """Words that look as if they said that there is no value."""
        return [one for one in self.words if _ABSENT.fullmatch(one)]

    @property
    def values(self) -> list[str]:
        """The other words; all of them where none is left."""
        return [one for one in self.words if not _ABSENT.fullmatch(one)] or list(self.words)

    @cached_property
    def fits(self) -> dict[str, list[str]]:
        """The patterns of dates, with the words that do not fit them."""
        if not self.words:
            return {}
        return {one: _unfit(one, self.values) for one in _PATTERNS if one != "H:mm"}

    @property
    def patterns(self) -> list[str]:
        """The patterns of dates that all its words fit; several where the order of day and month is not told."""
        return [one for one, unfit in self.fits.items() if not unfit and not (one == "iso" and self.is_number)]

    @property
    def likely(self) -> list[tuple[str, list[str]]]:
        """Patterns of dates that most words fit, with those that do not, the best first."""
        most = 0 if self.is_number else len(self.values) * (1 - _MOSTLY)
        found = [(one, unfit) for one, unfit in self.fits.items() if 0 < len(unfit) <= most]
        return sorted(found, key=lambda one: len(one[1]))

    @property
    def is_number(self) -> bool:
        """Whether all its words are numbers."""
        return bool(self.words) and all(_NUMBER.fullmatch(one) for one in self.values)

    @property
    def has_comma(self) -> bool:
        """Whether its numbers have a comma, which is a decimal mark or parts thousands."""
        return self.is_number and any("," in one for one in self.values)

    @property
    def leading_zeros(self) -> bool:
        """Whether numbers begin with a zero, which a spreadsheet would lose."""
        return any(re.fullmatch(r"0\d+", one) for one in self.words)

    @property
    def units(self) -> dict[str, str]:
        """The unit of UCUM that each word probably means; empty where they do not look like units."""
        if not self.is_coded or self.is_number:
            return {}
        found = {one: _unit(one) for one in self.values}
        named = {one: unit for one, unit in found.items() if unit}
        return named if len(named) * 2 >= len(found) and any(len(one) > 1 for one in named) else {}


def _unfit(text: str, words: list[str]) -> list[str]:
    pattern, unfit = (read_pattern(text),), []
    for one in words:
        try:
            read_moment(one, pattern)
        except MomentError:
            unfit.append(one)
    return unfit


def _unit(word: str) -> str:
    plain = word.translate(_MICRO)
    return plain if is_unit(plain) and not _NAME.fullmatch(plain) else usual_unit(word) or ""


def traits(column: ColumnProfile) -> Iterator[str]:
    """What is worth telling of a column."""
    yield message("{ $filled } filled, { $blank } blank", filled=f"{column.filled:,}", blank=f"{column.blank:,}")
    yield from _kinds(column)
    if column.absent:
        yield message("perhaps no values: { $absent }", absent=", ".join(column.absent))
    if column.is_coded:
        yield Verbatim("; ".join(f"{word} {number:,}" for word, number in column.words.most_common(12)))
    else:
        yield message(
            "{ $count }{ $value } different",
            count=len(column.words),
            value="+" if len(column.words) > KEPT else "",
        )
    for text, number in column.problems.items():
        yield message("{ $count } × { $text }", count=number, text=text)


def _kinds(column: ColumnProfile) -> Iterator[str]:
    """Dates, numbers or units."""
    if column.patterns:
        yield message("dates ({ $patterns })", patterns=Joined(" or ", column.patterns))
    elif column.likely:
        pattern, unfit = column.likely[0]
        yield message("mostly dates ({ $pattern }), but { $word }", pattern=pattern, word=Verbatim(unfit[0]))
    elif column.is_number:
        yield "numbers with leading zeros" if column.leading_zeros else "numbers"
        if column.has_comma:
            yield "with a comma: a decimal mark, or thousands"
    elif column.units:
        yield message("units ({ $units })", units=Verbatim(", ".join(dict.fromkeys(column.units.values()))))
