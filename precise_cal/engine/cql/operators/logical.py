"""Logical and nullological operators (CQL 1.5, 9.2 and 9.4)."""

from __future__ import annotations

from typing import Any, Final

from precise_cal.engine.cql.comparison import all_of, any_of, negate
from precise_cal.engine.cql.operators.overload import LIST, Overload, T, overloads
from precise_cal.engine.cql.types import ANY, BOOLEAN, Type


def _and(left: bool | None, right: bool | None) -> bool | None:
    return all_of((left, right))


def _or(left: bool | None, right: bool | None) -> bool | None:
    return any_of((left, right))


def _xor(left: bool | None, right: bool | None) -> bool | None:
    return None if left is None or right is None else left is not right


def _implies(left: bool | None, right: bool | None) -> bool | None:
    return any_of((negate(left), right))


def _is_null(value: Any) -> bool:
    return value is None


def _is_true(value: bool | None) -> bool:
    return value is True


def _is_false(value: bool | None) -> bool:
    return value is False


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _coalesce_list(values: tuple[Any, ...] | None) -> Any:
    return None if values is None else _coalesce(*values)


_TWO: Final[tuple[Type, ...]] = (BOOLEAN, BOOLEAN, BOOLEAN)

OVERLOADS: Final[list[Overload]] = [
    *overloads("And", _and, _TWO, nulls=True),
    *overloads("Or", _or, _TWO, nulls=True),
    *overloads("Xor", _xor, _TWO, nulls=True),
    *overloads("Implies", _implies, _TWO, nulls=True),
    *overloads("Not", negate, (BOOLEAN, BOOLEAN), nulls=True),
    *overloads("IsNull", _is_null, (ANY, BOOLEAN), nulls=True),
    *overloads("IsTrue", _is_true, (BOOLEAN, BOOLEAN), nulls=True),
    *overloads("IsFalse", _is_false, (BOOLEAN, BOOLEAN), nulls=True),
    *overloads("Coalesce", _coalesce_list, (LIST, T), nulls=True),
    *overloads("Coalesce", _coalesce, (T, T, T), (T, T, T, T), (T, T, T, T, T), (T, T, T, T, T, T), nulls=True),
]
