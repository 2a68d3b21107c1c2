"""A QFR analysis of the record: the fall of QFR along the vessel, as the toolkit saved it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Pullback:
    """QFR and diameter along one vessel, from its proximal end."""

    vessel: str
    phase: str
    file: str
    qfr: float | None
    interval: tuple[float, float] | None
    position_mm: tuple[float, ...]
    qfr_along: tuple[float, ...]
    diameter_mm: tuple[float, ...]
    reference_mm: tuple[float, ...]
    lesions: tuple[tuple[float, float], ...]
    """Start and end of each, in mm."""


def pullback(data: Mapping[str, Any], vessel: str, phase: str, file: str) -> Pullback:
    """A pullback from a saved result (contract, section 5).

    Raises:
        KeyError, TypeError, ValueError: it is no such result.
    """
    profile = data["profile"]
    interval = data.get("interval")
    along = profile.get("qfr") or ()
    found = Pullback(
        vessel=vessel,
        phase=phase,
        file=file,
        qfr=None if data["qfr"] is None else float(data["qfr"]),
        interval=None if interval is None else (float(interval["low"]), float(interval["high"])),
        position_mm=_numbers(profile["s_mm"]),
        qfr_along=_numbers(along),
        diameter_mm=_numbers(profile["diameter_mm"]),
        reference_mm=_numbers(profile.get("reference_mm") or ()),
        lesions=tuple((float(one["start_mm"]), float(one["end_mm"])) for one in data.get("lesions", ())),
    )
    _check(found)
    return found


def _check(found: Pullback) -> None:
    series = [found.position_mm, found.diameter_mm, *(one for one in (found.qfr_along, found.reference_mm) if one)]
    single = [*(found.interval or ()), *(() if found.qfr is None else (found.qfr,)), *chain(*found.lesions)]
    if len(series[0]) < 2 or any(len(one) != len(series[0]) for one in series):
        raise ValueError("its profile has no two stations, or not as many of each value")
    if not all(map(math.isfinite, chain(single, *series))):
        raise ValueError("a number of a result is finite")


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
