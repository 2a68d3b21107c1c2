"""The ISO 8601 text of calendar values, extended format: to components and back."""

from __future__ import annotations

import re
from typing import Final

from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.components import MAX_OFFSET

_DATE: Final = r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
_TIME: Final = r"(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?"
_DATE_TEXT: Final = re.compile(_DATE, re.ASCII)
_TIME_TEXT: Final = re.compile(_TIME, re.ASCII)
_DATE_TIME_TEXT: Final = re.compile(rf"{_DATE}(?:T{_TIME}(Z|[+-]\d\d:\d\d)?)?", re.ASCII)

Maybe = int | None


def has_usual_form(text: str) -> bool:
    """Whether a text looks like an instant to the second with its offset, as most records write it."""
    return len(text) == 25 and text[4::3] in ("--T::+:", "--T::-:") and text[11:13] != "24" and text[23] < "6"


def date_components(text: str) -> tuple[int, Maybe, Maybe]:
    """Year, month, day of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Raises `ValueError` with the reason."""
    match = _DATE_TEXT.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 date: YYYY-MM-DD, YYYY-MM or YYYY")
    year, month, day = match.groups()
    return int(year), _number(month), _number(day)


def time_components(text: str) -> tuple[int, Maybe, Maybe, Maybe]:
    """Hour, minute, second, millisecond of `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`. Raises `ValueError`."""
    match = _TIME_TEXT.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 time: hh:mm:ss.fff or a leading part of it")
    hour, minute, second, fraction = match.groups()
    return int(hour), _number(minute), _number(second), _millisecond(fraction)


def date_time_components(text: str) -> tuple[int, Maybe, Maybe, Maybe, Maybe, Maybe, Maybe, Maybe]:
    """Year to millisecond, and the offset in minutes, of a leading part of a date-time. Raises `ValueError`."""
    match = _DATE_TIME_TEXT.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 date-time: YYYY-MM-DDThh:mm:ss+hh:mm, or a date")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    time = _number(hour), _number(minute), _number(second), _millisecond(fraction)
    return int(year), _number(month), _number(day), *time, _offset(offset)


def _number(digits: str | None) -> Maybe:
    return None if digits is None else int(digits)


def _millisecond(digits: str | None) -> Maybe:
    """The decimal fraction of a second in milliseconds; finer digits are refused rather than rounded."""
    if digits is None:
        return None
    if digits[3:].strip("0"):
        raise ValueError(message("fractional second .{ $digits } is finer than a millisecond", digits=Verbatim(digits)))
    return int(digits[:3].ljust(3, "0"))


def _offset(text: str | None) -> Maybe:
    """Minutes east of UTC of `Z` or `+hh:mm`."""
    if text is None:
        return None
    if text == "Z":
        return 0
    hours, minutes = int(text[1:3]), int(text[4:6])
    if minutes > 59 or hours * 60 + minutes > MAX_OFFSET:
        raise ValueError(message("offset must be from -14:00 to +14:00, not { $text }", text=Verbatim(text)))
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)


def date_text(year: int, month: Maybe, day: Maybe) -> str:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    text = f"{year:04}"
    if month is not None:
        text += f"-{month:02}"
    return text if day is None else f"{text}-{day:02}"


def time_text(hour: int, minute: Maybe, second: Maybe, millisecond: Maybe) -> str:
    """`hh` to `hh:mm:ss.fff`."""
    text = f"{hour:02}"
    if minute is not None:
        text += f":{minute:02}"
    if second is not None:
        text += f":{second:02}"
    return text if millisecond is None else f"{text}.{millisecond:03}"


def offset_text(minutes: Maybe) -> str:
    """`Z` or `+hh:mm`; nothing where no offset is recorded."""
    if not minutes:
        return "" if minutes is None else "Z"
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
