"""Counts as drawings: distributions, shares and trends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import Joined, message
from precise_cal.reports.drawing.axis import Axis, ticks
from precise_cal.reports.drawing.svg import BLUE, GRAY, INK, LINE, ORANGE, box, drawing, hatch, line, mark, path, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH: Final = 920.0
_LEFT: Final = 60.0
_RIGHT: Final = 900.0
_APART: Final = 15

Part = tuple[str, int, str]
"""What is counted, how many, and the fill: ``solid``, ``hatch``, ``open`` or ``gray``."""


def histogram(bins: Sequence[tuple[float, int]], width: float, threshold: float, title: str, key: str) -> str:
    """Counts over a number, with a threshold; what does not exceed it is hatched.

    Args:
        bins: the lower end of each bin, and its count; the upper end belongs to the bin, the lower does not.
        width: of a bin.
        threshold: the value that must be exceeded.
        title: for screen readers.
        key: a name of its own within the page.
    """
    top, bottom = 22.0, 190.0
    across = Axis(bins[0][0], bins[-1][0] + width, _LEFT, _RIGHT)
    most = max(count for _, count in bins) or 1
    up = Axis(0, most * 1.1, bottom, top)
    parts = [hatch(f"{key}-hatch", ORANGE)]
    for value in ticks(0, most, 4):
        parts += [
            line(_LEFT, up(value), _RIGHT, up(value), LINE, 0.6),
            say(_LEFT - 8, up(value) + 4, f"{value:g}", "end", 11, fill=GRAY),
        ]
    for low, count in bins:
        fill, edge = (f"url(#{key}-hatch)", ORANGE) if low + width / 2 <= threshold else (BLUE, "none")
        if count:
            x, high = across(low), up(count)
            parts.append(box(x + 0.8, high, across(low + width) - x - 1.6, bottom - high, fill, edge))
    for value in ticks(bins[0][0], bins[-1][0] + width, 10):
        parts.append(say(across(value), bottom + 15, f"{value:.2f}", "middle", 11, fill=GRAY))
    limit = across(threshold)
    parts += [
        line(limit, top - 14, limit, bottom, INK, 1.4, "6 4"),
        say(limit + 6, top - 6, message("above { $threshold } required →", threshold=f"{threshold:g}"), size=11.5),
        line(_LEFT, bottom, _RIGHT, bottom, INK),
        say(_RIGHT, bottom + 30, "QFR as recorded", "end", 11, fill=GRAY),
    ]
    return drawing(WIDTH, bottom + 36, parts, title)


def shares(rows: Mapping[str, Sequence[Part]], title: str, key: str) -> str:
    """One bar a row, divided by what is counted; each part has its number, and a fill of its own."""
    height = 34.0
    parts = [hatch(f"{key}-hatch", ORANGE)]
    names = list(dict.fromkeys((name, fill) for row in rows.values() for name, _, fill in row))
    x = 120.0
    for name, fill in names:
        parts += [box(x, 4, 13, 13, _fill(fill, key), _edge(fill)), say(x + 18, 15, name, size=11.5)]
        x += 34 + 6.1 * len(name)
    for place, (name, row) in enumerate(rows.items()):
        y = 28 + place * height
        whole = sum(count for _, count, _ in row) or 1
        across = Axis(0, whole, 120, _RIGHT)
        parts.append(say(110, y + 16, name, "end"))
        start = 0
        for _, count, fill in row:
            if count:
                left, right = across(start), across(start + count)
                parts.append(box(left, y, right - left, 24, _fill(fill, key), _edge(fill)))
                if right - left > 26:
                    parts.append(_count(left, right, y, count, fill))
            start += count
    return drawing(WIDTH, 30 + height * len(rows), parts, title)


def _count(left: float, right: float, y: float, count: int, fill: str) -> str:
    ink = "#ffffff" if fill in ("solid", "gray") else INK
    under = box((left + right) / 2 - 13, y + 4, 26, 16, "#ffffff") if fill == "hatch" else ""
    return Joined("", [under, say((left + right) / 2, y + 16, count, "middle", 11.5, fill=ink)])


def _fill(fill: str, key: str) -> str:
    return {"solid": BLUE, "hatch": f"url(#{key}-hatch)", "gray": GRAY}.get(fill, "#ffffff")


def _edge(fill: str) -> str:
    return {"hatch": ORANGE, "open": GRAY}.get(fill, "none")


def trend(labels: Sequence[str], lines: Mapping[str, Sequence[float | None]], unit: str, title: str) -> str:
    """Values over periods: a solid line with circles, a dashed one with diamonds."""
    top, bottom, right = 14.0, 150.0, _RIGHT - 150
    values = [value for line_ in lines.values() for value in line_ if value is not None]
    most = max([1.0, *values]) * 1.12
    up = Axis(0, most, bottom, top)
    across = Axis(0, max(1, len(labels) - 1), _LEFT + 30, right)
    parts = []
    for value in ticks(0, most, 4):
        parts += [
            line(_LEFT, up(value), right, up(value), LINE, 0.6),
            say(_LEFT - 8, up(value) + 4, f"{value:g}", "end", 11, fill=GRAY),
        ]
    for place, name in enumerate(labels):
        parts.append(say(across(place), bottom + 15, name, "middle", 11, fill=GRAY))
    styles = ((BLUE, "", "circle"), (ORANGE, "6 4", "diamond"), (GRAY, "2 3", "square"))
    taken: list[float] = []
    for (name, row), (color, dash, shape) in zip(lines.items(), styles, strict=False):
        points = [(across(place), up(value)) for place, value in enumerate(row) if value is not None]
        if points:
            parts += [path(points, color, 1.8, dash), *(mark(x, y, shape, color, 4) for x, y in points)]
            height = points[-1][1]
            while any(abs(height - other) < _APART for other in taken):
                height -= 1
            taken.append(height)
            parts.append(say(points[-1][0] + 10, height + 4, name, fill=color))
    parts.append(say(_LEFT, bottom + 32, unit, size=11, fill=GRAY))
    return drawing(WIDTH, bottom + 38, parts, title)
