"""The age operators (CQL 1.5, 9.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar
from precise_cal.engine.cql.operators.overload import Binding, Overload, overloads
from precise_cal.engine.cql.operators.temporal import now, today
from precise_cal.engine.cql.types import DATE, DATE_TIME, INTEGER
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.state import State

_AGES: Final = {"Years": "year", "Months": "month", "Weeks": "week", "Days": "day",
                "Hours": "hour", "Minutes": "minute", "Seconds": "second"}  # fmt: skip


def _age(unit: str) -> Callable[[int, Any, Any], Any]:
    def between(offset: int, birth: Any, as_of: Any) -> Any:
        return calendar.duration(birth, as_of, unit, offset)

    return between


def _age_now(unit: str) -> Callable[[State, Any], Any]:
    def calculate(state: State, birth: Any) -> Any:
        as_of = now(state) if type(birth) is DateTime else today(state)
        return None if as_of is None else calendar.duration(birth, as_of, unit, state.utc_offset_minutes)

    return calculate


def _ages() -> list[Overload]:
    found: list[Overload] = []
    for plural, unit in _AGES.items():
        kinds = (DATE, DATE_TIME) if unit in {"year", "month", "week", "day"} else (DATE_TIME,)
        signatures = [(kind, kind, INTEGER) for kind in kinds]
        dated = [(kind, INTEGER) for kind in kinds]
        found += overloads(f"CalculateAgeIn{plural}", _age_now(unit), *dated, binding=Binding.STATE)
        found += overloads(f"CalculateAgeIn{plural}At", _age(unit), *signatures, binding=Binding.OFFSET)
    return found


OVERLOADS: Final[list[Overload]] = _ages()
