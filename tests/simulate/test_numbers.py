"""Measured values that are drawn: within what a field may hold, in whatever unit they are."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from precise_cal.protocol.quantity import Quantity
from precise_cal.simulate.numbers import quantity

KNOWN = (Quantity(Decimal(3), "mm"), Quantity(Decimal(30), "mm"))


@pytest.mark.parametrize(
    ("unit", "low", "high", "least", "most"),
    [
        (None, Decimal(2), Decimal(4), "2", "4"),
        ("cm", Decimal(2), Decimal(4), "0.2", "0.4"),
        ("cm", None, Decimal(4), "-1", "0.4"),
        ("cm", Decimal(2), None, "0.2", "1000"),
        ("s", Decimal(2), Decimal(4), "2", "4"),
    ],
)
def test_bounds_are_those_of_the_field_in_the_unit_that_is_drawn(
    unit: str | None, low: Decimal | None, high: Decimal | None, least: str, most: str
) -> None:
    drawn = [quantity(KNOWN, "mm", low, high, Random(seed), unit) for seed in range(60)]
    assert {one.unit for one in drawn} == {"cm" if unit == "cm" else "mm"}
    assert all(Decimal(least) <= one.value <= Decimal(most) for one in drawn)
