"""Numbers and quantities: drawn by a plan, or near what the rules hold them against."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.units import UnitError, convert, is_unit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from precise_cal.simulate.plan import Spread

Bound = Decimal | None


def planned(spread: Spread, chance: Random) -> Decimal | None:
    """A number as a plan has it; None where the plan says nothing of numbers."""
    if spread.mean is not None and spread.sd is not None:
        drawn = chance.gauss(spread.mean, spread.sd)
        drawn = max(drawn, spread.from_) if spread.from_ is not None else drawn
        drawn = min(drawn, spread.to) if spread.to is not None else drawn
    elif spread.from_ is not None and spread.to is not None:
        drawn = chance.uniform(spread.from_, spread.to)
    else:
        return None
    return Decimal(f"{drawn:.{spread.decimals}f}")


def number(constants: Iterable[Any], low: Bound, high: Bound, chance: Random, *, whole: bool) -> Decimal:
    """A number near one that the rules know, on either side of it or equal to it; else one between the bounds.

    Args:
        constants: what the rules hold the field against, and other things.
        low: the least number that the field may hold.
        high: the greatest.
        chance: the random numbers.
        whole: whether the field holds integers.
    """
    known = [Decimal(one) for one in constants if isinstance(one, int if whole else int | Decimal)]
    near = [one for one in known if (low is None or one >= low) and (high is None or one <= high)]
    if near and chance.random() < 0.6:
        limit = chance.choice(near)
        step = Decimal(1) if whole else Decimal(1).scaleb(min(-1, int(limit.as_tuple().exponent)))
        drawn = limit + chance.choice((-1, 0, 1)) * step
    else:
        drawn = _between(near, low, high, chance, whole=whole)
    drawn = drawn if low is None else max(low, drawn)
    return drawn if high is None else min(high, drawn)


def _between(near: list[Decimal], low: Bound, high: Bound, chance: Random, *, whole: bool) -> Decimal:
    """A number somewhere around those that the rules know, or anywhere in the range."""
    least = min(near) / 2 if near else low if low is not None else Decimal(0)
    most = max(near) * Decimal("1.5") if near else high if high is not None else least + 100
    if chance.random() < 0.4:  # rules may hold the field against others, so that none of their numbers is near
        least = low if low is not None else Decimal(0)
        most = min(least + chance.choice((10, 100, 1000)), high if high is not None else least + 1000)
    drawn = chance.uniform(float(least), float(max(most, least)))
    return Decimal(round(drawn)) if whole else Decimal(f"{drawn:.{1 if most > 10 else 2}f}")


def quantity(
    constants: Iterable[Any], like: str, low: Bound, high: Bound, chance: Random, unit: str | None
) -> Quantity:
    """A measured value near one that the rules know.

    Args:
        constants: what the rules hold the field against, and other things.
        like: the unit that the field's own must be convertible to; empty for any.
        low: the least value, in that unit.
        high: the greatest.
        chance: the random numbers.
        unit: the unit that a plan asks for, or that stands there; one into which none of the known ones can be
            converted is given up.
    """
    known = [one for one in constants if isinstance(one, Quantity) and is_unit(one.unit or "1")]
    fits = unit is None or not known or any(_in(one, unit) is not None for one in known)
    wanted = unit if unit and fits else like
    fitting = [one for one in known if not wanted or _in(one, wanted) is not None]
    if not wanted:
        wanted = chance.choice(fitting).unit or "1" if fitting else "1"
    values = [value for one in fitting if (value := _in(one, wanted)) is not None]
    if like and wanted != like:
        low, high = (None if one is None else _in(Quantity(one, like), wanted) for one in (low, high))
    return Quantity(number(values, low, high, chance, whole=False), wanted)


def is_span(value: Any) -> bool:
    """Whether a quantity is so many days, or of another unit of time: it says when, and never how much."""
    return isinstance(value, Quantity) and is_unit(value.unit or "1") and _in(value, "d") is not None


def _in(known: Quantity, unit: str) -> Decimal | None:
    try:
        return convert(known.value, known.unit or "1", unit)
    except UnitError:
        return None
