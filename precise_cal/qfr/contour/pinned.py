"""Pins: places that a person says the borders pass through. The outline is fitted again around them, and nowhere else.

The profile model is fitted to the lines near the pins with the borders held there; between neighboring pins of one side
they are held, less strictly, to the straight way from pin to pin, as an edge that the person ruled out must not draw
them back. At the ends of the stretch they are held to the outline as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import binary_dilation, spline_filter

from precise_cal.language.catalog import message
from precise_cal.qfr.contour.along import Held, Lines, fit_along
from precise_cal.qfr.contour.belief import ABSORPTION, DISPLAY
from precise_cal.qfr.contour.borders import scan
from precise_cal.qfr.contour.curve import arc_length, normals
from precise_cal.qfr.contour.polygon import filled
from precise_cal.qfr.contour.profile import PARAMETERS, Optics
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.segment import Contour

Pins = tuple[tuple[float, float], ...]
AROUND_MM: Final = 3.0
"""Vessel on either side of the pins that is fitted again (own)."""
TOGETHER_MM: Final = 10.0
"""Pins of one side that are no farther apart along the vessel belong together (own)."""
FARTHEST_MM: Final = 4.0
"""A pin farther from the midline belongs to another vessel (own)."""
MARGIN_MM: Final = 0.8
SAMPLE_PX: Final = 0.25
EXACT_MM, LOOSE_MM, JOINED_MM = 0.002, 0.03, 0.01
"""Standard deviations of a border at a pin, between pins, and where the stretch joins the rest (own)."""
PIN_SPREAD_MM: Final = 0.10
"""Standard deviation of a diameter between borders that a person set (own; observers differ by 0.1 to 0.2 mm)."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """The outline with pins, and where the borders were before: for each pin the point [column, row]."""

    contour: Contour
    before: dict[str, tuple[tuple[float, float], ...]]


def pinned(
    picture: Array,
    contour: Contour,
    pins: dict[str, Pins],
    mm_per_pixel: float,
    *,
    densitometry: bool,
    excluded: NDArray[np.bool_] | None = None,
) -> Pinned:
    """The outline refitted so that it passes through pins.

    Args:
        picture: Absorbance, (rows, columns).
        contour: The outline without them.
        pins: Points [column, row] under ``left`` and ``right``.
        mm_per_pixel: Size of a pixel.
        densitometry: As for ``outline``.
        excluded: (rows, columns) pixels that do not count.

    Raises:
        QfrError: a pin lies off the vessel, on the wrong side, or two lie on one line across it.
    """
    placed = [_placed(contour, side, points, mm_per_pixel) for side, points in pins.items()]
    before = {
        side: tuple(_border(contour, side, int(line)) for line in found.line)
        for side, found in zip(pins, placed, strict=True)
    }
    held = _joined(placed)
    changed = contour
    spline = spline_filter(filled(picture, excluded), order=3)
    for low, high in _stretches(held.line, len(contour.midline), AROUND_MM / mm_per_pixel):
        inside = (held.line >= low) & (held.line < high)
        here = Held(held.line[inside] - low, held.side[inside], held.at_mm[inside], held.spread_mm[inside])
        changed = _refitted(spline, changed, (low, high), here, mm_per_pixel, densitometry, excluded)
    return Pinned(_closed(changed, mm_per_pixel), before)


def _border(contour: Contour, side: str, line: int) -> tuple[float, float]:
    column, row = (contour.left if side == "left" else contour.right)[line]
    return round(float(column), 3), round(float(row), 3)


def _placed(contour: Contour, side: str, points: Pins, mm_per_pixel: float) -> Held:
    """Pins as places on scan lines."""
    across = normals(contour.midline)
    sign = -1.0 if side == "left" else 1.0
    lines, places = [], []
    for number, point in enumerate(points):
        away = np.array(point) - contour.midline
        line = int(np.argmin(np.linalg.norm(away, axis=1)))
        place = float(away[line] @ across[line]) * mm_per_pixel
        other = contour.right if side == "left" else contour.left
        opposite = float((other[line] - contour.midline[line]) @ across[line]) * mm_per_pixel
        where = message(
            "borders/{ $side }/{ $number }: [{ $point }, { $point_2 }]",
            side=side,
            number=number,
            point=f"{point[0]:g}",
            point_2=f"{point[1]:g}",
        )
        if np.linalg.norm(away[line]) * mm_per_pixel > FARTHEST_MM:
            far = np.linalg.norm(away[line]) * mm_per_pixel
            raise QfrError(
                message(
                    "{ $where } lies { $far } mm from the midline, at most { $farthest_mm } mm is a border of it",
                    where=where,
                    far=f"{far:.1f}",
                    farthest_mm=f"{FARTHEST_MM:g}",
                )
            )
        if sign * (place - opposite) <= 0.0:
            raise QfrError(
                message(
                    "{ $where } lies beyond the other border: it is not on the { $side }, looking downstream",
                    where=where,
                    side=side,
                )
            )
        if line in lines:
            raise QfrError(
                message("{ $where } lies on the same line across the vessel as another pin: leave one out", where=where)
            )
        lines.append(line)
        places.append(place)
    return Held(np.array(lines, np.int64), np.full(len(lines), sign), np.array(places), np.full(len(lines), EXACT_MM))


def _joined(placed: list[Held]) -> Held:
    """All pins, and between neighbors of one side the straight way, loosely."""
    parts = list(placed)
    for one in placed:
        order = np.argsort(one.line)
        for first, second in pairwise(order):
            low, high = int(one.line[first]), int(one.line[second])
            between = np.arange(low + 1, high)
            at = np.interp(between, [low, high], [one.at_mm[first], one.at_mm[second]])
            parts.append(Held(between, np.full(len(between), one.side[first]), at, np.full(len(between), LOOSE_MM)))
    return _together(parts)


def _together(parts: list[Held]) -> Held:
    lines = np.concatenate([part.line for part in parts])
    side, at_mm, spread_mm = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("side", "at_mm", "spread_mm")
    )
    return Held(lines, side, at_mm, spread_mm)


def _stretches(lines: NDArray[np.int64], count: int, around: float) -> list[tuple[int, int]]:
    """Ranges of lines that are fitted again, apart from each other."""
    found: list[tuple[int, int]] = []
    for line in np.unique(lines):
        low, high = max(int(line - around), 0), min(int(line + around) + 1, count)
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def _refitted(
    spline: Array, contour: Contour, stretch: tuple[int, int], held: Held, mm_per_pixel: float,
    densitometry: bool, excluded: NDArray[np.bool_] | None,
) -> Contour:  # fmt: skip
    """The outline with one stretch fitted again."""
    low, high = stretch
    part, across = slice(low, high), normals(contour.midline)[low:high]
    middle, edges = contour.midline[part], (contour.left[part], contour.right[part])
    left, right = (np.sum((edge - middle) * across, axis=1) * mm_per_pixel for edge in edges)
    start = _start(left, right, held)
    reach = float(np.max(np.abs(start[:, 0]) + start[:, 1])) + MARGIN_MM
    half = int(np.ceil(reach / mm_per_pixel / SAMPLE_PX))
    offsets = SAMPLE_PX * np.arange(-half, half + 1, dtype=np.float64)
    x = offsets * mm_per_pixel
    profiles = scan(spline, contour.midline, offsets)[part]
    start[:, 3] = profiles.min(axis=1)
    start[:, 2] = max(float(np.median((profiles.max(axis=1) - start[:, 3]) / (2.0 * start[:, 1]))), 1e-6)
    counted = np.abs(x - start[:, :1]) <= start[:, 1:2] + MARGIN_MM
    if excluded is not None:
        counted &= scan(excluded.astype(np.float64), contour.midline, offsets)[part] < 0.5
    expected = ABSORPTION if densitometry else DISPLAY
    lines = Lines(np.where(counted, profiles, np.nan), x, mm_per_pixel, _noise(profiles))
    optics = Optics(contour.blur.mean, expected.scatter.mean)
    ends = _ends(len(middle), left, right, contour, stretch)
    fit = fit_along(lines, start, optics, expected.stiffness, expected=expected, held=_together([held, ends]))
    found = fit.parameters
    center, radius = found[:, 0] / mm_per_pixel, found[:, 1] / mm_per_pixel
    set_by_hand = np.zeros(len(contour.midline), bool)
    set_by_hand[low + int(held.line.min()) : low + int(held.line.max()) + 1] = True
    changed = {name: getattr(contour, name).copy() for name in ("midline", "left", "right", "diameter_mm", "traced_mm")}
    changed["left"][part] = middle + (center - radius)[:, None] * across
    changed["right"][part] = middle + (center + radius)[:, None] * across
    changed["midline"][part] = middle + center[:, None] * across
    changed["diameter_mm"][part] = changed["traced_mm"][part] = 2.0 * radius * mm_per_pixel
    return replace(
        contour,
        **changed,
        spread_mm=np.where(set_by_hand, PIN_SPREAD_MM, contour.spread_mm),
        unresolved=contour.unresolved & ~set_by_hand,
        doubtful=contour.doubtful & ~set_by_hand,
        covered=contour.covered & ~_near(set_by_hand, AROUND_MM / mm_per_pixel),
    )


def _near(stations: NDArray[np.bool_], reach: float) -> NDArray[np.bool_]:
    return np.asarray(binary_dilation(stations, iterations=max(round(reach), 1)))


def _start(left: Array, right: Array, held: Held) -> Array:
    """Parameters (n, 5) to start from: the borders moved so that they pass through what is held."""
    start = np.zeros((len(left), PARAMETERS))
    moved = []
    for sign, border in ((-1.0, left), (1.0, right)):
        here = held.side == sign
        order = np.argsort(held.line[here])
        line, shift = held.line[here][order], (held.at_mm[here] - border[held.line[here]])[order]
        ends = np.concatenate(([0], line, [len(border) - 1]))
        moved.append(border + np.interp(np.arange(len(border)), ends, np.concatenate(([0.0], shift, [0.0]))))
    start[:, 0], start[:, 1] = 0.5 * (moved[0] + moved[1]), np.maximum(0.5 * (moved[1] - moved[0]), 0.1)
    return start


def _ends(count: int, left: Array, right: Array, contour: Contour, stretch: tuple[int, int]) -> Held:
    """Both borders at the two outermost lines where the stretch ends within the vessel, as they were."""
    lines = [0, 1] * (stretch[0] > 0) + [count - 2, count - 1] * (stretch[1] < len(contour.midline))
    where = np.array(lines + lines, np.int64)
    sides = np.repeat([-1.0, 1.0], len(lines))
    return Held(where, sides, np.where(sides < 0.0, left[where], right[where]), np.full(len(where), JOINED_MM))


def _noise(profiles: Array) -> float:
    """Standard deviation of a sample, from what changes from line to line."""
    change = np.diff(profiles, n=2, axis=0) if len(profiles) > 2 else profiles
    return float(3.0 * np.median(np.abs(change)) / 0.6745 / np.sqrt(6.0)) + 1e-6


def _closed(contour: Contour, mm_per_pixel: float) -> Contour:
    return replace(contour, arc_mm=arc_length(contour.midline) * mm_per_pixel)
