"""Two people who enter data, each with mistakes of their own kind.

The first copies QFR from the printed page and sometimes mistypes it; the second enters laboratory results and times,
and sometimes takes the unit or the time zone of another source.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.simulate.plans.precise_cal.clock import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from precise_cal.simulate.plans.precise_cal.settings import Settings

Record = dict[str, Any]


def _first_measurement(record: Record) -> Record | None:
    return next((one for one in record.get("qfr_measurements", []) if one["phase"] == "post_modification"), None)


def _mistyped_qfr(record: Record, chance: Random) -> bool:
    one = _first_measurement(record)
    if one is None:
        return False
    digits = one["value"][2:]
    one["value"] = f"0.{digits[::-1]}" if digits != digits[::-1] else f"0.{int(digits) - 1:02}"
    return True


def _third_decimal(record: Record, chance: Random) -> bool:
    one = _first_measurement(record)
    if one is None:
        return False
    one["value"] = one["reported_text"] = f"{one['value']}{chance.randrange(1, 10)}"
    return True


def _swapped_vessel(record: Record, chance: Random) -> bool:
    one = _first_measurement(record)
    if one is None:
        return False
    one["vessel"] = "RCA" if one["vessel"] == "LAD" else "LAD"
    return True


def _thousandfold(record: Record, chance: Random) -> bool:
    """The result in the unit of another laboratory's form: correct, but not in the unit of its limit."""
    for lab in record.get("labs", []):
        if lab["unit"] == "ng/L":
            lab |= {"value": f"{Decimal(lab['value']) / 1000:f}", "unit": "ng/mL"}
    return bool(record.get("labs"))


def _unit_left_out(record: Record, chance: Random) -> bool:
    labs = record.get("labs", [])
    if not labs:
        return False
    labs[-1]["unit"] = None
    return True


def _utc(record: Record, chance: Random) -> bool:
    """The same instants, written in UTC."""
    for part in ("started_at", "ended_at"):
        text = record["procedure"][part]
        record["procedure"][part] = moment_of(text).astimezone(datetime.UTC).isoformat() if text else text
    return True


def _year_off(record: Record, chance: Random) -> bool:
    text = record["hospital"]["discharged_at"]
    if not text:
        return False
    record["hospital"]["discharged_at"] = f"{int(text[:4]) - 1}{text[4:]}"
    return True


def _time_left_out(record: Record, chance: Random) -> bool:
    if not record["consent"]["signed_at"]:
        return False
    record["consent"]["signed_at"] = record["consent"]["signed_at"][:10]
    return True


MISTAKES: Final[Mapping[str, Callable[[Record, Random], bool]]] = {
    "mistyped_qfr": _mistyped_qfr,
    "third_decimal": _third_decimal,
    "swapped_vessel": _swapped_vessel,
    "thousandfold": _thousandfold,
    "unit_left_out": _unit_left_out,
    "utc": _utc,
    "year_off": _year_off,
    "time_left_out": _time_left_out,
}


def enter(settings: Settings, record: Record, chance: Random) -> None:
    """One of the two analysts enters the record."""
    for mistake, share in settings.mistakes[chance.random() < 0.5].items():
        if chance.random() < share:
            MISTAKES[mistake](record, chance)
