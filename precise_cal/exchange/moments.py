"""Days and moments as sites write them, by a pattern in the letters of Unicode's date patterns (UTS 35).

``yyyy`` a year, ``MM`` or ``M`` a month, ``MMM`` its English name in three letters, ``MMMM`` the whole one, ``dd`` or
``d`` a day, ``HH`` or ``H`` an hour of 24, ``hh`` or ``h`` one of 12 with ``a`` for AM or PM (上午, 下午), ``mm``
minutes, ``ss`` seconds, ``SSS`` a fraction of seconds, ``XXX`` an offset such as ``+08:00``, ``XX`` one such as
``+0800``; all else stands for itself. The doubled letter asks for two digits. ``iso`` is ISO 8601, whole or in part.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from precise_cal.language.catalog import Joined, Verbatim, message
from precise_cal.protocol.immutable import immutable

_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_SHORT: Final = tuple(name[:3] for name in _MONTHS)
_LETTERS: Final = {
    "yyyy": ("year", r"\d{4}"),
    "MMMM": ("name", f"(?i:{'|'.join(_MONTHS)})"),
    "MMM": ("name", f"(?i:{'|'.join(_SHORT)})"),
    "MM": ("month", r"\d\d"),
    "M": ("month", r"\d\d?"),
    "dd": ("day", r"\d\d"),
    "d": ("day", r"\d\d?"),
    "HH": ("hour", r"\d\d"),
    "H": ("hour", r"\d\d?"),
    "hh": ("half", r"\d\d"),
    "h": ("half", r"\d\d?"),
    "a": ("noon", "[AaPp][Mm]|上午|下午"),
    "mm": ("minute", r"\d\d"),
    "m": ("minute", r"\d\d?"),
    "ss": ("second", r"\d\d"),
    "s": ("second", r"\d\d?"),
    "SSS": ("fraction", r"\d+"),
    "XXX": ("offset", r"Z|[+-]\d\d:\d\d"),
    "XX": ("offset", r"Z|[+-]\d\d\d\d"),
}
_TOKEN: Final = re.compile("'([^']*)'|(" + "|".join(_LETTERS) + r")|([A-Za-z]+)|( +)|(.)", re.DOTALL)
_ISO: Final = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)([T ](?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d))?"
    r"(?:\.(?P<fraction>\d+))?(?P<offset>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_SECONDS: Final = len("00:00:00")
_MILLISECONDS: Final = 3
"""The digits of a fraction of a second that a record can hold."""
_LAST_HOUR: Final = 23
_HALF: Final = 12
_LAST: Final = 59


class PatternError(ValueError):
    """A pattern that cannot be read."""


class MomentError(ValueError):
    """A text that is no day or moment of its pattern."""


@immutable()
class MomentPattern:
    """A pattern that was read: what it matches, and which parts it has."""

    text: str
    regex: re.Pattern[str]
    parts: frozenset[str]

    @property
    def has_time(self) -> bool:
        """Whether it has a time of day."""
        return "hour" in self.parts


@immutable()
class Moment:
    """A day, or a moment with its offset where the text has one."""

    day: str
    """ISO 8601: a year, a year and month, or a whole date."""
    time: str | None
    offset: str | None

    @property
    def year(self) -> int:
        """Its year."""
        return int(self.day[:4])

    def iso(self, zone: str | None) -> str:
        """ISO 8601, with a zone where the text has no offset of its own."""
        return self.day if self.time is None else f"{self.day}T{self.time}{self.offset or zone or ''}"

    def at_offset(self, zone: str | None, local: str) -> Moment:
        """The same instant with another offset.

        Args:
            zone: the offset where the text has none.
            local: the other offset.
        """
        offset = datetime.fromisoformat(f"{self.day}T00:00{local}").tzinfo
        moved = datetime.fromisoformat(self.iso(zone)).astimezone(offset)
        return Moment(f"{moved:%Y-%m-%d}", f"{moved:%H:%M:%S}{(self.time or '')[_SECONDS:]}", local)


@lru_cache(256)
def read_pattern(text: str) -> MomentPattern:
    """A pattern.

    Raises:
        PatternError: it has a letter that means nothing here, a part twice, or no year.
    """
    if text == "iso":
        return MomentPattern(text, _ISO, frozenset(_ISO.groupindex))
    pieces, parts = [], []
    for quoted, letters, other, blanks, literal in _TOKEN.findall(text):
        if other:
            known = ", ".join(_LETTERS)
            raise PatternError(
                message(
                    '"{ $other }" is no part of a date; known are { $known }; letters that stand for '
                    "themselves go in '…'",
                    other=other,
                    known=Verbatim(known),
                )
            )
        if letters:
            name, digits = _LETTERS[letters]
            pieces.append(f"(?P<{name}>{digits})")
            parts.append("month" if name == "name" else name)
        else:
            pieces.append(" +" if blanks else re.escape(quoted or literal))
    if len(parts) != len(set(parts)):
        raise PatternError("has a part of the date twice")
    if ("half" in parts) != ("noon" in parts):
        raise PatternError("has h without a, or a without h: an hour of 12 needs AM or PM")
    has = frozenset("hour" if one == "half" else one for one in parts if one != "noon")
    for inner, outer in (
        ("month", "year"),
        ("day", "month"),
        ("hour", "day"),
        ("minute", "hour"),
        ("second", "minute"),
        ("fraction", "second"),
    ):
        if inner in has and outer not in has:
            raise PatternError(message("has a { $inner } but no { $outer }", inner=inner, outer=outer))
    if "year" not in has or ("hour" in has and "minute" not in has):
        raise PatternError("has no year" if "year" not in has else "has an hour but no minute")
    return MomentPattern(text, re.compile("".join(pieces), re.ASCII), has)


@lru_cache(4096)
def read_moment(text: str, patterns: tuple[MomentPattern, ...]) -> Moment:
    """The day or moment that a text is by the patterns.

    Raises:
        MomentError: it fits none, or two of them differently, or there is no such day.
    """
    fitting = [hit for one in patterns if (hit := one.regex.fullmatch(text))]
    if not fitting:
        wanted = Joined(" or ", (Verbatim(one.text) for one in patterns))
        raise MomentError(message("is not of the form { $wanted }", wanted=wanted))
    read = {_moment(hit.groupdict()) for hit in fitting}
    if len(read) > 1:
        first, second = sorted(one.iso(None) for one in read)[:2]
        raise MomentError(
            message(
                "is { $first } by one pattern of the map and { $second } by another",
                first=Verbatim(first),
                second=second,
            )
        )
    return read.pop()


def _moment(parts: dict[str, str | None]) -> Moment:
    year, day = str(parts["year"]), parts.get("day")
    month = _month(parts)
    if month is None:
        return Moment(year, None, None)
    if day is None:
        _check_day(int(year), month, 1)
        return Moment(f"{year}-{month:02}", None, None)
    _check_day(int(year), month, int(day))
    whole = f"{year}-{month:02}-{int(day):02}"
    if parts.get("hour") is None and parts.get("half") is None:
        return Moment(whole, None, None)
    minute, second = (int(parts.get(name) or 0) for name in ("minute", "second"))
    hour = int(parts["hour"] or 0) if parts.get("half") is None else _of_half(parts)
    if hour > _LAST_HOUR or minute > _LAST or second > _LAST:
        raise MomentError("has no such time of day")
    return Moment(whole, f"{hour:02}:{minute:02}:{second:02}{_fraction(parts)}", _offset(parts))


def _fraction(parts: dict[str, str | None]) -> str:
    """The fraction of a second; zeros say nothing."""
    digits = (parts.get("fraction") or "").rstrip("0")
    if len(digits) > _MILLISECONDS:
        raise MomentError("is finer than a millisecond")
    return f".{digits}" if digits else ""


def _offset(parts: dict[str, str | None]) -> str | None:
    """The offset as ISO 8601 writes it beside a time with colons."""
    text = parts.get("offset")
    return f"{text[:3]}:{text[3:]}" if text and len(text) == len("+0800") else text


def _of_half(parts: dict[str, str | None]) -> int:
    """The hour of 24 that an hour of 12 is: 12 AM is 0, 12 PM is 12."""
    half = int(str(parts["half"]))
    if not 1 <= half <= _HALF:
        raise MomentError("has no such time of day")
    return half % _HALF + (_HALF if str(parts["noon"]).lower() in ("pm", "下午") else 0)


def _month(parts: dict[str, str | None]) -> int | None:
    name = parts.get("name")
    if name is None:
        return None if parts.get("month") is None else int(str(parts["month"]))
    return _SHORT.index(name.lower()[:3]) + 1


def _check_day(year: int, month: int, day: int) -> None:
    try:
        date(year, month, day)
    except ValueError:
        raise MomentError("is no day of the calendar by the pattern of the map") from None
