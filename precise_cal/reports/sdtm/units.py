"""Units as CDISC writes them, and numbers in another unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.protocol.units import UnitError, convert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

_OF_CDISC: Final[Mapping[str, str]] = {
    "mm[Hg]": "mmHg",
    "ng/mL": "ug/L",
    "pg/mL": "ng/L",
    "mL/min/{1.73_m2}": "mL/min/1.73m2",
    "[IU]/L": "IU/L",
    "d": "DAYS",
    "h": "HOURS",
    "a": "YEARS",
}
"""Terms of CDISC's list of units (C71620) whose UCUM code is another; the rest are the same in both."""
_OF_UCUM: Final = {term: code for code, term in _OF_CDISC.items() if "/" not in term or "1.73" in term}


def submission_unit(code: str) -> str:
    """The term of CDISC for a unit of UCUM."""
    return _OF_CDISC.get(code, code)


def in_unit(number: Decimal | None, unit: str, wanted: str) -> Decimal | None:
    """A number in another unit; none where the one cannot be converted to the other."""
    if number is None or unit == wanted:
        return number
    try:
        return convert(number, _OF_UCUM.get(unit, unit), _OF_UCUM.get(wanted, wanted))
    except UnitError:
        return None
