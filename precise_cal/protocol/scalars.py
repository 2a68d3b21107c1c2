"""The scalar values of a participant record: exact decimals, instants, dates, units, identifiers.

Each is read from what JSON holds, and refused with a text that says what would be right.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final, TypeVar

from precise_cal.language.catalog import message
from precise_cal.protocol.placeholders import is_placeholder
from precise_cal.protocol.temporal import Date, DateTime
from precise_cal.protocol.units import UnitError, parse_unit, usual_unit

MAX_DIGITS: Final = 28
"""Significant digits of a CQL Decimal (CQL 1.5, 9.3 System Decimal)."""

MAX_FRACTION_DIGITS: Final = 8
"""Digits behind the point of a CQL Decimal."""

MAX_TEXT: Final = 2000
"""Characters of a free text."""

MAX_ITEMS: Final = 200
"""Items that a list of a record may have; some rules compare each item with every other."""

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""The years of a trial and of the lives in it; far enough from the ends of the calendar to count on from any date."""

_USUAL_LENGTH: Final = len("2026-03-09T10:05:00+08:00")
_Moment = TypeVar("_Moment", Date, DateTime)
_DECIMAL_TEXT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?\Z", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?\Z", re.ASCII)


def read_decimal(value: Any) -> Decimal:
    """A decimal exactly as recorded: ``"3.00"`` keeps its two decimals, a JSON number never passes a binary float.

    Raises:
        ValueError: the value is no decimal number, or longer than 28 digits or 8 decimals.
    """
    if type(value) is str:
        if _DECIMAL_TEXT.match(value) is None:
            raise ValueError('should be a decimal number such as "0.88"')
        number = Decimal(value)
        if len(value) <= MAX_FRACTION_DIGITS:
            return number
    elif type(value) is Decimal:
        number = value
    elif type(value) is int:
        number = Decimal(value)
    else:
        raise ValueError('should be a decimal number such as "0.88"')
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(number.adjusted()) >= MAX_DIGITS:
        raise ValueError(message("should be a finite number of at most { $digits } digits", digits=MAX_DIGITS))
    if exponent < -MAX_FRACTION_DIGITS or len(number.as_tuple().digits) > MAX_DIGITS:
        pattern = "should have at most { $digits } digits, { $decimals } of them decimals"
        raise ValueError(message(pattern, digits=MAX_DIGITS, decimals=MAX_FRACTION_DIGITS))
    return number if exponent <= 0 else number.quantize(Decimal(1))


def read_instant(value: Any) -> DateTime:
    """An instant with its offset, or a (partial) date where the time is not known.

    Raises:
        ValueError: the value is neither, has no offset, names a day or time that does not exist, or another age.
    """
    if type(value) is not str:
        raise ValueError('should be a date-time with an offset, such as "2026-03-09T10:05:00+08:00"')
    if len(value) == _USUAL_LENGTH and value[10] == "T" and value[19] in "+-":
        return _of_our_time(DateTime.parse(value))
    if _DATE_TIME.match(value) is None and _DATE.match(value) is None:
        if "T" in value and _DATE_TIME.match(value + "Z") is not None:
            pattern = 'has no offset from UTC: write "{ $value }", or whichever offset held at the site'
            raise ValueError(message(pattern, value=f"{value}+08:00"))
        raise ValueError('should be a date-time with an offset, such as "2026-03-09T10:05:00+08:00", or a date')
    return _of_our_time(DateTime.parse(value))


def read_date(value: Any) -> Date:
    """A date, which may be partial: ``2026-03-09``, ``2026-03`` or ``2026``.

    Raises:
        ValueError: the value is no such date, the day does not exist, or the year is of another age.
    """
    if type(value) is not str or _DATE.match(value) is None:
        raise ValueError('should be a date such as "2026-03-09", or a part of one: "2026-03", "2026"')
    return _of_our_time(Date.parse(value))


def _of_our_time(moment: _Moment) -> _Moment:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(message("should lie in the years { $first } to { $last }", first=FIRST_YEAR, last=LAST_YEAR))
    return moment


def read_unit(value: Any) -> str:
    """A UCUM unit, as written.

    Raises:
        ValueError: UCUM does not know the unit.
    """
    if type(value) is not str:
        raise ValueError('should be a UCUM unit such as "mm"')
    if is_placeholder(value):  # "N/A" would be newtons per ampere
        raise ValueError("is not a value: give the unit itself, or null where it is not known")
    try:
        parse_unit(value)
    except UnitError as error:
        meant = usual_unit(value)
        if meant is not None:
            raise ValueError(message('is no UCUM unit; write "{ $unit }"', unit=meant)) from None
        raise ValueError(message("is no UCUM unit: { $why }", why=str(error))) from None
    return value
