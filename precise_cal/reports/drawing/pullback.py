"""The pullback of a QFR analysis: QFR above, diameter below, over the same distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.reports.drawing.axis import Axis, ticks
from precise_cal.reports.drawing.svg import BLUE, GRAY, INK, LINE, ORANGE, PALE, box, drawing, line, path, say

if TYPE_CHECKING:
    from precise_cal.reports.pullback import Pullback

WIDTH: Final = 920.0
_LEFT: Final = 118.0
_RIGHT: Final = 890.0
QFR_RANGE: Final = (0.5, 1.0)
"""The same on every page, so that pages compare."""
_POINTS: Final = 300


def pullback(one: Pullback, threshold: float, title: str) -> str:
    """QFR along the vessel with the threshold, and lumen and reference diameter below it."""
    across = Axis(one.position_mm[0], one.position_mm[-1], _LEFT, _RIGHT)
    up = Axis(*QFR_RANGE, 150, 14)
    width = Axis(0, max([1.0, *one.diameter_mm, *one.reference_mm]) * 1.1, 262, 180)
    parts = [box(across(start), 14, across(end) - across(start), 248, PALE) for start, end in one.lesions]
    for value in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        parts += [
            line(_LEFT, up(value), _RIGHT, up(value), LINE, 0.6),
            say(_LEFT - 8, up(value) + 4, f"{value:.2f}", "end", 11, fill=GRAY),
        ]
    parts += [
        line(_LEFT, up(threshold), _RIGHT, up(threshold), ORANGE, 1.4, "6 4"),
        say(_LEFT + 6, up(threshold) + 14, f"{threshold:g}", size=11, fill=ORANGE),
    ]
    parts += [say(20, 30, "QFR"), say(20, 196, "diameter, mm")]
    for value in ticks(0, width.high, 3):
        parts += [
            line(_LEFT, width(value), _RIGHT, width(value), LINE, 0.6),
            say(_LEFT - 8, width(value) + 4, f"{value:g}", "end", 11, fill=GRAY),
        ]
    step = max(1, len(one.position_mm) // _POINTS)
    for values, axis, color, dash in (
        (one.qfr_along, up, BLUE, ""),
        (one.diameter_mm, width, INK, ""),
        (one.reference_mm, width, GRAY, "5 3"),
    ):
        points = [(across(x), axis(y)) for x, y in zip(one.position_mm, values, strict=False)]
        if points:
            parts.append(path([*points[::step], points[-1]], color, 1.8, dash))
    for value in ticks(across.low, across.high, 8):
        parts.append(say(across(value), 278, f"{value:g}", "middle", 11, fill=GRAY))
    parts.append(say(_RIGHT, 293, "mm from the proximal end", "end", 11, fill=GRAY))
    return drawing(WIDTH, 300, parts, title)
